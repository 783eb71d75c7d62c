import Dispatch

/// Something that a test opens and a script of a server waits for, or the other way round.
public final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Creates a closed gate.
    public init() {}

    /// Opens the gate, for good.
    public func open() {
        semaphore.signal()
    }

    /// Waits until the gate is open.
    ///
    /// - Returns: whether it was opened in time.
    public func wait(milliseconds: Int = 20_000) -> Bool {
        guard semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
        semaphore.signal()
        return true
    }
}
