/// A fault to apply to a captured response.
///
/// Faults are values: apply any number of them, in order, with ``CapturedResponse/damaged(by:seed:)``, ``ReplayServer``,
/// ``FaultChain`` or the command `midstream`. Each one receives the output of the previous one. Events and bytes are
/// those of the body. Events are counted from 1 in the order of dispatch, pings included; "after event 0" is before the
/// first event.
///
/// Faults that require random numbers derive them from a seed, so every run gives the same result.
@nonexhaustive
public enum StreamFault: Sendable, Hashable {
    /// A place in the body of a response.
    public enum Position: Sendable, Hashable {
        /// After this many bytes.
        case byte(Int)
        /// After this many events.
        case event(Int)
    }

    /// The body ends here.
    ///
    /// - isClean: Whether the response ends as its framing declares, as if nothing were missing. Otherwise, the
    ///   connection closes.
    case cut(Position, isClean: Bool)
    /// The connection is reset here.
    case reset(Position)
    /// The server closes its sending side here, and keeps the connection open.
    case halfClose(Position)
    /// Nothing is sent for a time; `nil` means forever.
    case stall(StallPosition, for: Duration?)
    /// After this event, only pings are sent, and then the response ends.
    case pings(after: Int, count: Int, every: Duration)
    /// An error is sent after an event, in one of the shapes that were seen on the wire.
    case error(InjectedError)
    /// Events are left out.
    case drop(event: Int, count: Int)
    /// An event is sent again.
    case repeatEvent(Int, times: Int)
    /// An event is sent later, after this number of the events that follow it.
    case reorder(event: Int, by: Int)
    /// An event is split in two.
    case split(event: Int, at: Int?, into: SplitForm)
    /// Bits of bytes are changed.
    case flip(FlippedBytes)
    /// The head has another content type, or no content type.
    case contentType(String?)
    /// The body is an HTML page, as CDNs send it.
    case html(status: Int)
    /// The body is compressed.
    ///
    /// - isDeclared: Whether the head says so.
    case gzip(isDeclared: Bool)
    /// The response has another status, and usually another body.
    case status(FailedStatus)
    /// The body is sent in chunks of this size, or of random sizes from 1 byte to 4 KiB.
    case rechunk(size: Int?)
    /// The chunks of the body are sent with a pause before each.
    ///
    /// - size: The size of a chunk in bytes; `nil` to keep the recorded chunks.
    case dribble(delay: Duration, size: Int?)

    /// Where a response stalls.
    public enum StallPosition: Sendable, Hashable {
        /// Before the head.
        case head
        case body(Position)
    }

    /// What an event is split into.
    public enum SplitForm: String, Sendable, Hashable, CaseIterable {
        /// Two events: a blank line is inserted.
        case events
        /// Two `data` lines. This does not change the meaning of JSON.
        case lines
        /// Two chunks. This does not change the stream.
        case chunks
    }

    /// Which bytes of the body are changed.
    public enum FlippedBytes: Sendable, Hashable {
        /// The byte at this offset.
        case byte(Int)
        /// This many bytes, at random offsets below a bound.
        case random(count: Int, within: Int)
    }

    /// A response with another status.
    public struct FailedStatus: Sendable, Hashable {
        public enum Body: String, Sendable, Hashable, CaseIterable {
            /// An error of the API.
            case json
            /// An HTML page.
            case html
            /// A line of text, as a proxy sends it.
            case text
            /// Nothing.
            case empty
            /// The body of the capture.
            case keep
        }

        /// 100 to 999.
        public var status: Int
        public var body: Body
        /// The type of the error; `nil` for the one that the API documents for the status.
        public var errorType: String?
        /// The message of the error; `nil` for the default.
        public var message: String?
        /// The value of `retry-after`; `nil` to omit the field.
        public var retryAfter: String?

        /// Creates a response.
        public init(
            status: Int,
            body: Body = .json,
            errorType: String? = nil,
            message: String? = nil,
            retryAfter: String? = nil
        ) {
            self.status = status
            self.body = body
            self.errorType = errorType
            self.message = message
            self.retryAfter = retryAfter
        }
    }
}

extension StreamFault {
    /// A sentence about the part of this fault that a file cannot record; `nil` if a file records all of it.
    package var lossInFile: String? {
        switch self {
        case .cut(_, isClean: true), .error, .drop, .repeatEvent, .reorder, .flip, .contentType, .html, .gzip, .status:
            nil
        case .cut: nil
        case .split(_, _, into: .chunks), .rechunk: "a file does not record chunks; serve the capture to send them"
        case .split: nil
        case .reset: "a file does not record a reset; the damaged capture ends there"
        case .halfClose: "a file does not record a half-closed connection; the damaged capture ends there"
        case .stall(_, for: nil): "a file does not record a stall; the damaged capture ends there"
        case .stall: "a file does not record a pause; serve the capture to make one"
        case .pings(_, _, let every) where every > .zero:
            "a file does not record pauses between pings; serve the capture to make them"
        case .pings: nil
        case .dribble: "a file does not record delays; serve the capture to make them"
        }
    }

    /// Whether the body may not be recognized without a head.
    package var needsHead: Bool {
        switch self {
        case .gzip: true
        case .error(let error): error.shape == .gzip
        default: false
        }
    }
}
