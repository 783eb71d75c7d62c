public import HTTPResponseParsing
package import ServerSentEvents

/// Decodes a streamed response of the Messages API from bytes into typed events, or into one failure.
///
/// The decoder performs no I/O and never waits. Feed it chunks of any size, split anywhere; then call ``finish()``,
/// which returns the complete message. It accepts either the bytes of the response as read from the socket, or the body
/// alone, with the head given separately.
///
///     var decoder = MessageStreamDecoder(input: .httpResponse)
///     while let chunk = try socket.read() {
///         try decoder.decode(chunk) { event in print(event) }
///     }
///     let message = try decoder.finish()
///
/// ## Verdict
///
/// The decoder checks the head first:
///
/// 1. A status other than 2xx: the failure is `.api` if the body reports an error, and `.http` otherwise.
/// 2. A content type other than `text/event-stream`: `.api` if the body reports an error, and `.notEventStream`
///    otherwise. A body without a content type may still be an event stream.
///
/// It then checks the frames in order, up to the first of these:
///
/// 1. An error event: the failure is `.api`. A frame is an error event if its event name is `error`; if its data has
///    the value `error` for `type` or `object`; or if its data has an `error` member with a meaningful value, and
///    either no `type` or the `type` of an error. `null`, `false`, `0`, `""`, `[]` and `{}` are not meaningful. Nested
///    members and the contents of strings do not count.
/// 2. A known event, or an event without a name, whose data is not a JSON object: `.malformedEvent`. The data of a
///    `ping` is not validated.
/// 3. Events that contradict each other: `.protocolViolation`.
/// 4. `message_stop`: the message is complete. Later bytes do not change the verdict, but are noted in ``diagnostics``.
/// 5. The end of the response: `.notEventStream` if no event was received and the body begins like something else, and
///    `.truncated` otherwise.
///
/// Lines that are not fields of an event stream are *stray lines*: a failing gateway may write its error between the
/// frames, or after the last one, without framing it. If JSON among these lines reports an error, the failure is
/// `.api`, regardless of the text around it. The same applies to a field named `error` whose value is such a JSON
/// object. For a complete message, it does not matter whether the response ended according to the rules of HTTP.
///
/// A body whose head names a content coding is identified by its bytes: if they are text, the coding was already
/// removed. That is a diagnostic, and `Content-Length` is ignored.
///
/// After a failure, including one from ``abort(_:)`` or ``finish()``, the decoder stays failed: it ignores further
/// bytes, and ``decode(_:_:)-(RawSpan,_)`` throws the same failure. Bytes after a complete message are a diagnostic.
///
/// ## Grammar
///
/// A message is `message_start`; then content blocks, each with a `content_block_start`, its deltas and a
/// `content_block_stop`; then at least one `message_delta`; then `message_stop`. Blocks may interleave, and `ping` may
/// occur anywhere. A departure from this order is a violation, which fails the stream, if the message can no longer be
/// trusted. Otherwise it is a diagnostic.
///
/// | event | state | result |
/// |---|---|---|
/// | `ping` | any | ignored |
/// | `error` | message not complete | the stream fails with `.api` |
/// | an unknown event | message not complete | diagnostic `unknownEvent`; the event is delivered |
/// | any other event | no message started | violation `eventBeforeMessageStart` |
/// | `message_start` | a message started | violation `secondMessageStart`: another response was spliced in |
/// | | with the same ID, and only pings and unknown events in between | diagnostic `repeatedMessageStart`; the event is not delivered |
/// | | without `message` | violation `missingMember` |
/// | `content_block_start` | its index is or was in use | violation `secondBlock` |
/// | | its index is not the greatest so far plus 1 | diagnostic `indexGap`: not evidence of loss |
/// | | without `index` or `content_block` | violation `missingMember` |
/// | `content_block_delta` | no block at its index | violation `deltaOfUnknownBlock` |
/// | | the block was stopped | violation `deltaOfClosedBlock` |
/// | | of a known type that does not match the block's known type | violation `deltaMismatch` |
/// | | of an unknown type, or for a block of one | kept in ``ContentBlock/unknownDeltas`` |
/// | | without `index` or `delta` | violation `missingMember` |
/// | `content_block_stop` | no open block at its index | diagnostic `stopOfClosedBlock`: nothing is lost |
/// | | the tool input is not a complete JSON object | diagnostic `unusableToolInput` |
/// | | without `index` | violation `missingMember` |
/// | any `content_block_…` | the stop reason was received | diagnostic `contentAfterStopReason`; the content is kept |
/// | `message_delta` | a message started | its members replace earlier ones; it may occur more than once |
/// | `message_stop` | a block is open | diagnostic `openBlockAtStop`; the block stays incomplete |
/// | | no stop reason was received | diagnostic `noStopReason` |
/// | | the stop reason is `end_turn`, and the last block is a tool call with truncated input | diagnostic `doubtfulCompletion` |
/// | | there is content, but the usage counts no output tokens | diagnostic `doubtfulCompletion` |
/// | U+FFFD in the JSON of a delta | any | diagnostic `replacementCharacters`: a single one, with the total count |
/// | any but `ping` | after `message_stop` | diagnostic `eventAfterStop` or `errorAfterStop`; the event is not delivered |
/// | stray lines | they report no error | diagnostic `unframedData`, one for each run of consecutive lines |
/// | an event named `error` without data | the message ends too early | diagnostic `errorWithoutData` |
/// | the end, inside a frame | after `message_stop` | diagnostic `unfinishedFrameAfterStop` |
/// | a violation of HTTP | after `message_stop` | diagnostic `responseBrokenAfterStop` |
/// | bytes after the response, or after `finish()` | the message complete | diagnostic `dataAfterEnd` |
public struct MessageStreamDecoder: ~Copyable, Sendable {
    /// Parses the bytes of a response; `nil` if the input is a body.
    private var responseParser: HTTPResponseParser?
    private var parser: EventStreamParser
    private var machine: MessageStreamStateMachine
    /// Whether the input has ended: by `finish()`, by `abort(_:)` or by a failure. Later bytes are not decoded.
    private var hasEnded = false

