public import MessageStream

extension TransportError: TransportFailure {
    /// Whether the task was cancelled, or the connection closed on this side.
    public var isCancellation: Bool { kind == .cancelled }
    /// Whether the other end closed the connection before the end of the response, where the system tells that from a
    /// reset.
    public var isEarlyClose: Bool { kind == .closed }
}
