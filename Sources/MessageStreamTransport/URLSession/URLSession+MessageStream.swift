public import MessageStream

#if canImport(FoundationNetworking)
    import Foundation
    public import FoundationNetworking
#else
    public import Foundation
#endif

extension URLSession {
    /// The events of the response to a request for a streamed message.
    ///
    ///     do throws(MessageStreamFailure) {
    ///         for try await text in URLSession.shared.messageStream(for: request).text { show(text) }
    ///     } catch {
    ///         report(error, partial: error.partial)
    ///     }
    ///
    /// Each iterator sends the request once, on the first call of `next`. ``MessageStreamDecoder`` documents how the
    /// status and the content type of the response are checked. Errors that URLSession reports are failures of the kind
    /// `.transport`, at the stage `beforeResponse` if no head was received, with the ``TransportError`` as
    /// `error`. A URL that is not an HTTP URL or a malformed header field fails immediately, an unreachable host
    /// as soon as URLSession reports it. If the peer closes the connection too early, the failure is `.truncated` on
    /// systems that distinguish a close from a reset: Linux does, Apple platforms do not.
    ///
    /// On Linux, URLSession itself crashes the process if a server closes the connection in the middle of a response
    /// head. ``URLSessionChunks`` documents the other differences.
    ///
    /// ## Timeouts
    ///
    /// By default, the stream fails with `.stalled` after a minute without a byte, or after five minutes with only
    /// pings and comments. `StallPolicy()` disables both limits. The clocks start with the first wait, so they include
    /// the host lookup and the connection setup. They replace URLSession's default timeout of 60 seconds between bytes.
    /// A timeout that you set on the request or on the session's configuration still applies, and causes `.transport`.
    ///
    /// - Parameters:
    ///   - request: An HTTP or HTTPS request whose body requests a stream.
    ///   - stall: The stall timeouts.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message for ``MessageStreamFailure/partial``.
    public func messageStream(
        for request: URLRequest,
        stall: StallPolicy = .standard,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        var request = request
        // FoundationNetworking crashes when a request without a URL is modified.
        if request.url != nil, request.timeoutInterval == Self.defaultTimeout,
            configuration.timeoutIntervalForRequest == Self.defaultTimeout
        {
            request.timeoutInterval = stall.urlSessionTimeout
        }
        return URLSessionResponse(chunks: chunks(for: request))
            .messageEvents(limits: limits, keepsContent: keepsContent)
            .guarded(by: stall)
    }

    /// The default timeout of requests and configurations.
    private static var defaultTimeout: TimeInterval { 60 }
}

extension StallPolicy {
    /// A URLSession timeout that always expires after the silence clock, or a week if there is no silence clock.
    fileprivate var urlSessionTimeout: TimeInterval {
        silence.map { TimeInterval($0.components.seconds) + 30 } ?? 604_800
    }
}
