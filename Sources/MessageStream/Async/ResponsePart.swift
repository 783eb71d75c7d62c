public import HTTPResponseParsing

/// What a transport that reads the head of a response itself has to hand out: the head, then the body in pieces.
///
/// An asynchronous sequence of these is a response: see ``Swift/AsyncSequence/messageEvents(limits:keepsContent:)``. Of
/// several heads before the body, such as those of interim responses (RFC 9110, section 15.2) or of redirections, the
/// last one counts. A head that follows bytes of the body is ignored.
public enum ResponsePart<Bytes: Collection<UInt8>> {
    /// The head of the response.
    case head(ResponseHead)
    /// The next bytes of the body, without transfer coding and content coding.
    case body(Bytes)
}

extension ResponsePart: Sendable where Bytes: Sendable {}
extension ResponsePart: Equatable where Bytes: Equatable {}
extension ResponsePart: Hashable where Bytes: Hashable {}
