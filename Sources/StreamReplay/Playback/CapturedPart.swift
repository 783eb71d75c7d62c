public import HTTPResponseParsing

/// A part of a captured response: its head, a chunk of its body, or its end.
public struct CapturedPart: Sendable, Hashable {
    /// The number of the response in the capture, from 1.
    public var response: Int
    /// When the part was received: the time since the request was sent, or since the head was received if the capture
    /// does not contain the request. `nil` if the capture has no times.
    public var time: Duration?
    public var content: Content

    /// Creates a part.
    public init(response: Int, time: Duration? = nil, content: Content) {
        self.response = response
        self.time = time
        self.content = content
    }

    /// The contents. In order, a response has one head, any number of body chunks, and one end. A response with a
    /// malformed head has only an end.
    @nonexhaustive
    public enum Content: Sendable, Hashable {
        /// The head of the response. A bare body has an assumed one, with status 200 and `text/event-stream`.
        case head(ResponseHead)
        /// The next bytes of the body, at least one, without transfer coding.
        case body([UInt8])
        /// The end of the response in the capture.
        case end(Ending)
    }

    /// How a response ends.
    @nonexhaustive
    public enum Ending: Sendable, Hashable {
        /// As its framing declares, or without any framing.
        case complete
        /// Early, according to its framing.
        case truncated(in: HTTPResponseEnding.Place)
        /// At bytes that are not valid HTTP. The rest of the response is omitted.
        case malformed(HTTPResponseError)
    }
}

extension CapturedPart {
    /// The head of a bare body.
    static var assumedHead: ResponseHead {
        ResponseHead(status: 200, fields: ["content-type": "text/event-stream"])
    }
}
