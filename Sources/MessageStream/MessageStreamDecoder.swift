public import HTTPResponseParsing
package import ServerSentEvents

/// Decodes a streamed response of the Messages API: bytes in; typed events out, or one failure.
///
/// The decoder does no input and never waits. Feed it chunks of any size, cut anywhere; then call ``finish()``, which
/// returns the message if it is whole. It takes the bytes of the response as they come from the socket, or the body
/// alone with the head beside.
///
///     var decoder = MessageStreamDecoder(input: .httpResponse)
///     while let chunk = try socket.read() {
///         try decoder.decode(chunk) { event in print(event) }
///     }
///     let message = try decoder.finish()
///
/// ## Judgement
///
/// The head comes first:
///
/// 1. a status other than 2xx: the failure is `.api` if the body reports an error, else `.http`;
/// 2. a content type other than `text/event-stream`: `.api` if the body reports an error, else `.notEventStream`. A
///    body without a content type may turn out to be an event stream.
///
/// Then frame by frame, until the first of these:
///
/// 1. an error event: the failure is `.api`. A frame is one if its event name is `error`; if its data has the `type` or the
///    `object` `error`; or if its data has an `error` that says something, and no `type` or that of an error. `null`,
///    `false`, `0`, `""`, `[]` and `{}` say nothing. Nothing nested and nothing inside strings counts;
/// 2. a known event, or one without a name, whose data is not a JSON object: `.malformedEvent`. The data of a `ping` is not
///    validated;
/// 3. events that contradict each other: `.protocolViolation`;
/// 4. `message_stop`: the message is complete. What follows is not judged, but noted in ``diagnostics``;
/// 5. the end of the response: `.notEventStream` if no event ever came and the body begins like something else, else
///    `.truncated`.
///
/// Lines that are no field of an event stream are *stray lines*: a gateway that fails may write its error between the
/// frames, or after the last one, without framing it. JSON among them that reports an error is `.api`, whatever stands
/// around it; so is a field named `error` whose value is such a JSON object. Whether the response ended by the rules of
/// HTTP does not matter for a message that is complete.
///
/// A body of which the head names a content coding is judged by its bytes: if they are text, the coding was undone, which
/// is a diagnostic, and `Content-Length` counts for nothing.
///
/// After a failure the decoder stays failed, also if the failure came from ``abort(_:)`` or ``finish()``: it ignores
/// further bytes, and ``decode(_:_:)-(RawSpan,_)`` throws the failure. Bytes after a complete message are a diagnostic.
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
/// | | with the same id, and only pings and unknown events between | diagnostic `repeatedMessageStart`; it is not handed out |
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
/// | `message_delta` | a message begun | its members replace earlier ones; it may come again |
/// | `message_stop` | a block is open | diagnostic `openBlockAtStop`; the block stays incomplete |
/// | | no stop reason was received | diagnostic `noStopReason` |
/// | | the stop reason is `end_turn`, and the last block is a tool call whose input is cut | diagnostic `doubtfulCompletion` |
/// | | there is content, and the usage counts no output tokens | diagnostic `doubtfulCompletion` |
/// | U+FFFD in the JSON of a delta | any | diagnostic `replacementCharacters`: one for all, which counts them |
/// | any but `ping` | after `message_stop` | diagnostic `eventAfterStop` or `errorAfterStop`; it is not handed out |
/// | stray lines | they report no error | diagnostic `unframedData`, one for lines that follow each other |
/// | an event named `error` without data | the message ends too early | diagnostic `errorWithoutData` |
/// | the end, in a frame | after `message_stop` | diagnostic `unfinishedFrameAfterStop` |
/// | a fault of HTTP | after `message_stop` | diagnostic `responseBrokenAfterStop` |
/// | bytes after the response, or after `finish()` | the message complete | diagnostic `dataAfterEnd` |
public struct MessageStreamDecoder: ~Copyable, Sendable {
    /// Parses the bytes of a response; nil if they are those of a body.
    private var responseParser: HTTPResponseParser?
    private var parser: EventStreamParser
    private var machine: MessageStreamStateMachine
    /// Whether the input is over: by `finish()`, by `abort(_:)` or by a failure. What follows is not decoded.
    private var hasEnded = false

    /// What the bytes are that a decoder is fed.
    public struct Input: Sendable {
        /// The head that comes beside the body; nil if the bytes are those of the response.
        let head: ResponseHead?
        /// Whether the transfer coding is already undone.
        let isTransferDecoded: Bool
        /// Where the head comes from.
        var headSource = ResponseContext.HeadSource.received

        /// A whole HTTP/1.1 response as it comes from the socket: status line, header fields, chunked framing and all.
        public static var httpResponse: Input { Input(head: nil, isTransferDecoded: false) }

