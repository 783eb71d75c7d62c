public import MessageStream

extension TCPConnection {
    /// The events of the HTTP/1.1 response received on this connection. The bytes must include the head.
    ///
    ///     let connection = try await TCPConnection.connect(host: "127.0.0.1", port: 8080)
    ///     try await connection.send(request)
    ///     for try await text in connection.messageStream().text { show(text) }
    ///
    /// The request must not accept a content coding. By default, the stream fails with `.stalled` after a minute
    /// without a byte, or after five minutes with only pings and comments. The stream may read past the end of the
    /// response, so do not use the connection for another one.
    ///
    /// - Parameters:
    ///   - stall: The stall timeouts. `StallPolicy()` has none.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message for ``MessageStreamFailure/partial``.
    public func messageStream(
        stall: StallPolicy = .standard,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        chunks.messageEvents(input: .httpResponse, limits: limits, keepsContent: keepsContent).guarded(by: stall)
    }
}
