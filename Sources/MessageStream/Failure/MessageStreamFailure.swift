public import HTTPResponseParsing

/// Why a Messages stream failed, at which point, with what received, and what to do about it.
public struct MessageStreamFailure: Error, Sendable {
    /// What failed.
    public let kind: Kind
    /// How far the stream had come.
    public let stage: Stage
    /// The status of the HTTP response, as sent; nil if there was no response. A stream can fail after 200.
    public let httpStatus: Int?
    /// The status that this failure would have had before the first byte of a response: the documented one of the error's
    /// type, else for a response that is not 2xx its own, else one that the error itself names. Nil if there is none. A
    /// mid-stream overload has ``httpStatus`` 200 and this 529.
    public let equivalentStatus: Int?
    /// The id by which the service knows the request, to quote to its support: the one in the error's body, else that of
    /// the field `request-id`.
    public let requestID: String?
    /// The ids that gateways gave the request: the fields `x-amzn-requestid`, `cf-ray` and `x-request-id`.
    public let gatewayIDs: ResponseFields
    /// The offset in the body of the first byte at fault: that of the frame that failed, the end of a body that was cut,
    /// and 0 of a body that is something else as a whole.
    public let byteOffset: Int
    /// How many server-sent events came before the failure.
    public let eventIndex: Int
    /// A few words of the bytes at fault, for a person to recognise them. At most 120 characters.
    public let excerpt: String?
    /// The JSON of the event or body that reports the failure, as received and up to 64 KiB: ``APIError/json``, or the body
    /// of a response that is not 2xx and reports no error in known words.
    public let errorJSON: RawJSON?
    /// The message as far as it was received; nil if it had not begun.
    public let partial: Message?
    /// Whether and how to try again.
    public let retry: RetryAdvice
    /// The diagnostics before the failure.
    public let diagnostics: Diagnostics
    /// How earlier attempts failed, the first one first, if the stream was opened several times: see
    /// ``RetryingMessageStream``.
    public internal(set) var earlierAttempts: [MessageStreamFailure] = []
    /// Whether the head of the response was not received, but taken for granted: ``httpStatus`` is then 200, and no words
    /// speak of it.
    package internal(set) var isHeadAssumed = false

    /// What kind of error it is in the API's own terms: the type of the error, or for a response that only has a status
    /// the type that the API documents for that status. A CDN's 413 with an HTML page is a `request_too_large`.
    public var equivalentErrorType: APIErrorType? {
        switch kind {
        case .api(let error): error.type
        case .http(let status, _): APIErrorType(documentedFor: status)
        default: nil
        }
    }

    /// What failed.
    @nonexhaustive
    public enum Kind: Sendable, Hashable {
        /// The service reported an error.
        case api(APIError)
        /// The response has a status other than 2xx, and a body that reports no error in words that are understood.
        case http(status: Int, sniffed: BodyKind)
        /// The body is not an event stream: the content type, as sent, says so, or what the body looks like.
        case notEventStream(contentType: String?, sniffed: BodyKind)
        /// The response ended before the message did.
        case truncated(Truncation)
        /// A clock ran out: nothing came for so long.
        case stalled(StallClock, after: Duration)
        /// A frame's data is not the JSON that its event asks for. The offset is that of the fault in the data.
        case malformedEvent(name: String, JSONError)
        /// The events contradict each other, so that the message cannot be trusted.
        case protocolViolation(ProtocolViolation)
        /// A limit on memory was exceeded.
        case limitExceeded(StreamLimit)
        /// The connection failed, or its bytes are not an HTTP response.
        case transport(UnderlyingError)
        /// The consumer ended the stream.
        case cancelled

        /// The kind's name: a part of the command's JSON.
        public var name: String {
            switch self {
            case .api: "api"
            case .http: "http"
            case .notEventStream: "notEventStream"
            case .truncated: "truncated"
            case .stalled: "stalled"
            case .malformedEvent: "malformedEvent"
            case .protocolViolation: "protocolViolation"
            case .limitExceeded: "limitExceeded"
            case .transport: "transport"
            case .cancelled: "cancelled"
            }
        }
    }

