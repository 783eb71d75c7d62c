import HTTPResponseParsing

/// The state of a stream when it fails: everything that a failure contains besides its kind and its position.
///
/// This is the only place that creates a ``MessageStreamFailure``.
struct FailureContext {
    /// The head of the response; `nil` until it is complete.
    var response: ResponseContext?
    /// The status of a response whose head is malformed or truncated, if its status line is complete.
    var unfinishedHeadStatus: Int?
    /// How much of the message was received.
    var progress = MessageProgress()
    /// The number of events before the failure.
    var eventIndex = 0
    /// The message so far.
    var partial: Message?
    /// The diagnostics so far.
    var diagnostics = Diagnostics()

    /// Creates a failure.
    ///
    /// - Parameters:
    ///   - offset: The offset in the body.
    ///   - excerpt: The bytes there as text, shortened.
    ///   - bodyJSON: The body of a response that contains no recognizable error, if it is JSON.
    ///   - retry: The advice; by default, the advice given by the tables of ``RetryAdvice``.
    func failure(
        _ kind: MessageStreamFailure.Kind,
        at offset: Int = 0,
        excerpt: String? = nil,
        bodyJSON: RawJSON? = nil,
        retry: RetryAdvice? = nil
    ) -> MessageStreamFailure {
        var kind = kind
        var apiError: APIError?
        if case .api(var error) = kind {
            error.responseStatus = failedStatus
            kind = .api(error)
            apiError = error
        }
        var failure = MessageStreamFailure(
            kind: kind,
            stage: stage,
            httpStatus: response?.status ?? failedStatus,
            equivalentStatus: apiError?.equivalentStatus ?? failedStatus,
            requestID: apiError?.requestID ?? response?.requestID,
            gatewayIDs: response?.gatewayIDs ?? [:],
            byteOffset: offset,
            eventIndex: eventIndex,
            excerpt: excerpt,
            errorJSON: apiError?.json ?? bodyJSON,
            partial: partial,
            retry: retry ?? RetryAdvice(for: kind, in: self),
            diagnostics: diagnostics
        )
        failure.isHeadAssumed = response?.headSource == .assumed
        return failure
    }

    var stage: MessageStreamFailure.Stage {
        if progress.hasStopReason { return .afterStopReason }
        if progress.hasContent { return .afterContent }
        if progress.hasStarted { return .beforeContent }
        return response == nil ? .beforeResponse : .beforeMessage
    }

    /// The status of a response that is not 2xx, even if its head is incomplete.
    var failedStatus: Int? {
        if let response { return response.isFailure ? response.status : nil }
        return unfinishedHeadStatus.flatMap { ResponseHead.isSuccess(status: $0) ? nil : $0 }
    }
}

/// How much of a message was received.
struct MessageProgress: Sendable {
    /// Whether `message_start` was received.
    var hasStarted = false
    /// Whether anything was received that a consumer may have displayed.
    var hasContent = false
    /// Whether a server tool ran.
    var hasServerTool = false
    /// Whether the stop reason was received.
    var hasStopReason = false
}
