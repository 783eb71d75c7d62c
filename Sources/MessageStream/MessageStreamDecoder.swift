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
///
/// ## Grammar
///
/// A message is `message_start`, then blocks, each from `content_block_start` over its deltas to `content_block_stop`,
/// then `message_delta`, at least once, then `message_stop`; blocks may interleave, and `ping` may stand anywhere.
/// Where a stream departs from that, it is a violation if the message cannot be trusted any more: the stream has failed.
/// It is a diagnostic if it can.
///
/// | event | state | what it means |
/// |---|---|---|
/// | `ping` | any | nothing |
/// | `error` | message not complete | the stream has failed, as `.api` |
/// | an unknown event | message not complete | diagnostic `unknownEvent`; it is handed out |
/// | any other event | no message begun | violation `eventBeforeMessageStart` |
/// | `message_start` | a message begun | violation `secondMessageStart`: another answer was spliced in |
/// | | without `message` | violation `missingMember` |
/// | `content_block_start` | its index is or was in use | violation `secondBlock` |
/// | | its index is not the greatest so far plus 1 | diagnostic `indexGap`: nothing is known to be lost |
/// | | without `index` or `content_block` | violation `missingMember` |
/// | `content_block_delta` | no block at its index | violation `deltaOfUnknownBlock` |
/// | | the block was stopped | violation `deltaOfClosedBlock` |
/// | | of a known type that the known type of the block does not have | violation `deltaMismatch` |
/// | | of an unknown type, or for a block of one | kept in ``ContentBlock/unknownDeltas`` |
/// | | without `index` or `delta` | violation `missingMember` |
/// | `content_block_stop` | no open block at its index | diagnostic `stopOfClosedBlock`: nothing is lost |
/// | | the input of its tool is no whole JSON object | diagnostic `unusableToolInput` |
/// | | without `index` | violation `missingMember` |
/// | these three | the stop reason was received | diagnostic `contentAfterStopReason`; they count |
/// | `message_delta` | a message begun | what it tells replaces what was told before; it may come again |
/// | `message_stop` | a block is open | diagnostic `openBlockAtStop`; the block stays incomplete |
/// | | no stop reason was received | diagnostic `noStopReason` |
/// | any but `ping` | after `message_stop` | diagnostic `eventAfterStop` or `errorAfterStop`; it is not handed out |
/// | the end, in a frame | after `message_stop` | diagnostic `unfinishedFrameAfterStop` |
public struct MessageStreamDecoder: ~Copyable, Sendable {
    private var parser: EventStreamParser
    private var judge: MessageStreamJudge
    /// Set by `finish()`.
    private var hasEnded = false

    /// Creates a decoder for the body of a response with status 200 and the content type `text/event-stream`.
    ///
    /// - Parameters:
    ///   - limits: Bounds on the lines and events of the event stream, and so on what is held in memory beside the
    ///     message.
    ///   - keepsContent: Whether the message is put together. If not, memory does not grow with the stream: each event
    ///     is handed out and forgotten, and the message of ``partial``, ``finish()`` and a failure has everything but
    ///     its ``Message/content``. The stream is judged all the same, except for the input of tools, which only its
    ///     whole text tells to be usable: ``Diagnostic/Kind/unusableToolInput`` is not noted.
    public init(limits: EventStreamLimits = EventStreamLimits(), keepsContent: Bool = true) {
        parser = EventStreamParser(limits: limits)
        judge = MessageStreamJudge(keepsContent: keepsContent)
    }

    /// The message so far, each block with what was received of it; nil before `message_start`. Without content if the
    /// decoder does not keep that.
    ///
    /// - Complexity: O(number of blocks), and the length of the last block's text if that is still going on.
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
    /// - Returns: the message, which is whole; without content if the decoder does not keep that.
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