    /// The form of the bytes that a decoder receives.
    public struct Input: Sendable {
        /// The head given with the body; `nil` if the bytes include the head.
        let head: ResponseHead?
        /// Whether the transfer coding has already been removed.
        let isTransferDecoded: Bool
        /// The origin of the head.
        var headSource = ResponseContext.HeadSource.received

        /// A complete HTTP/1.1 response as read from the socket, including the status line, header fields and chunked
        /// framing.
        public static var httpResponse: Input { Input(head: nil, isTransferDecoded: false) }

        /// A response with its head but without its transfer coding, as written by `curl -i`.
        public static var recordedResponse: Input { Input(head: nil, isTransferDecoded: true) }

        /// The body of a response, without transfer coding or content coding.
        ///
        /// - Parameters:
        ///   - status: The status of the response, from 100 to 999.
        ///   - headers: The header fields of the response. Sequences of pairs are accepted too, with the labels `name`
        ///     and `value`, with `key` and `value`, or without labels.
        public static func body(status: some BinaryInteger, headers: ResponseFields) -> Input {
            body(ResponseHead(status: Int(clamping: status), fields: headers))
        }

        /// The body of a response with this head, without transfer coding or content coding.
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
    ///   - input: The form of the bytes. The default is the body of a response with status 200 and the content type
    ///     `text/event-stream`.
    ///   - limits: Limits on the memory that the decoder uses.
    ///   - keepsContent: Whether the decoder assembles the content of the message. Otherwise memory does not grow with
    ///     the stream, except for open blocks and unknown members, which ``MessageStreamLimits/messageBytes`` bounds.
    ///     The message of ``partial``, ``finish()`` and a failure then has everything except its ``Message/content``.
    ///     The verdict is the same, except that tool input, which can be checked only as a complete text, is not
    ///     checked: ``Diagnostic/Kind/unusableToolInput`` is not noted, nor is a ``Diagnostic/Kind/doubtfulCompletion``
    ///     for this reason.
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

    /// The head of the response; `nil` until it is received.
    public var head: ResponseHead? { machine.response?.head }

    /// The message so far, including the received part of each block; `nil` before `message_start`. It has no content
    /// if the decoder does not keep content.
    ///
    /// - Complexity: O(number of blocks), plus the length of the last block's text if that block is still open.
    public var partial: Message? { machine.accumulator.partial }

    /// Whether `message_stop` was received: the message is complete and no longer changes.
    public var isComplete: Bool { machine.isComplete }

    /// The diagnostics so far.
    public var diagnostics: Diagnostics { machine.diagnostics }

