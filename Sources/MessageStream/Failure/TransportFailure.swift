/// An error of a transport that says more of itself than its words: what a failure of the kind
/// ``MessageStreamFailure/Kind/transport(_:)`` advises depends on it.
///
/// An error that is none of these counts as one that passes.
public protocol TransportFailure: Error {
    /// Whether the fault is of a kind that passes: the same request may succeed later.
    var isTransient: Bool { get }
    /// Whether the consumer itself ended the exchange: then the stream is one that was cancelled.
    var isCancellation: Bool { get }
}

extension MessageStreamFailure.TransportFault {
    /// Whether the fault is of a kind that passes; nil if the transport does not tell.
    var isTransient: Bool? { (underlying as? any TransportFailure)?.isTransient }
}
