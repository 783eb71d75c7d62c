public import MessageStream

extension CapturedStream {
    /// The events of a response of the Messages API.
    ///
    /// - Parameters:
    ///   - selection: Which response of the capture.
    ///   - chunks: The sizes of the body chunks.
    ///   - pace: How fast the response is replayed.
    ///   - clock: The clock of the replay.
    ///   - limits: The memory limits of the decoder.
    ///   - keepsContent: Whether to accumulate the content of the message.
    public func messageEvents<C: Clock>(
        of selection: CapturedResponse.Selection = .last,
        chunks: ChunkSizes = .asRecorded,
        pace: ReplayPace = .none,
        clock: C = ContinuousClock(),
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream where C.Duration == Duration {
        response(selection, chunks: chunks, pace: pace, clock: clock).messageEvents(
            limits: limits,
            keepsContent: keepsContent
        )
    }
}
