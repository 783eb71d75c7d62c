/// What the API would refuse, known before the request is sent: bodies that are too large, and answers that take too
/// long for a connection without a stream.
///
///     try RequestPreflight.check(bodyBytes: body.count, for: .messages)
///     try RequestPreflight.checkWithoutStream(maxTokens: 4096)
///
/// A request that is refused here would only have cost the time to send it: a CDN answers one that is too large with a
/// page of HTML and a closed connection, often while the body is still on its way.
public enum RequestPreflight {
    /// The endpoints with a limit on the size of a request.
    @nonexhaustive
    public enum Endpoint: Sendable, Hashable, CaseIterable {
        /// Messages: 32 MB.
        case messages
        /// Token Counting: 32 MB.
        case tokenCounting
        /// Message Batches: 256 MB.
        case messageBatches
        /// Files: 500 MB.
        case files

        /// The greatest size of a request's body, in bytes.
        ///
        /// The documentation says MB and does not say which. Here it is 2^20 bytes, the greater of the two: a check that
        /// took 10^6 would refuse requests that the service may accept, which is worse than to let one pass that the
        /// service then refuses by itself.
        public var maximumBodyBytes: Int {
            switch self {
            case .messages, .tokenCounting: 32 << 20
            case .messageBatches: 256 << 20
            case .files: 500 << 20
            }
        }

        fileprivate var name: String {
            switch self {
            case .messages: "Messages"
            case .tokenCounting: "Token Counting"
            case .messageBatches: "Message Batches"
            case .files: "Files"
            }
        }
    }

    /// Checks the size of a request.
    ///
    /// - Parameters:
    ///   - bodyBytes: The size of its body in bytes, as it is sent.
    ///   - endpoint: Where it is to be sent.
    /// - Throws: the failure that the service would answer with: `.api` with the type `request_too_large`, equivalent to
    ///   status 413, at the stage ``MessageStreamFailure/Stage/beforeResponse``.
    public static func check(bodyBytes: Int, for endpoint: Endpoint) throws(MessageStreamFailure) {
        let limit = endpoint.maximumBodyBytes
        guard bodyBytes > limit else { return }
        throw refusal(
            .requestTooLarge,
            "Request exceeds the maximum size of \(limit >> 20) MB for \(endpoint.name): its body has \(bodyBytes) bytes"
        )
    }

    /// The longest time that a request without a stream is expected to take, in minutes.
    public static let maximumMinutesWithoutStream = 10

    /// Checks whether a request has to ask for a stream: networks drop connections that are idle for long.
    ///
    /// The rule of the official clients: an answer of 128 000 tokens takes an hour, so 60 × `maxTokens` / 128 000
    /// minutes; what may take more than ten minutes needs a stream.
    ///
    /// - Parameter maxTokens: The `max_tokens` of the request.
    /// - Throws: a failure of kind `.api` with the type `invalid_request_error`, equivalent to status 400, at the stage
    ///   ``MessageStreamFailure/Stage/beforeResponse``.
    public static func checkWithoutStream(maxTokens: Int) throws(MessageStreamFailure) {
        // 60 × maxTokens / 128 000 > 10, without rounding and without overflow.
        guard maxTokens > 128_000 * maximumMinutesWithoutStream / 60 else { return }
        throw refusal(
            .invalidRequest,
            """
            Streaming is required for operations that may take longer than \(maximumMinutesWithoutStream) minutes: \
            max_tokens is \(maxTokens)
            """
        )
    }

    private static func refusal(_ type: APIErrorType, _ message: String) -> MessageStreamFailure {
        var error = APIError()
        error.type = type
        error.message = message
        return FailureContext().failure(.api(error))
    }
}
