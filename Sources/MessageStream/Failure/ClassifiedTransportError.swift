/// A transport error that classifies itself. This determines the kind of the failure, and the retry advice of a failure
/// of kind ``MessageStreamFailure/Kind/transport(_:)``.
///
/// Errors of other types are treated as transient.
///
/// You can make the error of any client conform. SwiftNIO's parser, for example, throws `invalidEOFState` if the
/// connection closes in the middle of a response. With this conformance, the failure is `.truncated`, as with the
/// transports of this package:
///
///     extension HTTPParserError: @retroactive ClassifiedTransportError {
///         public var isTransient: Bool { true }
///         public var isCancellation: Bool { false }
///         public var isEarlyClose: Bool {
///             if case .invalidEOFState = self { true } else { false }
///         }
///     }
public protocol ClassifiedTransportError: Error {
    /// Whether the same request may succeed later.
    var isTransient: Bool { get }
    /// Whether the consumer ended the exchange. The failure is then `.cancelled`.
    var isCancellation: Bool { get }
    /// Whether the peer closed the connection before the end of the response, without a reset. The received bytes are
    /// then treated as a response that ends there: in most cases, the failure is `.truncated`.
    var isEarlyClose: Bool { get }
}

extension ClassifiedTransportError {
    /// False.
    public var isEarlyClose: Bool { false }
}

extension MessageStreamFailure.UnderlyingError {
    /// Whether the same request may succeed later; `nil` if the error does not classify itself.
    var isTransient: Bool? { (error as? any ClassifiedTransportError)?.isTransient }
}
