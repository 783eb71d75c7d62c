import Foundation
import MessageStream

/// An open descriptor that several may use: closed once, and never under the hands of one who uses it.
final class Descriptor: Sendable {
    /// What a descriptor stands for, as far as reading differs.
    enum Nature: Sendable {
        /// A socket: it can be read without waiting, whatever its flags.
        case socket
        /// A file or a block device: always ready in the eyes of `poll`, yet a read may wait for the device.
        case file
        /// A pipe, a terminal, or another thing that is ready or not.
        case stream
    }

    private let number: Int32
    private let isOwned: Bool
    let nature: Nature
    private let state = Locked(State())

    private struct State {
        /// How many calls and waits are under way.
        var users = 0
        /// Whether `close()` was called: no new use begins.
        var isClosed = false
    }

    init(_ number: Int32, isOwned: Bool) {
        self.number = number
        self.isOwned = isOwned
        nature = Nature(of: number)
    }

    deinit {
        // No use can be under way: each holds a reference.
        if isOwned && !state.withLock({ $0.isClosed }) { closeNumber() }
    }

    /// Whether this side closed it.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends all use: waits end at once, and when the last call has returned, the descriptor is closed.
    func close() {
        let mayClose = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            if state.users > 0, nature == .socket { _ = shutdown(number, Int32(SHUT_RDWR)) }
            return state.users == 0
        }
        if mayClose && isOwned { closeNumber() }
    }

    /// Calls `body` with the number; nil if the descriptor is closed.
    func use<Result, Failure: Error>(_ body: (Int32) throws(Failure) -> Result) throws(Failure) -> Result? {
        guard beginUse() else { return nil }
        defer { endUse() }
        return try body(number)
    }

    /// Waits until the descriptor is ready for `events`, as `poll` names them.
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
        let mayClose = state.withLock { state in
            state.users -= 1
            return state.isClosed && state.users == 0
        }
        if mayClose && isOwned { closeNumber() }
    }

    private func closeNumber() {
        // Not again after EINTR: the number is free then, and may be another's.
        _ = Foundation.close(number)
    }
}

extension Descriptor.Nature {
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
