public import MessageStream

extension TransportError: TransportFailure {
    /// Whether the task was cancelled, or the connection closed on this side.
    public var isCancellation: Bool { kind == .cancelled }
}
