import Foundation
import MessageStream
import MessageStreamTransport
import Testing

/// A value that threads pass to each other.
final class Box<Value: Sendable>: Sendable {
    private let storage = Locked<Value?>(nil)

    var value: Value? {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}

/// Waits until a count has not changed for a while, and returns it.
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

/// The numbers of descriptors and threads of this process.
func openResources() throws -> (descriptors: Int, threads: Int) {
    func count(_ path: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: path).count }
    return (try count("/proc/self/fd"), try count("/proc/self/task"))
}

#if os(Linux)
    /// Whether the thread sanitizer is active, which uses additional memory.
    var isSanitized: Bool {
        // The symbol lookup has no side effects.
        unsafe dlsym(nil, "__tsan_init") != nil
    }

    /// The memory in use by this process.
    func residentBytes() -> Int {
        let fields = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return fields.flatMap { Int($0[1]) }.map { $0 * Int(getpagesize()) } ?? 0
    }
#endif
