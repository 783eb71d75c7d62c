/// An error of a transport that says more of itself than its words. What becomes of the stream depends on it, and what a
/// failure of the kind ``MessageStreamFailure/Kind/transport(_:)`` advises.
///
/// Errors of other types are treated as transient.
///
/// The error of any client can conform. SwiftNIO's parser, for example, throws `invalidEOFState` when the connection is
/// closed in the middle of a response. With this conformance the failure is `.truncated`, as it is by the transports of
/// this package:
///
///     extension HTTPParserError: @retroactive TransportFailure {
///         public var isTransient: Bool { true }
///         public var isCancellation: Bool { false }
///         public var isEarlyClose: Bool {
///             if case .invalidEOFState = self { true } else { false }
///         }
///     }
public protocol TransportFailure: Error {
    /// Whether the fault is of a kind that passes: the same request may succeed later.
    var isTransient: Bool { get }
    /// Whether the consumer itself ended the exchange: then the stream is one that was cancelled.
    var isCancellation: Bool { get }
    /// Whether the other end closed the connection before the end of the response, but not by a reset. Then what was
    /// received is judged as a response that ends there: mostly the failure is `.truncated`.
    var isEarlyClose: Bool { get }
}

extension TransportFailure {
    /// No: an error that says nothing else is one of the transport.
    public var isEarlyClose: Bool { false }
}

extension MessageStreamFailure.TransportFault {
    /// Whether the fault is of a kind that passes; nil if the transport does not tell.
    var isTransient: Bool? { (underlying as? any TransportFailure)?.isTransient }
}
