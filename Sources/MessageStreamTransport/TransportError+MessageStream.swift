public import MessageStream

extension TransportError: TransportFailure {
    /// Whether the task was cancelled, or the connection closed on this side.
    public var isCancellation: Bool { kind == .cancelled }
    /// Whether the other end closed the connection before the end of the response. Apple's systems report that as they
    /// report a reset, so there the answer is no.
    public var isEarlyClose: Bool { kind == .closed }
}
