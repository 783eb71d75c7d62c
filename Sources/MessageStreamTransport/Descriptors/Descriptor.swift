import Foundation
import MessageStream

/// A shared open descriptor. It is closed exactly once, and never while a call is using it.
final class Descriptor: Sendable {
    /// The kinds of descriptors, which are read in different ways.
    enum Kind: Sendable {
        /// A socket, which can be read without blocking regardless of its flags.
        case socket
        /// A file or a block device. `poll` always reports it as ready, but a read may block on the device.
        case file
        /// A pipe, a terminal or another descriptor that can be polled.
        case stream
    }

    private let number: Int32
    private let isOwned: Bool
    let kind: Kind
    private let state = Locked(State())

    private struct State {
        /// The number of calls and waits in progress.
        var users = 0
        /// Whether `close()` was called. No new use can begin.
        var isClosed = false
    }

    init(_ number: Int32, isOwned: Bool) {
        self.number = number
        self.isOwned = isOwned
        kind = Kind(of: number)
    }

    deinit {
        // No use can be in progress, because each holds a reference.
        if isOwned && !state.withLock({ $0.isClosed }) { closeNumber() }
    }

    /// Whether this side has closed the descriptor.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends pending waits immediately, and closes the descriptor once the last call has returned.
    func close() {
        let canClose = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            if state.users > 0, kind == .socket { _ = shutdown(number, Int32(SHUT_RDWR)) }
            return state.users == 0
        }
        if canClose && isOwned { closeNumber() }
    }

    /// Calls `body` with the file descriptor number. Returns `nil` if the descriptor is closed.
    func use<Result, Failure: Error>(_ body: (Int32) throws(Failure) -> Result) throws(Failure) -> Result? {
        guard beginUse() else { return nil }
        defer { endUse() }
        return try body(number)
    }

    /// Waits until the descriptor is ready for the `poll` events `events`.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant? = nil) async -> Poller.Outcome {
        guard beginUse() else { return .cancelled }
        defer { endUse() }
        return await Poller.shared.wait(for: events, on: number, until: deadline)
    }

    private func beginUse() -> Bool {
        state.withLock { state in
            if !state.isClosed { state.users += 1 }
            return !state.isClosed
        }
    }

    private func endUse() {
        let canClose = state.withLock { state in
            state.users -= 1
            return state.isClosed && state.users == 0
        }
        if canClose && isOwned { closeNumber() }
    }

    private func closeNumber() {
        // Do not retry after EINTR: the number is already free and may belong to another descriptor.
        _ = Foundation.close(number)
    }
}

extension Descriptor.Kind {
    fileprivate init(of number: Int32) {
        var status = stat()
        // The structure outlives the call.
        guard unsafe fstat(number, &status) == 0 else {
            self = .stream
            return
        }
        switch status.st_mode & mode_t(S_IFMT) {
        case mode_t(S_IFSOCK): self = .socket
        case mode_t(S_IFREG), mode_t(S_IFBLK): self = .file
        default: self = .stream
        }
    }
}