        /// A response with its head, but without its transfer coding, as `curl -i` writes it.
        public static var recordedResponse: Input { Input(head: nil, isTransferDecoded: true) }

        /// The body of a response, without transfer coding and content coding.
        ///
        /// - Parameters:
        ///   - status: The status of the response, from 100 to 999.
        ///   - headers: The header fields of the response. Sequences of pairs are accepted too, with the labels `name` and
        ///     `value`, with `key` and `value`, or without labels.
        public static func body(status: some BinaryInteger, headers: ResponseFields) -> Input {
            body(ResponseHead(status: Int(clamping: status), fields: headers))
        }

        /// The body of a response with this head, without transfer coding and content coding.
        public static func body(_ head: ResponseHead) -> Input { Input(head: head, isTransferDecoded: true) }

        /// The body of a response with status 200 and the content type `text/event-stream`.
        public static var eventStream: Input {
            var input = body(status: 200, headers: ["content-type": "text/event-stream"])
            input.headSource = .assumed
            return input
        }
    }

    /// Creates a decoder.
    ///
    /// - Parameters:
    ///   - input: What the bytes are; by default the body of a response with status 200 and the content type
    ///     `text/event-stream`.
    ///   - limits: The most that the decoder keeps in memory.
    ///   - keepsContent: Whether the message is put together. If not, memory does not grow with the stream, but for open
    ///     blocks and unknown members, which ``MessageStreamLimits/messageBytes`` bounds. The message of ``partial``,
    ///     ``finish()`` and a failure then has everything but its ``Message/content``. The stream is judged all the same,
    ///     except for the input of tools, which only its whole text shows to be usable:
    ///     ``Diagnostic/Kind/unusableToolInput`` is not noted, nor is a ``Diagnostic/Kind/doubtfulCompletion`` for that
    ///     reason.
    public init(
        input: Input = .eventStream,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) {
        parser = EventStreamParser(limits: limits.eventStream, ignoredLineLimit: limits.errorBodyBytes)
        machine = MessageStreamStateMachine(
            keepsContent: keepsContent,
            bodyLimit: limits.errorBodyBytes,
            messageLimit: limits.messageBytes.map { max(0, $0) }
        )
        if let head = input.head {
            responseParser = nil
            _ = machine.receiveHead(head, isRaw: false, input.headSource)
        } else {
            responseParser = HTTPResponseParser(limits: limits.head, isTransferDecoded: input.isTransferDecoded)
        }
    }

    /// The head of the response; nil until it came.
    public var head: ResponseHead? { machine.response?.head }

    /// The message so far, each block as far as it was received; nil before `message_start`. It has no content if
    /// the decoder does not keep content.
    ///
    /// - Complexity: O(number of blocks), and the length of the last block's text if that is still going on.
    public var partial: Message? { machine.accumulator.partial }

    /// Whether `message_stop` was received: the message is whole, and nothing more can come of it.
    public var isComplete: Bool { machine.isComplete }

    /// The diagnostics so far.
    public var diagnostics: Diagnostics { machine.diagnostics }

    /// Decodes a chunk and hands out each event that it completes. After ``finish()`` and ``abort(_:)`` it hands out none.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes, of any number.
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
    ///   - chunk: The next bytes, of any number.
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

    /// The number of bytes of the body so far, up to the end of the chunk in which the stream failed.
    package var bodyByteCount: Int { machine.bodyBytes }

    /// About how many bytes the decoder keeps: the event that is not complete, and the message so far.
    package var bufferedByteCount: Int { parser.unfinishedByteCount + machine.accumulator.byteCount }

