import Foundation
import MessageStreamTransport
import TestSupport
import Testing

/// All bytes of a sequence, and the error that ends it.
func collect<S: AsyncSequence>(
    _ chunks: S
) async -> (bytes: [UInt8], failure: TransportError?) where S.Element: Collection<UInt8>, S.Failure == TransportError {
    var bytes: [UInt8] = []
    do throws(TransportError) {
        for try await chunk in chunks {
            #expect(!chunk.isEmpty)
            bytes += chunk
        }
        return (bytes, nil)
    } catch {
        return (bytes, error)
    }
}

/// The error that `body` throws.
func failure<Value>(
    of body: () async throws(TransportError) -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> TransportError? {
    do throws(TransportError) {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// The error that `next` throws.
func nextFailure<Iterator: AsyncIteratorProtocol>(
    _ iterator: inout Iterator,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> TransportError? where Iterator.Failure == TransportError {
    do throws(TransportError) {
        _ = try await iterator.next(isolation: #isolation)
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// Runs `body` and expects it to finish within `limit`, which only a hang exceeds.
func expectPromptly<Value>(
    within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async rethrows -> Value {
    let start = ContinuousClock.now
    let value = try await body()
    let taken = start.duration(to: .now)
    #expect(taken < limit, "took \(taken)", sourceLocation: sourceLocation)
    return value
}

/// Random bytes.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
}

/// A descriptor that is open for reading the file at `path`.
func openToRead(_ path: String) -> Int32 {
    // The path outlives the call.
    unsafe open(path, O_RDONLY)
}

/// The ends of a pipe.
func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    // The array has room for both ends.
    try #require(unsafe pipe(&ends) == 0)
    return (ends[0], ends[1])
}

/// A connected socket pair.
func makeSocketPair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue)
    #else
        let type = SOCK_STREAM
    #endif
    // The array has room for both ends.
    try #require(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
    return (ends[0], ends[1])
}

/// Writes all of the bytes.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        // The bytes outlive the call.
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

/// Whether the number is an open descriptor.
func isOpen(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_GETFD) >= 0
}
