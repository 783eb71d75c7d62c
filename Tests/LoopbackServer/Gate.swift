import Dispatch

/// A gate that a test opens and a server script waits for, or vice versa.
public final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Creates a closed gate.
    public init() {}

    /// Opens the gate permanently.
    public func open() {
        semaphore.signal()
    }

    /// Waits until the gate is open.
    ///
    /// - Returns: Whether the gate was opened in time.
    public func wait(milliseconds: Int = 20_000) -> Bool {
        guard semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
        semaphore.signal()
        return true
    }
}
