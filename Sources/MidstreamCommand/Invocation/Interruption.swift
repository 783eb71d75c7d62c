import Foundation
import MessageStream

/// SIGINT and SIGTERM, as something that a live stream waits for beside its bytes.
///
/// ## Theory of operation
///
/// No code runs in a signal handler. Both signals are blocked before there is a second thread, so that every thread has
/// them blocked, and a thread of their own waits for them by `sigwait`. The first signal makes a pipe readable and calls
/// what waits for it, if a live stream is under way; without one it has its default action. The thread then has the
/// signals unblocked, so that the next one has its default action in any case: it ends the process.
///
/// A signal that the process was started to ignore stays ignored.
final class Interruption: Sendable {
    static let shared = Interruption()

    private struct State {
        /// Whether a live stream is under way.
        var isAwaited = false
        var isPending = false
        var action: (@Sendable () -> Void)?
        /// The two ends of the pipe; −1 before `begin()`.
        var pipe: (reading: Int32, writing: Int32) = (-1, -1)
    }

    private let state = Locked(State())

    /// Takes the signals over. To be called once, at the start of the process, while it has one thread.
    func begin() {
        let signals = [SIGINT, SIGTERM].filter { !Self.isIgnored($0) }
        var ends: [Int32] = [-1, -1]
        // There is room for both ends.
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

    /// A descriptor that is readable after a signal; nil if none is expected.
    var descriptor: Int32? { state.withLock { $0.pipe.reading >= 0 ? $0.pipe.reading : nil } }

    /// Lets a signal end a live stream: from here on, the first one does not end the process.
    ///
    /// - Parameter action: Called at the first signal, at once if it has come.
    func arm(_ action: (@Sendable () -> Void)? = nil) {
        let hasCome = state.withLock { state in
            state.isAwaited = true
            state.action = action
            return state.isPending
        }
        if hasCome { action?() }
    }

    /// Whether a signal has come that was awaited.
    var hasCome: Bool { state.withLock { $0.isPending } }

    /// Ends what `arm` began: a signal has its default action again.
    func disarm() {
        state.withLock { state in
            state.isAwaited = false
            state.action = nil
        }
    }

    private func wait(for signals: [Int32]) {
        var set = Self.set(of: signals)
        var number: Int32 = 0
        // The set and the number outlive the call.
        while unsafe sigwait(&set, &number) != 0 {}
        let signal = number
        let isAwaited = state.withLock { state in
            guard state.isAwaited else { return false }
            state.isPending = true
            var byte: UInt8 = 1
            // The byte outlives the call. The pipe is empty, so the call does not wait.
            _ = unsafe write(state.pipe.writing, &byte, 1)
            return true
        }
        Self.mask(SIG_UNBLOCK, signals)
        guard isAwaited else {
            kill(getpid(), signal)
            return
        }
        state.withLock { $0.action }?()
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
    /// Whether the signal is ignored. `SIG_IGN` is the number 1 in place of a handler.
    fileprivate var isIgnore: Bool {
        #if canImport(Darwin)
            let handler = unsafe __sigaction_u.__sa_handler
        #else
            let handler = unsafe __sigaction_handler.sa_handler
        #endif
        // A function pointer is as large as a word, and is not called.
        return unsafe unsafeBitCast(handler, to: Int.self) == 1
    }
}
