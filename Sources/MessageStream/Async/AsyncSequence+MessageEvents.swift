public import HTTPResponseParsing

// What makes a stream of events of the bytes of a response.

extension AsyncSequence where Self: Sendable, Element: Collection<UInt8> {
    /// The events of the response whose body these chunks are.
    ///
    /// Chunks may be of any size, empty as well, and cut anywhere. Contiguous ones, such as `[UInt8]`, `Data` and the
    /// views of other byte buffers, are read where they lie; others are copied first.
    ///
    /// - Parameters:
    ///   - status: The status of the response.
    ///   - headers: The header fields of the response; by default they say that the body is an event stream. Sequences of
    ///     pairs are accepted too, with the labels `name` and `value`, with `key` and `value`, or without labels.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together, for ``AsyncMessageStream/AsyncIterator/partial`` and
    ///     ``MessageStreamFailure/partial``. If not, memory does not grow with the stream.
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: ResponseFields = ["content-type": "text/event-stream"],
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(input: .body(status: status, headers: headers), limits: limits, keepsContent: keepsContent)
    }

    /// The events of the response that these chunks are.
    ///
    /// - Parameters:
    ///   - input: What the bytes are: with `.httpResponse`, the head is found in them. By default they are the body of an
    ///     event stream of which no more is known.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together.
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
    /// The events of the response whose body these bytes are.
    ///
    /// Each event is handed out on the byte that ends it: no further byte is asked for before.
    ///
    /// - Parameters:
    ///   - status: The status of the response.
    ///   - headers: The header fields of the response; by default they say that the body is an event stream. Sequences of
    ///     pairs are accepted too, with the labels `name` and `value`, with `key` and `value`, or without labels.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together.
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: ResponseFields = ["content-type": "text/event-stream"],
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(input: .body(status: status, headers: headers), limits: limits, keepsContent: keepsContent)
    }

    /// The events of the response that these bytes are.
    ///
    /// - Parameters:
    ///   - input: What the bytes are: with `.httpResponse`, the head is found in them. By default they are the body of an
    ///     event stream of which no more is known.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together.
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
    /// The events of the response whose head and body these parts are.
    ///
    /// A response that fails before its head is one that never came: the failure's stage is `beforeResponse`. Bytes
    /// that no head comes before are searched for one.
    ///
    /// - Parameters:
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together.
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
