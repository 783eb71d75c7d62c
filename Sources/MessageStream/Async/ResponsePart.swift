public import HTTPResponseParsing

/// A part of a response whose head the transport parses itself: the head, or a piece of the body.
///
/// An asynchronous sequence of parts is a response: see ``Swift/AsyncSequence/messageEvents(limits:keepsContent:)``. If
/// several heads precede the body, such as those of interim responses (RFC 9110, section 15.2) or of redirects, the
/// last one counts. A head that follows bytes of the body is ignored.
///
/// You create parts, and rarely switch over them. A case for trailers may be added.
@nonexhaustive
public enum ResponsePart<Bytes: Collection<UInt8>> {
    /// The head of the response.
    case head(ResponseHead)
    /// The next bytes of the body, without transfer coding or content coding.
    case body(Bytes)
}

extension ResponsePart: Sendable where Bytes: Sendable {}
extension ResponsePart: Equatable where Bytes: Equatable {}
extension ResponsePart: Hashable where Bytes: Hashable {}