    /// Decodes a chunk and calls a closure with each event that it completes. After ``finish()`` or ``abort(_:)``,
    /// there are no more events.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes, in any amount.
    ///   - body: A closure that receives each event, in order.
    /// - Throws: ``MessageStreamFailure`` as soon as the stream is known to have failed, and on every later call. The
    ///   events before the failure have been delivered.
    public mutating func decode(
        _ chunk: RawSpan,
        _ body: (MessageStreamEvent) -> Void
    ) throws(MessageStreamFailure) {
        try decodeFrames(chunk) { event, _ in body(event) }
    }

    /// Decodes a chunk and calls a closure with each event that it completes.
    ///
    /// Contiguous collections are read in place; others are copied first.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes, in any amount.
    ///   - body: A closure that receives each event, in order.
    /// - Throws: ``MessageStreamFailure`` as soon as the stream is known to have failed, and on every later call.
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

    /// The approximate number of bytes that the decoder keeps: the incomplete event, and the message so far.
    package var bufferedByteCount: Int { parser.unfinishedByteCount + machine.accumulator.byteCount }

    /// Removes the text and the reasoning received so far, for a caller that stores them elsewhere. Even a very long
    /// message then needs little memory. ``partial``, and the message of ``finish()`` and of a failure, contain only
    /// the remainder.
    ///
    /// - Parameter body: A closure called for each block that has text, with its index and the text since the last
    ///   call.
    package mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) { machine.removeText(body) }

    /// Whether the decoder learns how deltas are spelled; true by default. The result does not depend on it.
    package var learnsSpellings: Bool {
        get { machine.learnsSpellings }
        set { machine.learnsSpellings = newValue }
    }

    /// Whether the last delta had a learned spelling and was read by the fast path.
    package var hasLearnedSpelling: Bool { machine.spellings.hasLearned }

    /// The indices of the blocks of ``partial``, in the same order.
    package var blockIndices: [Int] { machine.accumulator.blockIndices }

    /// Decodes a chunk and calls a closure with each event and its frame.
    @inline(__always)
    package mutating func decodeFrames(
        _ chunk: RawSpan,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) throws(MessageStreamFailure) {
        if hasEnded {
            // A chunk may race with an end reported by a timer or another connection: its bytes are ignored.
            machine.receiveTrailingBytes(chunk.byteCount)
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
        // Moved out and back in, so that one part of `self` can change while another is accessed.
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
            if responseParser.isComplete { machine.receiveTrailingBytes(rest.byteCount) }
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

    /// Parses a chunk. Static, because the closure changes one part of the decoder while another, the parser, runs.
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

    /// Ends the input: the connection was closed, or the body ended.
    ///
    /// - Returns: The complete message; without content if the decoder does not keep content.
    /// - Throws: ``MessageStreamFailure``: the earlier failure if the stream has already failed; otherwise `.truncated`
    ///   or `.notEventStream` if the stream ended without `message_stop`, or the error that a body other than an event
    ///   stream reports.
    public mutating func finish() throws(MessageStreamFailure) -> Message {
        if !hasEnded {
            hasEnded = true
            // A response that ended by its own framing has already been judged.
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

    /// The failure that ``finish()`` would throw if the input ended here; `nil` if the message is complete.
    ///
    /// - Complexity: Same as ``partial``.
    package func failureIfEnded() -> MessageStreamFailure? {
        var machine = self.machine
        switch responseParser {
        case .some(let responseParser): machine.receiveEnd(parser, ending: responseParser.knownEnding)
        case .none: machine.receiveEnd(parser, ending: nil)
        }
        return machine.failure
    }

    /// Ends the stream for an external reason.
    ///
    /// A chunk that arrives later, because a timer races with a socket, has no effect.
    ///
    /// - Parameter kind: `.stalled`, `.transport` or `.cancelled`.
    /// - Returns: The failure: an earlier one if the stream has already failed; `.api` if the line in which the stream
    ///   broke off is JSON that reports an error; otherwise one of `kind`. `nil` if the message is complete: the
    ///   connection then no longer matters.
    public mutating func abort(_ kind: MessageStreamFailure.Kind) -> MessageStreamFailure? {
        hasEnded = true
        machine.receiveAbort(kind, parser)
        return machine.failure
    }
}

extension HTTPResponseParser {
    /// The end of the response, if its bytes show it: a recording without framing does not show how the body ended.
    package var knownEnding: HTTPResponseEnding? {
        let ending = finish()
        switch ending {
        case .truncated(in: .start), .truncated(in: .statusLine), .truncated(in: .fields): return ending
        default: return isTransferDecoded ? nil : ending
        }
    }
}
