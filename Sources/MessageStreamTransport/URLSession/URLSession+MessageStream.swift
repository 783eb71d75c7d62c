public import Foundation
public import MessageStream

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// The events of a response that URLSession brings.
public typealias URLSessionMessageStream = AsyncMessageStream<
    GuardedReads<ResponseParts<URLSessionResponse, Data>, ContinuousClock>
>

extension URLSession {
    /// The events of the response to a request for a streamed message.
    ///
    ///     do throws(MessageStreamFailure) {
    ///         for try await text in URLSession.shared.messageStream(for: request).text { show(text) }
    ///     } catch {
    ///         report(error, partial: error.partial)
    ///     }
    ///
    /// Each iterator sends the request once, when it is first asked for an event. Status and content type of the response
    /// are judged as ``MessageStreamDecoder`` says. What URLSession itself reports is a failure of the kind `.transport`,
    /// at the stage `beforeResponse` if no head had come: a URL that is none of HTTP and a malformed header field at once,
    /// a host that cannot be reached or secured as soon as that is known. The ``TransportError`` is at hand as the
    /// `underlying` one. A connection that the other end closes too early is `.truncated`, where the system tells a close
    /// from a reset: Linux does, Apple's systems do not.
    ///
    /// On Linux, URLSession itself ends the process when a server closes the connection in the middle of a response's
    /// head. ``URLSessionChunks`` says what else differs there.
    ///
    /// ## Time
    ///
    /// By default a minute without a byte is a failure of the kind `.stalled`, and so are five minutes in which only
    /// pings and comments come; `StallPolicy()` waits without end. The clocks run from the first wait on, so that looking
    /// up the host and connecting count as well. They take the place of the timeout of 60 seconds between bytes that
    /// URLSession has by default; a timeout that the request or the session's configuration has been given stays, and
    /// gives `.transport`.
    ///
    /// - Parameters:
    ///   - request: A request of HTTP or HTTPS, whose body asks for a stream.
    ///   - stall: How long the response may be waited for.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together, for ``MessageStreamFailure/partial``.
    public func messageStream(
        for request: URLRequest,
        stall: StallPolicy = .standard,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> URLSessionMessageStream {
        var request = request
        // FoundationNetworking ends the process when a request without a URL is changed.
        if request.url != nil, request.timeoutInterval == Self.usualTimeout,
            configuration.timeoutIntervalForRequest == Self.usualTimeout
        {
            request.timeoutInterval = stall.timeoutBehind
        }
        return URLSessionResponse(chunks: chunks(for: request))
            .messageEvents(limits: limits, keepsContent: keepsContent)
            .guarded(by: stall)
    }

    /// The timeout of a request and of a configuration that have been given none.
    private static var usualTimeout: TimeInterval { 60 }
}

extension StallPolicy {
    /// A timeout that the clock of silence is sure to come before; a week if there is no such clock.
    fileprivate var timeoutBehind: TimeInterval {
        silence.map { TimeInterval($0.components.seconds) + 30 } ?? 604_800
    }
}
