import HTTPResponseParsing
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// The printed forms of a failure are harmless to a terminal, of limited length and without secrets, regardless of what
/// a service or a gateway sends.
@Suite(.takesTurns) struct TerminalSafetyTests {
    static let key = "sk-ant-fake0123456789"
    /// Text that a terminal interprets or hides, longer than a line.
    static let hostile =
        "\u{1B}]0;pwned\u{7}\u{1B}[31m\u{9B}2J\u{202E}\u{2066}\u{200B}\u{FEFF}\u{E0041}\u{85}\r\n\t\u{0}\u{7F}\(key) "
        + String(repeating: "a\u{301}\u{2028}", count: Sweep.count(inDebug: 1500, inRelease: 30_000))

    struct HostileError: Error, CustomStringConvertible {
        var description: String { hostile }
    }

    /// All printed forms of a failure.
    private func texts(_ failure: MessageStreamFailure) -> [String] {
        let (what, details) = failure.lines
        var texts = [
            failure.description, "\(failure)", String(reflecting: failure), "\(failure as any Error)",
            "\(failure.kind)", what,
            failure.excerpt ?? "",
        ]
        texts += details.map(\.text) + failure.diagnostics.map(\.detail)
        if case .api(let error) = failure.kind { texts += ["\(error)", "\(error as any Error)"] }
        if case .transport(let fault) = failure.kind { texts += ["\(fault)"] }
        if case .limitExceeded(let limit) = failure.kind { texts += ["\(limit)"] }
        if case .protocolViolation(let violation) = failure.kind { texts += ["\(violation)"] }
        return texts
    }

    private func check(_ failure: MessageStreamFailure) {
        for text in texts(failure) {
            #expect(isTerminalSafe(text), "\(failure.kind.name)")
            #expect(text.unicodeScalars.count < 4000, "\(failure.kind.name): \(text.unicodeScalars.count)")
            #expect(!text.contains("fake0123456789"), "\(failure.kind.name)")
        }
    }

    /// Every kind, with hostile text wherever it contains text.
    static let kinds: [MessageStreamFailure.Kind] = {
        var error = APIError()
        error.type = APIErrorType(rawValue: hostile)
        error.message = hostile
        error.code = hostile
        error.requestID = hostile
        var untyped = error
        untyped.type = nil
        var violations: [ProtocolViolation] = [.secondMessageStart, .eventBeforeMessageStart(name: hostile)]
        violations += [.secondBlock(index: .max), .deltaOfUnknownBlock(index: .min), .deltaOfClosedBlock(index: 0)]
        violations += [.deltaMismatch(index: .max, blockType: hostile), .missingMember(event: hostile, name: hostile)]
        var kinds: [MessageStreamFailure.Kind] = [.api(error), .api(untyped), .cancelled]
        kinds += [.http(status: .max, sniffed: .encoded(hostile)), .http(status: 500, sniffed: .text)]
        kinds += [
            .notEventStream(contentType: hostile, sniffed: .encoded(hostile)),
            .notEventStream(contentType: nil, sniffed: .empty),
        ]
        kinds += [.stalled(.silence, after: .seconds(Int64.max)), .stalled(.noContent, after: .seconds(1))]
        kinds += [.malformedEvent(name: hostile, JSONError(.typeMismatch, at: .max))]
        kinds += violations.map { .protocolViolation($0) }
        kinds += [.lineBytes(.max), .eventBytes(1), .headBytes(1), .headFields(1)].map { .limitExceeded($0) }
        kinds += [.transport(MessageStreamFailure.UnderlyingError(HostileError()))]
        return kinds
    }()

