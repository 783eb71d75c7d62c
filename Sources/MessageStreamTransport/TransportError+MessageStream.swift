public import MessageStream

extension TransportError: ClassifiedTransportError {
    /// Whether the task was cancelled, or this side closed the connection.
    public var isCancellation: Bool { kind == .cancelled }
    /// Whether the peer closed the connection before the end of the response. Always false on Apple platforms, which
    /// report a close like a reset.
    public var isEarlyClose: Bool { kind == .closed }
}
