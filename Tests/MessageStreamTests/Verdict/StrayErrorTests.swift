import MessageStream
import ReferenceMessageStream
import TestScheduling
import TestSupport
import Testing

/// An error without framing ends the stream where its JSON begins: in every form, with every line end, regardless of
/// the text before and after it, and of how the bytes are split.
@Suite(.takesTurns) struct StrayErrorTests {
    /// The form of the JSON in the body.
    enum Form: CaseIterable {
        case line, spacedLine, indented, field

        /// The bytes before the JSON, and the JSON.
        func written(_ error: ReportedError) -> (before: String, json: String)? {
            switch self {
            case .line: ("", error.json)
            case .spacedLine: ("  ", error.json)
            case .indented: ("", error.indented)
            case .field: error.json.hasPrefix("{") ? ("error: ", error.json) : nil
            }
        }
    }

    enum End: String, CaseIterable { case lf = "\n", cr = "\r", crlf = "\r\n" }

    /// The text before the error.
    struct Before: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var stage: MessageStreamFailure.Stage
        var events: Int
        var text = ""
        /// The stray line that is noted, and the number of events before it.
        var stray: (line: String, events: Int)?
        /// Whether the stray line is in the same run as the text after it.
        var isRun = false
    }

    private static let start = frame(
        "message_start",
        #"{"type":"message_start","message":{"id":"msg_1","content":[]}}"#
    )
    private static let content = start + MessageParts.textStart() + MessageParts.textDelta("Hi")

    static let befores: [Before] = [
        Before(testDescription: "nothing", body: "", stage: .beforeMessage, events: 0),
        Before(testDescription: "a comment", body: ": hello\n", stage: .beforeMessage, events: 0),
        Before(testDescription: "a ping", body: frame("ping", "{}"), stage: .beforeMessage, events: 1),
        Before(testDescription: "message_start", body: start, stage: .beforeContent, events: 1),
        Before(testDescription: "content", body: content, stage: .afterContent, events: 3, text: "Hi"),
        Before(testDescription: "a comment line", body: content + ": x\n", stage: .afterContent, events: 3, text: "Hi"),
        Before(
            testDescription: "a vendor field",
            body: content + "x-seq: 9\n",
            stage: .afterContent,
            events: 3,
            text: "Hi"
        ),
        Before(
            testDescription: "the stop reason",
            body: content + MessageParts.blockStop() + MessageParts.messageDelta(),
            stage: .afterStopReason,
            events: 5,
            text: "Hi"
        ),
        Before(
            testDescription: "a stray word",
            body: content + "Oops\n",
            stage: .afterContent,
            events: 3,
            text: "Hi",
            stray: ("Oops", 3),
            isRun: true
        ),
        Before(
            testDescription: "stray JSON",
            body: content + "{\"level\":\"warn\"}\n",
            stage: .afterContent,
            events: 3,
            text: "Hi",
            stray: ("{\"level\":\"warn\"}", 3),
            isRun: true
        ),
        Before(
            testDescription: "JSON that never ends",
            body: content + "{\"level\":\"warn\",\n",
            stage: .afterContent,
            events: 3,
            text: "Hi",
            stray: ("{\"level\":\"warn\",", 3),
            isRun: true
        ),
        Before(
            testDescription: "a stray line long before",
            body: start + "X-Seq: 1\n" + MessageParts.textStart() + MessageParts.textDelta("Hi"),
            stage: .afterContent,
            events: 3,
            text: "Hi",
            stray: ("X-Seq: 1", 1)
        ),
    ]

    /// The text after the JSON.
    static let afters = [
        "", "\n", "\n\n", "\n" + MessageParts.textDelta(" more"), "\n\n" + MessageParts.textDelta(" more"),
        "\n" + MessageParts.blockStop() + MessageParts.messageDelta() + MessageParts.stop, "\ndata: [DONE]\n\n",
        "\n" + MessageParts.stop, "\n: keep-alive\n\n", "\nid: 7\n\n", "\nOops\n\n", "\ndata: unfinished",
        "\n" + frame("error", #"{"type":"error","error":{"type":"billing_error","message":"Second"}}"#),
        "\n{\"type\":\"error\",\"error\":{\"type\":\"billing_error\",\"message\":\"Second\"}}\n\n",
    ]

    private struct Case {
        var body: [UInt8]
        var offset: Int
        var strayOffset: Int?
        var error: ReportedError
        var before: Before

        init?(_ error: ReportedError, _ form: Form, _ end: End, _ before: Before, _ after: String) {
            guard let written = form.written(error), form != .field || !after.isEmpty else { return nil }
            func bytes(_ text: String) -> [UInt8] {
                Array(
                    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end.rawValue).utf8
                )
            }
            let beginning = bytes(before.body + written.before)
            body = beginning + bytes(written.json + after)
            offset = beginning.count
            strayOffset = before.stray.flatMap { beginning.firstRange(of: Array($0.line.utf8))?.lowerBound }
            self.error = error
            self.before = before
        }

        /// The first error in the outcome of a decoder; `nil` if there is none.
        func complaint(_ outcome: Playback.Outcome) -> String? {
            guard let failure = outcome.failure, case .api(let found) = failure.kind else {
                return outcome.failure.map { "\($0.kind)" } ?? "complete"
            }
            if found.type?.rawValue != error.type { return "type \(found.type?.rawValue ?? "nil")" }
            if found.message.map({ Array($0.utf8) }) != error.message.map({ Array($0.utf8) }) {
                return "message \(found.message ?? "nil")"
            }
            if failure.equivalentStatus != error.status { return "status \(failure.equivalentStatus ?? 0)" }
            if failure.retry.isTransient != error.isTransient { return "transient \(failure.retry.isTransient)" }
            if failure.byteOffset != offset { return "offset \(failure.byteOffset), not \(offset)" }
            if failure.eventIndex != before.events { return "index \(failure.eventIndex), not \(before.events)" }
            if failure.stage != before.stage { return "stage \(failure.stage)" }
            if Array((outcome.message?.text ?? "").utf8) != Array(before.text.utf8) { return "text" }
            guard let stray = before.stray, let strayOffset else {
                return outcome.diagnostics.isEmpty ? nil : "diagnostics \(outcome.diagnostics)"
            }
            let isNoted =
                outcome.diagnostics.count == 1 && outcome.diagnostics[0].kind == .unframedData
                && outcome.diagnostics[0].byteOffset == strayOffset
                && outcome.diagnostics[0].eventIndex == stray.events
                && outcome.diagnostics[0].detail.utf8.elementsEqual(stray.line.utf8)
            return isNoted ? nil : "diagnostics \(outcome.diagnostics)"
        }

        func decoded(cutAt cuts: [Int] = []) -> Playback.Outcome {
            var decoder = MessageStreamDecoder()
            return Playback.feed(body, cutAt: cuts, poison: cuts.isEmpty ? nil : [0x7D, 0x0A, 0x7B], to: &decoder) {
                _,
                _ in
            }
        }
    }

    private static let errors = ReportedError.all.filter { $0.places.contains(.raw) }

    /// Every error, in every form, before and after every text.
    @Test(arguments: Form.allCases, End.allCases)
    func verdict(_ form: Form, _ end: End) {
        var turn = 0
        for error in Self.errors {
            for before in Self.befores {
                for after in Self.afters {
                    turn += 1
                    guard turn % Sweep.step(inDebug: 61) == 0 else { continue }
                    guard let stream = Case(error, form, end, before, after) else { continue }
                    let complaint = stream.complaint(stream.decoded())
                    #expect(complaint == nil, "\(error), \(before.testDescription), \(after.debugDescription)")
                    if complaint != nil { return }
                }
            }
        }
    }

    /// Byte by byte, and split in two at every byte from before the error to after it; the errors and their forms
    /// alternate.
    @Test(arguments: End.allCases, Sweep.sample(befores, inDebug: 3))
    func everyCut(_ end: End, _ before: Before) {
        let turn = End.allCases.firstIndex(of: end) ?? 0
        for (index, after) in Self.afters.enumerated() {
            let form = Form.allCases[(index + turn + before.events) % Form.allCases.count]
            let error = Self.errors[(5 * index + turn + before.events) % Self.errors.count]
            guard let stream = Case(error, form, end, before, after) else { continue }
            let last = min(stream.body.count, stream.offset + error.indented.utf8.count + 16)
            let first = max(0, stream.offset - 24) + index % Sweep.step(inDebug: 29)
            let cuts =
                [Array(1..<stream.body.count)]
                + stride(from: first, through: last, by: Sweep.step(inDebug: 29)).map { [$0] }
            for cut in cuts {
                let complaint = stream.complaint(stream.decoded(cutAt: cut))
                #expect(complaint == nil, "\(error), \(form), \(after.debugDescription), cut at \(cut.prefix(2))")
                if complaint != nil { return }
            }
        }
    }

    /// The error is thrown when its JSON is complete, without waiting for more bytes, if the line ends there.
    @Test(arguments: Form.allCases, End.allCases)
    func isThrownAtOnce(_ form: Form, _ end: End) throws {
        for error in Sweep.sample(Self.errors, inDebug: 8) {
            guard let stream = Case(error, form, end, Self.befores[4], "\n") else { continue }
            var decoder = MessageStreamDecoder()
            #expect(throws: MessageStreamFailure.self, "\(error)") { try decoder.decode(stream.body) { _ in } }
        }
    }

    /// A field named `error` whose value reports no error is ignored, and so are fields with other names.
    @Test(
        arguments: [
            "error:", "error: ", "error: no", "error: 500", "error: null", "error: {}", "error: {\"a\":1}", "error: {",
            "error: {\"error\":false}", "error: {\"error\":{}}", "errors: {\"error\":{\"message\":\"m\"}}",
            "x-error: {\"error\":{\"message\":\"m\"}}", "error: \"error\"",
        ],
        End.allCases
    )
    func otherValues(_ line: String, _ end: End) {
        for place in ["\(line)\n\n", "\(line)\n", "\(line)\n\(line)\n\n"] {
            let text = place + Self.start + place + MessageParts.textBlock("Hi") + place + MessageParts.end
            let body = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end.rawValue)
            let result = Playback(body)
            #expect(result.failure == nil)
            #expect(Array((result.message?.text ?? "").utf8) == Array("Hi".utf8))
            #expect(result.diagnostics.allSatisfy { $0.kind == .doubtfulCompletion })
        }
    }

    /// A run that is still open when a frame follows is judged before the frame.
    @Test(arguments: End.allCases)
    func openRunBeforeADelta(_ end: End) {
        let before = Self.start + MessageParts.textStart() + MessageParts.textDelta("Hi")
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#
        for after in [MessageParts.textDelta(" more"), ": comment\n\n" + MessageParts.textDelta(" more"), "\n"] {
            let body = before + "{\"level\":\n" + error + "\n" + after
            let result = Playback(
                body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end.rawValue)
            )
            #expect(result.failure?.kind.name == "api")
            #expect(Array((result.message?.text ?? "").utf8) == Array("Hi".utf8))
            #expect(result.failure?.eventIndex == 3)
            #expect(result.diagnostics.map(\.kind) == [.unframedData])
        }
    }

    /// An event named `error` without data is noted once, at its start, regardless of how the body is split.
    @Test(arguments: End.allCases)
    func errorWithoutDataAtTheEnd(_ end: End) {
        let before = Self.start + MessageParts.textStart()
        for tail in ["event: error\n: gone\n\n", ": gone\nevent: error\n\n", "event: error\n: gone\n"] {
            let text = (before + tail).split(separator: "\n", omittingEmptySubsequences: false)
            let body = Array(text.joined(separator: end.rawValue).utf8)
            let lineEnd = end.rawValue.utf8.count
            let offset = before.utf8.count + before.utf8.count { $0 == 0x0A } * (lineEnd - 1)
            for cut in Sweep.sample(0...body.count, inDebug: 40) {
                var decoder = MessageStreamDecoder()
                let outcome = Playback.feed(body, cutAt: [cut], poison: nil, to: &decoder) { _, _ in }
                #expect(outcome.diagnostics.map(\.kind) == [.errorWithoutData], "cut at \(cut)")
                #expect(outcome.diagnostics.first?.byteOffset == offset, "cut at \(cut)")
                #expect(outcome.failure?.excerpt == "gone", "cut at \(cut)")
            }
        }
    }

    /// The connection breaks, or falls silent, immediately after an error without a line end.
    @Test func connectionBreaks() {
        struct Reset: Error {}
        let before = Self.start + MessageParts.textStart() + MessageParts.textDelta("Hi")
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#
        let kinds: [MessageStreamFailure.Kind] = [
            .transport(MessageStreamFailure.UnderlyingError(Reset())), .stalled(.silence, after: .seconds(60)),
            .cancelled,
        ]
        for kind in kinds {
            func failure(_ body: String) -> MessageStreamFailure? {
                var decoder = MessageStreamDecoder()
                try? decoder.decode(Array(body.utf8)) { _ in }
                return decoder.abort(kind)
            }
            let failed = failure(before + error)
            #expect(failed?.kind.name == (kind == .cancelled ? "cancelled" : "api"))
            if kind != .cancelled { #expect(failed?.byteOffset == before.utf8.count) }
            // Text that is not an error is kept in the excerpt.
            let words = failure(before + "Internal Server Error")
            #expect(words?.kind == kind)
            #expect(words?.excerpt == (kind == .cancelled ? nil : "Internal Server Error"))
        }
    }
}
