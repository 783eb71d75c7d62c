import Foundation
import MessageStream
import MessageStreamTransport
import Testing

/// A value that threads hand over to each other.
final class Box<Value: Sendable>: Sendable {
    private let storage = Locked<Value?>(nil)

    var value: Value? {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}

/// What a count comes to: its value when it has not changed for a while.
func settledCount(_ count: () -> Int) async throws -> Int {
    var last = -1
    var rounds = 0
    while rounds < 6 {
        let now = count()
        rounds = now == last && now > 0 ? rounds + 1 : 0
        last = now
        try await Task.sleep(for: .milliseconds(50))
    }
    return last
}

/// How many descriptors and threads this process has.
func openResources() throws -> (descriptors: Int, threads: Int) {
    func count(_ path: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: path).count }
    return (try count("/proc/self/fd"), try count("/proc/self/task"))
}

#if os(Linux)
    /// Whether the thread sanitizer is there, which takes memory of its own.
    var isSanitized: Bool {
        // Looking for a name changes nothing.
        unsafe dlsym(nil, "__tsan_init") != nil
    }

    /// The memory of this process that is in use.
    func residentBytes() -> Int {
        let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return words.flatMap { Int($0[1]) }.map { $0 * Int(getpagesize()) } ?? 0
    }
#endif
