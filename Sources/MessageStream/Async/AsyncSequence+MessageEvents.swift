public import HTTPResponseParsing

// Creates a stream of events from the bytes of a response.

extension AsyncSequence where Self: Sendable, Element: Collection<UInt8> {
    /// The events of the response with this body.
    ///
    /// Chunks may have any size, including zero, and may be cut anywhere. Contiguous chunks, such as `[UInt8]`, `Data`
    /// and the views of other byte buffers, are read in place; others are copied first.
    ///
    /// - Parameters:
    ///   - status: The status of the response.
    ///   - headers: The header fields of the response; by default, those of an event stream. Sequences of pairs are
    ///     accepted too, with the labels `name` and `value`, with `key` and `value`, or without labels.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message, for ``AsyncMessageStream/AsyncIterator/partial`` and
    ///     ``MessageStreamFailure/partial``. Otherwise, memory does not grow with the stream.
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: ResponseFields = ["content-type": "text/event-stream"],
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(input: .body(status: status, headers: headers), limits: limits, keepsContent: keepsContent)
    }

    /// The events of a response in chunks.
    ///
    /// - Parameters:
    ///   - input: The form of the bytes. With `.httpResponse`, they include the head. By default, they are the body of
    ///     an event stream without a known head.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message.
    @inlinable
    public func messageEvents(
        input: MessageStreamDecoder.Input = .eventStream,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        AsyncMessageStream(input: input, limits: limits, keepsContent: keepsContent) {
            ResponseReader(chunks: self)
        }
    }
}

extension AsyncSequence where Self: Sendable, Element == UInt8 {
    /// The events of the response with this body.
    ///
    /// Each event is returned as soon as its last byte is read, before the next byte is requested.
    ///
    /// - Parameters:
    ///   - status: The status of the response.
    ///   - headers: The header fields of the response; by default, those of an event stream. Sequences of pairs are
    ///     accepted too, with the labels `name` and `value`, with `key` and `value`, or without labels.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message.
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: ResponseFields = ["content-type": "text/event-stream"],
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(input: .body(status: status, headers: headers), limits: limits, keepsContent: keepsContent)
    }

    /// The events of a response in single bytes.
    ///
    /// - Parameters:
    ///   - input: The form of the bytes. With `.httpResponse`, they include the head. By default, they are the body of
    ///     an event stream without a known head.
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message.
    @inlinable
    public func messageEvents(
        input: MessageStreamDecoder.Input = .eventStream,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        AsyncMessageStream(input: input, limits: limits, keepsContent: keepsContent) {
            ResponseReader(bytes: self)
        }
    }
}

extension AsyncSequence where Self: Sendable {
    /// The events of a response whose head and body are separate parts.
    ///
    /// If the sequence fails before the head, the failure's stage is `beforeResponse`. Bytes without a preceding head
    /// must include one.
    ///
    /// - Parameters:
    ///   - limits: The limits of the decoder.
    ///   - keepsContent: Whether to assemble the message.
    @inlinable
    public func messageEvents<Bytes>(
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream where Element == ResponsePart<Bytes>, Bytes: Sendable {
        AsyncMessageStream(input: .recordedResponse, limits: limits, keepsContent: keepsContent) {
            ResponseReader(parts: self)
        }
    }
}