    /// Removes the text and the reasoning received so far, for a caller that keeps them elsewhere. A message of any length
    /// then takes little memory. ``partial``, and the message of ``finish()`` and of a failure, have only the rest.
    ///
    /// - Parameter body: Called for each block that has text, with its index and the text since the last call.
    package mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) { machine.removeText(body) }

    /// Whether the decoder learns how deltas are spelled, which it does. The result does not depend on it.
    package var learnsSpellings: Bool {
        get { machine.learnsSpellings }
        set { machine.learnsSpellings = newValue }
    }

    /// Whether the last delta was spelled like one before it, and was read so.
    package var hasLearnedSpelling: Bool { machine.spellings.hasLearned }

    /// The indices of the blocks of ``partial``, in their order there.
    package var blockIndices: [Int] { machine.accumulator.blockIndices }

    /// Decodes a chunk and hands out each event together with its frame.
    @inline(__always)
    package mutating func decodeFrames(
        _ chunk: RawSpan,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) throws(MessageStreamFailure) {
        if hasEnded {
            // A chunk may race with the end that a timer or another connection reports: nothing of it counts.
            machine.receiveExcess(chunk.byteCount)
        } else if responseParser == nil {
            receiveBody(chunk, onEvent)
        } else {
            receiveResponse(chunk, onEvent)
        }
        try throwFailure()
    }

    private mutating func throwFailure() throws(MessageStreamFailure) {
        guard case .failed(let failure) = machine.phase else { return }
        hasEnded = true
        throw failure
    }

    /// Receives bytes of a response.
    @inline(never)
    private mutating func receiveResponse(
        _ chunk: RawSpan,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) {
        // Taken out and put back, so that one part of `self` can change while another does.
        guard var responseParser = self.responseParser.take() else { return }
        var rest = chunk
        do throws(HTTPResponseError) {
            while let part = try responseParser.next(in: &rest) {
                switch part {
                case .head(let head):
                    switch machine.receiveHead(head, isRaw: true) {
                    case .readUntilClose: responseParser.readUntilClose()
                    case .none: break
                    }
                case .body(let bytes): receiveBody(bytes, onEvent)
                case .end: machine.receiveEnd(parser, ending: responseParser.knownEnding)
                @unknown default: break
                }
            }
            if responseParser.isComplete { machine.receiveExcess(rest.byteCount) }
        } catch {
            machine.receive(
                error,
                limits: responseParser.limits,
                unfinishedHeadStatus: responseParser.unfinishedHeadStatus
            )
        }
        self.responseParser = consume responseParser
    }

    /// Receives bytes of the body.
    @inline(__always)
    private mutating func receiveBody(
        _ chunk: RawSpan,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) {
        switch machine.receiveChunk(chunk) {
        case .parse: Self.parse(chunk, &parser, &machine, onEvent)
        case .ignore: break
        }
    }

    /// Parses a chunk. Static, because the closure changes one part of a decoder while the parser, another one, runs.
    private static func parse(
        _ chunk: RawSpan,
        _ parser: inout EventStreamParser,
        _ machine: inout MessageStreamStateMachine,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) {
        do throws(EventStreamError) {
            var rest = chunk
            while true {
                let count = try parser.consume(rest) { frame in machine.receive(frame, onEvent) }
                guard let ignored = parser.removeIgnoredElement(in: rest), machine.receive(ignored) else { break }
                rest = rest.extracting(droppingFirst: count)
            }
        } catch {
            machine.receive(error)
        }
        machine.receiveEndOfChunk(chunk)
    }

    /// Ends the input: the connection was closed, or the body is over.
    ///
    /// - Returns: the message, which is whole; without content if the decoder does not keep that.
    /// - Throws: ``MessageStreamFailure``: the one that the stream has failed with, or `.truncated` or
    ///   `.notEventStream` if it ended without `message_stop`, or what a body reports that is no event stream.
    public mutating func finish() throws(MessageStreamFailure) -> Message {
        if !hasEnded {
            hasEnded = true
            // A response that has ended by its own framing was judged there.
            if !(responseParser?.isComplete ?? false) {
                machine.receiveEnd(
                    parser,
                    ending: responseParser?.knownEnding,
                    unfinishedHeadStatus: responseParser?.unfinishedHeadStatus
                )
            }
        }
        try throwFailure()
        guard let message = machine.accumulator.partial else {
            preconditionFailure("a stream that has ended is complete or failed")
        }
        return message
    }

    /// What ``finish()`` would throw if the input ended here, which it need not; nil if the message is complete.
    ///
    /// - Complexity: that of ``partial``.
    package func failureIfEnded() -> MessageStreamFailure? {
        var machine = self.machine
        switch responseParser {
        case .some(let responseParser): machine.receiveEnd(parser, ending: responseParser.knownEnding)
        case .none: machine.receiveEnd(parser, ending: nil)
        }
        return machine.failure
    }

    /// Ends the stream for a reason outside its bytes.
    ///
    /// A chunk that comes after it, as in a race of a timer with a socket, changes nothing.
    ///
    /// - Parameter kind: `.stalled`, `.transport` or `.cancelled`.
    /// - Returns: the failure: the one that the stream has failed with before, or one of `kind`, or `.api` if the line in
    ///   which the stream broke off is JSON that reports an error. Nil if the message is complete: what happens to the
    ///   connection then does not matter.
    public mutating func abort(_ kind: MessageStreamFailure.Kind) -> MessageStreamFailure? {
        hasEnded = true
        machine.receiveAbort(kind, parser)
        return machine.failure
    }
}

extension HTTPResponseParser {
    /// How the response ends here, as far as its bytes tell: a recording without its framing does not say how the body
    /// ended.
    package var knownEnding: HTTPResponseEnding? {
        let ending = finish()
        switch ending {
        case .truncated(in: .start), .truncated(in: .statusLine), .truncated(in: .fields): return ending
        default: return isTransferDecoded ? nil : ending
        }
    }
}
