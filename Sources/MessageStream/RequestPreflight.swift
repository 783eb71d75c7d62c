/// Checks a request, before it is sent, for two reasons why the API would reject it: a body that is too large, and a
/// response that would take too long without a stream.
///
///     try RequestPreflight.check(bodyBytes: body.count, for: .messages)
///     try RequestPreflight.checkWithoutStream(maxTokens: 4096)
///
/// Sending a request that fails these checks only costs time: a CDN responds to an oversized request with an HTML page
/// and closes the connection, often while the body is still being sent.
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

        /// The maximum size of a request body, in bytes.
        ///
        /// The documentation says MB without defining it. This check uses 2^20 bytes, the larger meaning: with 10^6, it
        /// would reject requests that the service may accept. Accepting a request that the service then rejects does
        /// less harm.
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
    ///   - bodyBytes: The size of the body in bytes, as sent.
    ///   - endpoint: The endpoint of the request.
    /// - Throws: The failure that the service would return: `.api` with the type `request_too_large`, equivalent to
    ///   status 413, at the stage ``MessageStreamFailure/Stage/beforeResponse``.
    public static func check(bodyBytes: Int, for endpoint: Endpoint) throws(MessageStreamFailure) {
        let limit = endpoint.maximumBodyBytes
        guard bodyBytes > limit else { return }
        throw refusal(
            .requestTooLarge,
            "Request exceeds the maximum size of \(limit >> 20) MB for \(endpoint.name): its body has \(bodyBytes) bytes"
        )
    }

    /// The maximum expected duration of a request without a stream, in minutes.
    public static let maximumMinutesWithoutStream = 10

    /// Checks whether a request has to ask for a stream: networks drop connections that stay idle for long.
    ///
    /// This is the rule of the official clients: a response of 128,000 tokens is assumed to take an hour, so a request
    /// takes 60 × `maxTokens` / 128,000 minutes. A request that may take more than ten minutes needs a stream.
    ///
    /// - Parameter maxTokens: The `max_tokens` of the request.
    /// - Throws: A failure of kind `.api` with the type `invalid_request_error`, equivalent to status 400, at the stage
    ///   ``MessageStreamFailure/Stage/beforeResponse``.
    public static func checkWithoutStream(maxTokens: Int) throws(MessageStreamFailure) {
        // 60 × maxTokens / 128,000 > 10, without rounding or overflow.
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
