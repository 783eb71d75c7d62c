public import HTTPResponseParsing

/// The failure of a Messages stream: its cause, its position, the part of the message that was received, and whether to
/// retry.
public struct MessageStreamFailure: Error, Sendable {
    /// What failed.
    public let kind: Kind
    /// How far the stream got before it failed.
    public let stage: Stage
    /// The status of the HTTP response, as sent; `nil` without a response. A stream can fail after status 200.
    public let httpStatus: Int?
    /// The status that the response would have had if the failure had occurred before its first byte: the documented
    /// status of the error's type; else the status of a response that is not 2xx; else the status that the error itself
    /// reports. `nil` without any of these. For an overload mid-stream, ``httpStatus`` is 200 and this is 529.
    public let equivalentStatus: Int?
    /// The request ID of the service, to quote in a support request: the one in the error, else the field `request-id`.
    public let requestID: String?
    /// The IDs that gateways assigned to the request: the fields `x-amzn-requestid`, `cf-ray` and `x-request-id`.
    public let gatewayIDs: ResponseFields
    /// The offset of the fault in the body: the start of the frame that failed, the end of a truncated body, or 0 for a
    /// body that is not an event stream.
    public let byteOffset: Int
    /// The number of server-sent events before the failure.
    public let eventIndex: Int
    /// An excerpt of the faulty bytes for a person to recognize, at most 120 characters long.
    public let excerpt: String?
    /// The JSON of the event or body that reports the failure, as received, up to 64 KiB: ``APIError/json``, or the
    /// body of a response that is not 2xx and contains no recognizable error.
    public let errorJSON: RawJSON?
    /// The message so far; `nil` if it had not started.
    public let partial: Message?
    /// Whether and how to retry.
    public let retry: RetryAdvice
    /// The diagnostics before the failure.
    public let diagnostics: Diagnostics
    /// The failures of earlier attempts, in order, if the stream was opened more than once: see
    /// ``RetryingMessageStream``.
    public internal(set) var earlierAttempts: [MessageStreamFailure] = []
    /// Whether the head of the response was assumed rather than received: ``httpStatus`` is then 200, and descriptions
    /// omit it.
    package internal(set) var isHeadAssumed = false

    /// The kind of error in the API's terms: the type of the error or, for a response with only a status, the type that
    /// the API documents for that status. A CDN's 413 with an HTML page is a `request_too_large`.
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
        /// The response has a status other than 2xx, and its body contains no recognizable error.
        case http(status: Int, sniffed: BodyKind)
        /// The body is not an event stream, according to its content type, given here as sent, or to its bytes.
        case notEventStream(contentType: String?, sniffed: BodyKind)
        /// The response ended before the message did.
        case truncated(Truncation)
        /// A time limit of the stall policy was exceeded.
        case stalled(StallClock, after: Duration)
        /// The data of an event is not the JSON that the event requires. The offset in the error is relative to the
        /// data.
        case malformedEvent(name: String, JSONError)
        /// The events contradict each other, so that the message cannot be trusted.
        case protocolViolation(ProtocolViolation)
        /// A limit on memory was exceeded.
        case limitExceeded(StreamLimit)
        /// The connection failed, or its bytes are not an HTTP response.
        case transport(UnderlyingError)
        /// The consumer ended the stream.
        case cancelled

        /// The name of the kind, as used in the JSON output of the command.
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

    /// How far a stream got.
    ///
    /// The stages cover a stream completely, so there will be no others.
    public enum Stage: String, Sendable, Hashable, Comparable, CaseIterable {
        /// No response was received.
        case beforeResponse
        /// The message had not started.
        case beforeMessage
        /// The message had started, but had no content other than empty blocks.
        case beforeContent
        /// Some content was received.
        case afterContent
        /// The stop reason was received, but not the end of the message.
        case afterStopReason

        /// Whether `a` is earlier than `b`.
        public static func < (a: Self, b: Self) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }

    /// The point where a response ended too early.
    public struct Truncation: Sendable, Hashable {
        /// The number of bytes received of the unfinished frame; 0 between two frames.
        public let unfinishedBytes: Int
        /// The number of bytes of the body.
        public let bodyBytes: Int
        /// Where the response ended in terms of HTTP framing; `nil` if only the body is known, or if a recording lacks
        /// the framing. `complete` means that the server, or a gateway, ended the response normally: the connection is
        /// not at fault.
        public let response: HTTPResponseEnding?

        /// Creates a truncation.
        public init(unfinishedBytes: Int = 0, bodyBytes: Int = 0, response: HTTPResponseEnding? = nil) {
            self.unfinishedBytes = unfinishedBytes
            self.bodyBytes = bodyBytes
            self.response = response
        }
    }

    /// The kind of data in a body, judging by its bytes.
    @nonexhaustive
    public enum BodyKind: Sendable, Hashable {
        /// No bytes.
        case empty
        /// A JSON text.
        case json
        /// A complete message of the Messages API as JSON: the request did not ask for a stream.
        case message
        /// An HTML or XML page.
        case markup
        /// Data compressed with gzip.
        case gzip
        /// Data with a content coding (RFC 9110, section 8.4.1), as named by the head of the response.
        case encoded(String)
        /// Other bytes that are not text.
        case binary
        /// The beginning of an event stream.
        case eventStream
        /// Other text.
        case text
    }

    /// The clocks that detect a stalled stream.
    @nonexhaustive
    public enum StallClock: String, Sendable, Hashable {
        /// The time without any bytes.
        case silence
        /// The time without an event of the message: pings and comments do not count.
        case noContent
    }

    /// A limit on memory.
    @nonexhaustive
    public enum StreamLimit: Sendable, Hashable {
        /// The maximum length of a line of the event stream, in bytes.
        case lineBytes(Int)
        /// The maximum size of an event, in bytes.
        case eventBytes(Int)
        /// The maximum size of the message, in bytes: ``MessageStreamLimits/messageBytes``.
        case messageBytes(Int)
        /// The maximum size of the head of a response, in bytes.
        case headBytes(Int)
        /// The maximum number of fields in the head of a response.
        case headFields(Int)
    }

    /// The error thrown by a transport.
    public struct UnderlyingError: Error, Hashable, CustomStringConvertible {
        /// The error as thrown.
        public let error: any Error
        /// The description of the error: one line of limited length, without secrets.
        public let description: String

        /// Wraps an error.
        public init(_ error: any Error) {
            self.error = error
            // The excerpt in an HTTP error may end inside a secret.
            description = Excerpt.shorten(
                (error as? HTTPResponseError).map {
                    $0.description(excerpt: Excerpt.shorten($0.excerpt, to: Excerpt.limit, isTruncated: true))
                } ?? "\(error)"
            )
        }

        /// Whether both errors have the same type and the same description. Most errors are not `Equatable`.
        public static func == (a: Self, b: Self) -> Bool {
            type(of: a.error) == type(of: b.error) && a.description.utf8.elementsEqual(b.description.utf8)
        }

        /// Hashes the description.
        public func hash(into hasher: inout Hasher) { hasher.combine(description) }
    }
}
