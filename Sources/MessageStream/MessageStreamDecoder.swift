public import ServerSentEvents

/// Decodes the body of a streamed response of the Messages API: bytes in; typed events out, or one failure.
///
/// The decoder does no input and never waits. Feed it chunks of any size, cut anywhere; then call ``finish()``, which
/// returns the message if it is whole.
///
///     var decoder = MessageStreamDecoder()
///     while let chunk = try socket.read() {
///         try decoder.decode(chunk) { event in print(event) }
///     }
///     let message = try decoder.finish()
///
/// ## Judgement
///
/// Frame by frame, until the first of these:
///
/// 1. an error event: the failure is `.api`. A frame is one if its event name is `error`, or if its data has the `type`
///    `error`, or no `type` but an `error` that is not null. Nothing nested and nothing inside strings counts;
/// 2. an event whose meaning is known, or that has no name, with data that is not a JSON object: `.malformedEvent`;
/// 3. events that contradict each other: `.protocolViolation`;
/// 4. `message_stop`: the message is complete. What follows is not judged, but noted in ``diagnostics``;
/// 5. the end of the body: `.notEventStream` if no event ever came and the body begins like something else, else
///    `.truncated`.
///
/// After a failure the decoder stays failed.
public struct MessageStreamDecoder: ~Copyable, Sendable {
    private var parser: EventStreamParser
    private var judge = MessageStreamJudge()
    /// Set by `finish()`.
    private var hasEnded = false

    /// Creates a decoder for the body of a response with status 200 and the content type `text/event-stream`.
    ///
    /// - Parameter limits: Bounds on the lines and events of the event stream, and so on what is held in memory beside
    ///   the message.
    public init(limits: EventStreamLimits = EventStreamLimits()) {
        parser = EventStreamParser(limits: limits)
    }

    /// The message so far, each block with what was received of it; nil before `message_start`.
    ///
    /// - Complexity: O(number of blocks).
    public var partial: Message? { judge.accumulator.partial }

    /// Whether `message_stop` was received: the message is whole, and nothing more can come of it.
    public var isComplete: Bool { judge.isComplete }

    /// What was odd so far, the first ``diagnosticLimit`` things.
    public var diagnostics: [Diagnostic] { judge.diagnostics }

    /// How many things ``diagnostics`` holds at most.
    public static var diagnosticLimit: Int { 100 }

    /// Decodes a chunk and hands out each event that it completes.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the body, of any number.
    ///   - body: Called for each event, in order.
    /// - Throws: ``MessageStreamFailure`` as soon as the stream is known to have failed, now and ever after. The events
    ///   before the failure were handed out.
    public mutating func decode(
        _ chunk: RawSpan,
        _ body: (MessageStreamEvent) -> Void
    ) throws(MessageStreamFailure) {
        try decodeFrames(chunk) { event, _ in body(event) }
    }

    /// Decodes a chunk and hands out each event that it completes.
    ///
    /// Contiguous collections are read where they lie; others are copied first.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the body, of any number.
    ///   - body: Called for each event, in order.
    /// - Throws: ``MessageStreamFailure`` as soon as the stream is known to have failed, now and ever after.
    @inlinable
    public mutating func decode(
        _ chunk: some Collection<UInt8>,
        _ body: (MessageStreamEvent) -> Void
    ) throws(MessageStreamFailure) {
        var failure: MessageStreamFailure?
        let isContiguous: Void? = chunk.withContiguousStorageIfAvailable { buffer in
            do throws(MessageStreamFailure) {
                // The buffer is valid for this call.
                try decode(unsafe buffer.span.bytes, body)
            } catch {
                failure = error
            }
        }
        if isContiguous == nil {
            // `UInt8` has no padding bytes.
            try decode(unsafe ContiguousArray(chunk).span.bytes, body)
        }
        if let failure { throw failure }
    }

    /// Decodes a chunk and hands out each event together with its frame.
    @inline(__always)
    package mutating func decodeFrames(
        _ chunk: RawSpan,
        _ body: (MessageStreamEvent, EventView) -> Void
    ) throws(MessageStreamFailure) {
        precondition(!hasEnded, "decode called after finish")
        if judge.failure == nil { Self.decode(chunk, &parser, &judge, body) }
        if let failure = judge.failure { throw failure }
    }

    private static func decode(
        _ chunk: RawSpan,
        _ parser: inout EventStreamParser,
        _ judge: inout MessageStreamJudge,
        _ body: (MessageStreamEvent, EventView) -> Void
    ) {
        do throws(EventStreamError) {
            _ = try parser.consume(chunk) { frame in judge.take(frame, body) }
        } catch {
            judge.take(error)
        }
        if judge.eventCount == 0 { judge.takeHead(chunk) }
    }

    /// Ends the body.
    ///
    /// - Returns: the message, which is whole.
    /// - Throws: ``MessageStreamFailure``: the one that the stream has failed with, or `.truncated` or
    ///   `.notEventStream` if it ended without `message_stop`.
    public mutating func finish() throws(MessageStreamFailure) -> Message {
        if !hasEnded {
            hasEnded = true
            let bodyBytes = parser.position
            judge.takeEnd(bodyBytes: bodyBytes, unfinished: parser.finish())
        }
        if let failure = judge.failure { throw failure }
        guard judge.isComplete, let message = judge.accumulator.partial else {
            preconditionFailure("a stream that has ended is complete or failed")
        }
        return message
    }
}
