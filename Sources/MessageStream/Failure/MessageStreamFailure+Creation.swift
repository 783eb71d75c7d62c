import HTTPResponseParsing

extension MessageStreamFailure {
    /// Creates a failure, to test code that handles failures.
    ///
    ///     let failure = MessageStreamFailure(.api(APIError(type: .overloaded)), stage: .afterContent, partial: message)
    ///     #expect(failure.equivalentStatus == 529)
    ///
    /// The other properties are those of a stream that fails in this way. ``byteOffset`` and ``eventIndex`` are 0.
    ///
    /// - Parameters:
    ///   - kind: What failed.
    ///   - stage: How far the stream got.
    ///   - httpStatus: The status of the response. The default is the status in `kind`, or else 200; at the stage
    ///     `beforeResponse`, it is `nil`.
    ///   - requestID: The request ID of the response. The request ID of an ``APIError`` takes precedence.
    ///   - partial: The message so far. A server tool in it affects the default of `retry`.
    ///   - retry: Whether and how to retry. The default follows the tables of ``RetryAdvice``.
    ///   - earlierAttempts: The failures of earlier attempts.
    public init(
        _ kind: Kind,
        stage: Stage = .beforeMessage,
        httpStatus: Int? = nil,
        requestID: String? = nil,
        partial: Message? = nil,
        retry: RetryAdvice? = nil,
        earlierAttempts: [MessageStreamFailure] = []
    ) {
        var context = FailureContext()
        if stage == .beforeResponse {
            context.unfinishedHeadStatus = httpStatus
        } else {
            let fields = requestID.map { ResponseFields([("request-id", $0)]) } ?? [:]
            let status = httpStatus ?? kind.statedStatus ?? 200
            context.response = ResponseContext(ResponseHead(status: status, fields: fields))
        }
        context.progress = MessageProgress(
            hasStarted: stage >= .beforeContent,
            hasContent: stage >= .afterContent,
            hasServerTool: partial?.content.contains(where: \.isServerTool) ?? false,
            hasStopReason: stage == .afterStopReason
        )
        context.partial = partial
        self = context.failure(kind, retry: retry)
        self.earlierAttempts = earlierAttempts
    }
}

extension MessageStreamFailure.Kind {
    /// The status of the response, if the kind contains one.
    fileprivate var statedStatus: Int? {
        switch self {
        case .http(let status, _): status
        case .api(let error): error.responseStatus
        default: nil
        }
    }
}

extension MessageStreamFailure: Hashable {
    /// Whether both failures mean the same to the code that handles them: the same kind, stage, status, request ID,
    /// partial message, advice and earlier attempts.
    ///
    /// The position and the details are not compared: ``byteOffset``, ``eventIndex``, ``excerpt``, ``errorJSON``,
    /// ``gatewayIDs`` and ``diagnostics``. Transport errors are compared by their type and description.
    ///
    /// - Complexity: O(size of the partial messages).
    public static func == (a: Self, b: Self) -> Bool {
        a.kind == b.kind && a.stage == b.stage && a.httpStatus == b.httpStatus
            && a.equivalentStatus == b.equivalentStatus && a.requestID == b.requestID && a.retry == b.retry
            && a.partial == b.partial && a.earlierAttempts == b.earlierAttempts
    }

    /// Hashes the kind, the stage, the status and the request ID.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(stage)
        hasher.combine(httpStatus)
        hasher.combine(requestID)
    }
}
