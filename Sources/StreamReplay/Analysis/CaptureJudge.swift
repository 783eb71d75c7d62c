package import MessageStream
internal import ServerSentEvents

/// Judges a capture without keeping it: bytes in; the verdict on its last response out.
///
/// The judge performs no I/O. The verdict does not depend on how the capture is split into chunks.
///
/// - Memory: bounded by ``limits``, and by the memory of ``CaptureReader``.
package struct CaptureJudge: ~Copyable {
    private var reader: CaptureReader
    private var responses: ResponseJudge
    private var error: CaptureError.Cause?

    /// The limits of the decoder. A line may have the default length. An event with several lines, and an open block of
    /// an unknown type, have lower limits, so that no input requires much more memory.
    package static let limits = MessageStreamLimits(
        eventStream: EventStreamLimits(lineBytes: 16 << 20, eventBytes: 16 << 20),
        messageBytes: 16 << 20
    )

    package init(_ input: CaptureInput = .auto) {
        reader = CaptureReader(input, name: "")
        responses = ResponseJudge()
    }

    /// Whether more bytes of the capture may change the verdict.
    package var needsMore: Bool { error == nil && !(reader.isLast && responses.hasFailed) }

    /// The number of bytes kept.
    package var bufferedCount: Int { reader.bufferedCount + responses.bufferedCount }

    /// Receives the next bytes of the capture.
    package mutating func receive(_ bytes: RawSpan) {
        guard error == nil else { return }
        do throws(CaptureError) {
            try reader.receive(bytes, &responses)
        } catch {
            self.error = error.cause
        }
    }

    /// Ends the capture.
    ///
    /// - Throws: The reason why the capture cannot be read.
    package mutating func finish() throws(CaptureError.Cause) -> CaptureVerdict {
        if error == nil {
            do throws(CaptureError) {
                try reader.finish(&responses)
            } catch {
                self.error = error.cause
            }
        }
        if let error { throw error }
        return responses.finish()
    }
}

/// The verdict on the last response of a capture, which is the one that the caller received.
package struct CaptureVerdict: Sendable {
    /// The number of responses in the capture.
    package var responseCount: Int
    /// Why the response failed; `nil` if it is complete. The partial message has no content.
    package var failure: MessageStreamFailure?
    /// Why the message ended; `nil` if it did not end, or did not state a reason.
    package var stopReason: StopReason?
    package var diagnostics: Diagnostics
    /// The ID of the request, from the failure or from the head of the response.
    package var requestID: String?
    /// When the response arrived; `nil` if the capture has no times.
    package var times: ArrivalTimes?
}

/// Judges the responses of a capture, one after another.
private struct ResponseJudge: ResponseSink, ~Copyable {
    private var decoder = MessageStreamDecoder(limits: CaptureJudge.limits, keepsContent: false)
    private var failure: MessageStreamFailure?
    private var times = ArrivalTimes()
    /// The time of the bytes that follow; `nil` if the capture has no times.
    private var time: Duration?
    private var count = 0

    var hasFailed: Bool { failure != nil }
    var bufferedCount: Int { decoder.bufferedByteCount }

    mutating func begin(_ format: ResponseFormat) {
        decoder = MessageStreamDecoder(
            input: MessageStreamDecoder.Input(format),
            limits: CaptureJudge.limits,
            keepsContent: false
        )
        failure = nil
        times = ArrivalTimes()
        time = nil
        count += 1
    }

    mutating func advance(to time: Duration) { self.time = time }

    mutating func receive(_ bytes: RawSpan) {
        guard let time else {
            if failure == nil { failure = Self.decode(bytes, &decoder) }
            return
        }
        var hasContent = false
        let start = decoder.bodyByteCount
        if failure == nil { failure = Self.decode(bytes, &decoder, &hasContent) }
        times.receive(decoder.bodyByteCount - start, at: time, deliversContent: hasContent)
    }

    private static func decode(_ bytes: RawSpan, _ decoder: inout MessageStreamDecoder) -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            try decoder.decode(bytes) { _ in }
            return nil
        } catch {
            return error
        }
    }

    private static func decode(
        _ bytes: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ hasContent: inout Bool
    ) -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            try decoder.decode(bytes) { event in
                if event.contribution == .content { hasContent = true }
            }
            return nil
        } catch {
            return error
        }
    }

    /// Of several responses, the last one counts.
    mutating func end() {}

    mutating func finish() -> CaptureVerdict {
        if failure == nil {
            do throws(MessageStreamFailure) {
                _ = try decoder.finish()
            } catch {
                failure = error
            }
        }
        return CaptureVerdict(
            responseCount: count,
            failure: failure,
            stopReason: (failure.map(\.partial) ?? decoder.partial)?.stopReason,
            diagnostics: failure?.diagnostics ?? decoder.diagnostics,
            requestID: failure.map(\.requestID) ?? decoder.head?.requestID,
            times: time == nil ? nil : times
        )
    }
}
