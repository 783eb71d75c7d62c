import Foundation

extension Descriptor {
    /// The outcome of a read.
    enum Reading: Sendable {
        /// At least one byte.
        case bytes([UInt8])
        /// The end of the file, or the peer closed the connection.
        case end
        /// No bytes are available yet.
        case notReady
        /// This side closed the descriptor, or the task was cancelled.
        case cancelled
        case failed(errno: Int32)
    }

    /// Waits for at least one byte and reads at most `limit` bytes, without blocking a thread of the concurrency pool.
    /// Never returns `notReady`.
    func read(atMost limit: Int) async -> Reading {
        while true {
            // A file is always ready. A socket can be read without blocking, so try that before waiting.
            if kind == .socket, case let reading = receive(atMost: limit), !reading.isNotReady { return reading }
            if kind != .file {
                switch await wait(for: POLLIN) {
                case .ready: break
                case .cancelled, .timedOut: return .cancelled
                case .failed(let code): return .failed(errno: code)
                }
            }
            let reading = kind == .socket ? receive(atMost: limit) : await readInBackground(atMost: limit)
            if !reading.isNotReady { return reading }
        }
    }

    /// Reads the available bytes of a socket without blocking.
    private func receive(atMost limit: Int) -> Reading {
        attempt(.receive, atMost: limit)
    }

    /// Reads on a thread that may block: on a device, or if another process reads the available bytes first.
    private func readInBackground(atMost limit: Int) async -> Reading {
        let result = SingleUseContinuation<Reading>()
        DispatchQueue.global().async {
            result.resume(returning: self.attempt(.read, atMost: limit))
        }
        return await withTaskCancellationHandler {
            await result.value()
        } onCancel: {
            result.resume(returning: .cancelled)
        }
    }

    private enum Call {
        /// `recv`, which does not block.
        case receive
        /// `read`, which may block.
        case read
    }

    private func attempt(_ call: Call, atMost limit: Int) -> Reading {
        let bytes: [UInt8]?
        do throws(Errno) {
            bytes = try use { (number) throws(Errno) in try Self.bytes(of: number, call, atMost: limit) }
        } catch {
            if isClosed { return .cancelled }
            return error.code == EAGAIN || error.code == EWOULDBLOCK ? .notReady : .failed(errno: error.code)
        }
        // After a shutdown on this side, a read also returns 0.
        guard let bytes, !isClosed else { return .cancelled }
        return bytes.isEmpty ? .end : .bytes(bytes)
    }

    private static func bytes(of number: Int32, _ call: Call, atMost limit: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        // The kernel initializes the first `count` bytes of the buffer.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(Errno) {
                count = try retryingInterrupted {
                    switch call {
                    case .receive:
                        unsafe resultOrErrno(recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)))
                    case .read: unsafe resultOrErrno(Foundation.read(number, buffer.baseAddress, buffer.count))
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard bytes.count < limit / 4 else { return bytes }
        // Do not keep a large buffer for a few bytes.
        var copy: [UInt8] = []
        copy.append(contentsOf: bytes)
        return copy
    }
}

extension Descriptor.Reading {
    fileprivate var isNotReady: Bool {
        if case .notReady = self { true } else { false }
    }
}