    /// How far a stream had come.
    ///
    /// The stages divide a stream completely, so there will be no others.
    public enum Stage: String, Sendable, Hashable, Comparable, CaseIterable {
        /// No response had come.
        case beforeResponse
        /// The message had not begun.
        case beforeMessage
        /// The message had begun, and nothing of its content had come: at most empty blocks.
        case beforeContent
        /// Some content had come.
        case afterContent
        /// The reason for the message's end had come, but not its end.
        case afterStopReason

        /// Whether `a` is earlier than `b`.
        public static func < (a: Self, b: Self) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }

    /// Where a response ended too early.
    public struct Truncation: Sendable, Hashable {
        /// The bytes of the frame in which it ended; 0 between two frames.
        public let unfinishedBytes: Int
        /// The number of bytes of the body.
        public let bodyBytes: Int
        /// Where the response ended by the framing of HTTP; nil if only the body is known, or a recording from which the
        /// framing is gone. `complete` means that the server, or a gateway, ended the response normally: the
        /// connection is not to blame.
        public let response: HTTPResponseEnding?

        /// Creates a truncation.
        public init(unfinishedBytes: Int = 0, bodyBytes: Int = 0, response: HTTPResponseEnding? = nil) {
            self.unfinishedBytes = unfinishedBytes
            self.bodyBytes = bodyBytes
            self.response = response
        }
    }

    /// What a body looks like.
    @nonexhaustive
    public enum BodyKind: Sendable, Hashable {
        /// It is empty.
        case empty
        /// A JSON text.
        case json
        /// A whole message of the Messages API, as JSON: the request did not ask for a stream.
        case message
        /// An HTML or XML page.
        case markup
        /// Data compressed by gzip.
        case gzip
        /// Data with a content coding (RFC 9110, section 8.4.1), named by the head of the response.
        case encoded(String)
        /// Other bytes that are not text.
        case binary
        /// The beginning of an event stream.
        case eventStream
        /// Text of some other kind.
        case text
    }

    /// The clocks that watch a stream.
    @nonexhaustive
    public enum StallClock: String, Sendable, Hashable {
        /// The time without any byte.
        case silence
        /// The time without an event of the message: pings and comments do not count.
        case noContent
    }

    /// A limit on memory.
    @nonexhaustive
    public enum StreamLimit: Sendable, Hashable {
        /// The longest line of the event stream, in bytes.
        case lineBytes(Int)
        /// The longest event of the event stream, in bytes.
        case eventBytes(Int)
        /// The size of the message, in bytes: ``MessageStreamLimits/messageBytes``.
        case messageBytes(Int)
        /// The longest head of a response, in bytes.
        case headBytes(Int)
        /// The number of fields in the head of a response.
        case headFields(Int)
    }

    /// The error that a transport threw.
    public struct UnderlyingError: Error, Hashable, CustomStringConvertible {
        /// The error as thrown.
        public let error: any Error
        /// The description of the error: one line of limited length, without secrets.
        public let description: String

        /// Wraps an error.
        public init(_ error: any Error) {
            self.error = error
            // The excerpt of bytes that are not HTTP may end within a secret.
            description = Excerpt.shorten(
                (error as? HTTPResponseError).map {
                    $0.description(excerpt: Excerpt.shorten($0.excerpt, to: Excerpt.limit, isCut: true))
                } ?? "\(error)"
            )
        }

        /// Whether both errors have the same type and the same description. Most errors cannot be compared otherwise.
        public static func == (a: Self, b: Self) -> Bool {
            type(of: a.error) == type(of: b.error) && a.description.utf8.elementsEqual(b.description.utf8)
        }

        /// Hashes the description.
        public func hash(into hasher: inout Hasher) { hasher.combine(description) }
    }
}
