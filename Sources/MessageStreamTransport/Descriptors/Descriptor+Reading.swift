import Foundation

extension Descriptor {
    /// What an attempt to read gave.
    enum Reading: Sendable {
        /// At least one byte.
        case bytes([UInt8])
        /// The end of the file, or the other side closed.
        case end
        /// There is nothing to read yet.
        case notReady
        /// This side closed the descriptor, or the task was cancelled.
        case cancelled
        case failed(errno: Int32)
    }

    /// Reads at most `limit` bytes, and waits until there is at least one, without holding a thread of the concurrency
    /// pool. Never gives `notReady`.
    func read(atMost limit: Int) async -> Reading {
        while true {
            // A file is always ready. A socket tells itself, without waiting, so it is asked first.
            if nature == .socket, case let reading = receive(atMost: limit), !reading.isNotReady { return reading }
            if nature != .file {
                switch await wait(for: POLLIN) {
                case .ready: break
                case .cancelled, .timedOut: return .cancelled
                case .failed(let code): return .failed(errno: code)
                }
            }
            let reading = nature == .socket ? receive(atMost: limit) : await readInBackground(atMost: limit)
            if !reading.isNotReady { return reading }
        }
    }

    /// Reads what a socket has, without waiting.
    private func receive(atMost limit: Int) -> Reading {
        attempt(.receive, atMost: limit)
    }

    /// Reads on a thread that may wait: for a device, or where another process took the bytes that were ready.
    private func readInBackground(atMost limit: Int) async -> Reading {
        let result = OneShot<Reading>()
        DispatchQueue.global().async {
            result.give(self.attempt(.read, atMost: limit))
        }
        return await withTaskCancellationHandler {
            await result.take()
        } onCancel: {
            result.give(.cancelled)
        }
    }

    private enum Call {
        /// `recv`, which does not wait.
        case receive
        /// `read`, which may wait.
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
        // A shutdown on this side looks like an end of the other's.
        guard let bytes, !isClosed else { return .cancelled }
        return bytes.isEmpty ? .end : .bytes(bytes)
    }

    private static func bytes(of number: Int32, _ call: Call, atMost limit: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        // The kernel writes the bytes that it counts, from the start of the buffer.
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
        // A few bytes do not keep a large buffer.
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
