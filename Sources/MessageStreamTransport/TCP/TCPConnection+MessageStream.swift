public import MessageStream

/// The events of a response that a TCP connection brings.
public typealias TCPMessageStream = AsyncMessageStream<
    GuardedReads<ResponseChunks<FileDescriptorChunks>, ContinuousClock>
>

extension TCPConnection {
    /// The events of the HTTP/1.1 response that arrives, head and all.
    ///
    ///     let connection = try await TCPConnection.connect(host: "127.0.0.1", port: 8080)
    ///     try await connection.send(request)
    ///     for try await text in connection.messageStream().text { show(text) }
    ///
    /// The request must not ask for a content coding. By default a minute without a byte is a failure of the kind
    /// `.stalled`, and so are five minutes in which only pings and comments come. What is read is read for one response:
    /// the connection is not to be used for another one.
    ///
    /// - Parameters:
    ///   - stall: How long the response may be waited for; `StallPolicy()` is without end.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together, for ``MessageStreamFailure/partial``.
    public func messageStream(
        stall: StallPolicy = .standard,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> TCPMessageStream {
        chunks.messageEvents(input: .httpResponse, limits: limits, keepsContent: keepsContent).guarded(by: stall)
    }
}
