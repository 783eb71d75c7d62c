import Foundation
import MessageStream

/// Turns SIGINT and SIGTERM into an event that a live stream can wait for, along with its bytes.
///
/// ## Theory of operation
///
/// No code runs in a signal handler. The process blocks both signals while it still has a single thread, so that every
/// thread inherits the mask, and a dedicated thread waits for them with `sigwait`. During a live stream, the first
/// signal calls the action passed to `arm`, then makes a pipe readable. Otherwise it has its default action. The thread
/// also unblocks the signals, so the next one always has its default action and terminates the process.
///
/// A signal that the process inherited as ignored stays ignored.
final class Interruption: Sendable {
    static let shared = Interruption()

    private struct State {
        /// Whether a live stream is running.
        var isArmed = false
        var isPending = false
        var action: (@Sendable () -> Void)?
        /// The ends of the pipe, or −1 before `begin()`.
        var pipe: (reading: Int32, writing: Int32) = (-1, -1)
    }

    private let state = Locked(State())

    /// Takes over the signals. Call this once, at process start, while there is only one thread.
    func begin() {
        let signals = [SIGINT, SIGTERM].filter { !Self.isIgnored($0) }
        var ends: [Int32] = [-1, -1]
        // The array has room for both ends.
        guard !signals.isEmpty, unsafe pipe(&ends) == 0 else { return }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        state.withLock { $0.pipe = (reading, writing) }
        Self.mask(SIG_BLOCK, signals)
        let thread = Thread { [self] in wait(for: signals) }
        thread.name = "signals"
        thread.stackSize = 128 << 10
        thread.start()
    }

    /// A descriptor that becomes readable after a signal, or `nil` if the command does not handle signals.
    var descriptor: Int32? { state.withLock { $0.pipe.reading >= 0 ? $0.pipe.reading : nil } }

    /// Makes the next signal end a live stream instead of the process.
    ///
    /// - Parameter action: Called on the first signal, or immediately if one is already pending.
    func arm(_ action: (@Sendable () -> Void)? = nil) {
        let isPending = state.withLock { state in
            state.isArmed = true
            state.action = action
            return state.isPending
        }
        if isPending { action?() }
    }

    /// Waits for a duration, or for a signal while armed.
    func wait(_ duration: Duration) {
        var entry = pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0)
        let milliseconds = (duration / .milliseconds(1)).rounded(.up)
        // The one entry outlives the call. A negative descriptor is ignored.
        _ = unsafe poll(&entry, 1, CInt(min(max(0, milliseconds), 1e9)))
    }

    /// Whether a signal arrived while armed.
    var isPending: Bool { state.withLock { $0.isPending } }

    /// Restores the default action of the signals.
    func disarm() {
        state.withLock { state in
            state.isArmed = false
            state.action = nil
        }
    }

    private func wait(for signals: [Int32]) {
        var set = Self.set(of: signals)
        var number: Int32 = 0
        // The set and the number outlive the call.
        while unsafe sigwait(&set, &number) != 0 {}
        let signal = number
        let isArmed = state.withLock { state in
            state.isPending = state.isArmed
            return state.isArmed
        }
        Self.mask(SIG_UNBLOCK, signals)
        guard isArmed else {
            kill(getpid(), signal)
            return
        }
        // The action comes first, so that it has taken effect when a reader finds the pipe readable.
        let (action, writing) = state.withLock { ($0.action, $0.pipe.writing) }
        action?()
        var byte: UInt8 = 1
        // The byte outlives the call. The pipe is empty, so the call does not block.
        _ = unsafe write(writing, &byte, 1)
        // The next signal is delivered to this thread.
        while true { sleep(1000) }
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        // The structure outlives the call.
        guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
        return action.isIgnore
    }

    private static func mask(_ how: Int32, _ signals: [Int32]) {
        var set = set(of: signals)
        // The set outlives the call.
        _ = unsafe pthread_sigmask(how, &set, nil)
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        // The set outlives the calls.
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        return set
    }
}

extension sigaction {
    /// Whether the signal is ignored. `SIG_IGN` is a handler with the value 1.
    fileprivate var isIgnore: Bool {
        #if canImport(Darwin)
            let handler = unsafe __sigaction_u.__sa_handler
        #else
            let handler = unsafe __sigaction_handler.sa_handler
        #endif
        // A function pointer has the size of a word. It is only compared, never called.
        return unsafe unsafeBitCast(handler, to: Int.self) == 1
    }
}