    @Test func kindsOfAnyOrigin() throws {
        let head: ResponseFields = [
            "content-type": "text/event-stream", "request-id": Self.hostile, "cf-ray": Self.hostile,
            "x-amzn-requestid": Self.hostile, "x-request-id": Self.hostile, "retry-after": Self.hostile,
        ]
        let inputs = [MessageStreamDecoder.Input.body(status: 429, headers: head), .eventStream, .httpResponse]
        for kind in Sweep.sample(Self.kinds, inDebug: 8) {
            #expect(isTerminalSafe("\(kind)"))
            for input in Sweep.sample(inputs, inDebug: 2) {
                var decoder = MessageStreamDecoder(input: input)
                let failure = decoder.abort(kind)
                check(try #require(failure))
            }
        }
        // Includes all kinds that can be created without a stream.
        #expect(Set(Self.kinds.map(\.name)).count == 9)
    }

    /// The content of a JSON string.
    private func json(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
    }

    /// The same for failures from bytes.
    @Test func streams() throws {
        let text = json(Self.hostile)
        let name = String(String.UnicodeScalarView(Self.hostile.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }))
        let block =
            MessageParts.start + MessageParts.blockStart(0, #"{"type":"\#(text)_tool_result","tool_use_id":"x"}"#)
        let bodies = [
            name, "<\(name)>", "{\"a\":\"\(text)\"}", frame(name, "x"),
            frame(
                "error",
                #"{"error":{"type":"\#(text)","message":"\#(text)","code":"\#(text)"},"request_id":"\#(text)"}"#
            ),
            frame("error", name), frame("error", ""),
            MessageParts.start + frame("message_stop", name),
            block + MessageParts.delta(0, #"{"type":"text_delta","text":"x"}"#),
            block + MessageParts.delta(0, #"{"type":"\#(text)"}"#) + MessageParts.overloaded,
            frame(name, "{\"type\":\"\(text)\"}") + MessageParts.start + MessageParts.overloaded,
            MessageParts.start + name + "\n\n" + MessageParts.overloaded, MessageParts.start + "data: \(name)",
            MessageParts.start + MessageParts.messageDelta(text),
        ]
        for body in Sweep.sample(bodies, inDebug: 8) {
            let inputs = [
                MessageStreamDecoder.Input.eventStream, .httpResponse, .recordedResponse,
                .body(status: 500, headers: ["content-type": Self.hostile]),
                .body(status: 200, headers: ["content-type": Self.hostile]),
            ]
            for input in Sweep.sample(inputs, inDebug: 2) {
                check(try #require(Playback(Array(body.utf8), input: input).failure))
            }
            let response =
                "HTTP/1.1 429 No\r\ncontent-type: \(Self.key)\r\nretry-after: \(Self.key)\r\nrequest-id: \(Self.key)\r\n\r\n"
            check(try #require(Playback(Array((response + body).utf8), input: .httpResponse).failure))
            // After the end, these are diagnostics.
            let whole = Playback(MessageParts.start + MessageParts.end + body)
            for diagnostic in whole.diagnostics {
                #expect(isTerminalSafe(diagnostic.detail))
                #expect(diagnostic.detail.unicodeScalars.count <= 120)
                #expect(!diagnostic.detail.contains("fake0123456789"))
            }
        }
    }

    /// Bytes that are not HTTP are shown up to 40 bytes: a key cut off there is still recognized.
    @Test func excerptsOfHTTP() throws {
        for padding in 0...40 {
            let line = String(repeating: "*", count: padding) + "sk-ant-fake0123456789"
            for text in [
                line, "HTTP/1.1 \(line)", "HTTP/1.1 200 OK\r\n\(line)\r\n", "HTTP/1.1 200 OK\r\n\(line) : a\r\n",
            ] {
                let failure = try #require(Playback(Array((text + "\r\n\r\n").utf8), input: .httpResponse).failure)
                for text in texts(failure) { #expect(!text.contains("sk-ant") && !text.contains("fake0"), "\(text)") }
            }
        }
    }

    /// Each unsafe character becomes a space.
    @Test func scalarsOfAllPlanes() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), !scalar.isTerminalSafe else { continue }
            let text = Excerpt.shorten("a\(scalar)b")
            #expect(text.utf8.elementsEqual("a b".utf8), "\(value)")
        }
    }
}

/// Whether a terminal shows all of a text unchanged.
func isTerminalSafe(_ text: String) -> Bool { text.unicodeScalars.allSatisfy { $0.isTerminalSafe } }
