import Foundation
import StreamGenerators
import TestScheduling
import TestSupport
import Testing

/// Checks the generated messages against the grammar of the Messages API, with Foundation's JSON parser instead of
/// ours.
@Suite(.takesTurns) struct MessageStreamValidityTests {
    @Test(arguments: StreamKind.allCases, LineEnd.allCases)
    func framesAreWellFormed(_ kind: StreamKind, _ lineEnd: LineEnd) throws {
        let stream = GeneratedStream.message(
            kind,
            byteCount: Sweep.count(inDebug: 30_000, inRelease: 300_000),
            lineEnd: lineEnd
        )
        let frames = try Frame.all(in: stream, lineEnd)
        #expect(frames.count == stream.eventCount)
        #expect(frames.reduce(0) { $0 + $1.data.utf8.count } == stream.dataByteCount)
        #expect(stream.bytes.count { $0 == 0x0A } == stream.lineFeedCount)
        #expect(stream.bytes.count { $0 == 0x0D } == (lineEnd == .crlf ? stream.lineFeedCount : 0))
        #expect(String(validating: stream.bytes, as: UTF8.self) != nil)
        for frame in frames {
            #expect(frame.object["type"] as? String == frame.event)
        }
    }

    @Test(arguments: StreamKind.allCases.filter { $0 != .interleaved })
    func messageIsWhole(_ kind: StreamKind) throws {
        let stream = GeneratedStream.message(kind, byteCount: Sweep.count(inDebug: 200_000, inRelease: 600_000))
        let frames = try Frame.all(in: stream)
        #expect(frames.first?.event == "message_start")
        #expect(frames.dropLast().last?.event == "message_delta")
        #expect(frames.last?.event == "message_stop")
        #expect(frames[1].event == "content_block_start")
        #expect(frames[2].event == "ping")
        #expect(frames.filter { $0.event == "ping" }.count == 1)

        var nextIndex = 0
        var open: (index: Int, type: String)?
        for frame in frames.dropFirst().dropLast(2) where frame.event != "ping" {
            let index = try #require(frame.object["index"] as? Int)
            switch frame.event {
            case "content_block_start":
                #expect(open == nil && index == nextIndex)
                let block = try #require(frame.object["content_block"] as? [String: Any])
                open = (index, try #require(block["type"] as? String))
                nextIndex += 1
            case "content_block_delta":
                #expect(index == open?.index)
                let delta = try #require(frame.object["delta"] as? [String: Any])
                let type = try #require(delta["type"] as? String)
                let allowed = [
                    "text": ["text_delta"], "tool_use": ["input_json_delta"],
                    "thinking": ["thinking_delta", "signature_delta"],
                ]
                #expect(allowed[open?.type ?? ""]?.contains(type) == true)
            case "content_block_stop":
                #expect(index == open?.index)
                open = nil
            default: Issue.record("unexpected \(frame.event)")
            }
        }
        #expect(open == nil)
        #expect(nextIndex > 1)
    }

    @Test func twoBlocksAlternate() throws {
        var indices: [Int] = []
        for frame in try Frame.all(
            in: .message(.interleaved, byteCount: 300_000)
        ) {
            if frame.event == "content_block_delta" { indices.append(try #require(frame.object["index"] as? Int)) }
        }
        #expect(Set(indices).count >= 2)
        #expect(zip(indices, indices.dropFirst()).allSatisfy { 1...2 ~= abs($0 - $1) })
    }

    @Test func escapedTextIsASCII() {
        let stream = GeneratedStream.message(.escaped, byteCount: 300_000)
        #expect(stream.bytes.allSatisfy { $0 < 0x80 })
        #expect(stream.bytes.count { $0 == UInt8(ascii: "\\") } > stream.eventCount)
    }

    @Test(arguments: Spelling.allCases)
    func spellingKeepsTheEvents(_ spelling: Spelling) throws {
        let plain = try Frame.all(in: .message(.text, byteCount: 100_000))
        let stream = GeneratedStream.message(.text, byteCount: 100_000, spelling: spelling)
        let spelled = try Frame.all(in: stream)
        #expect(spelled.count == stream.eventCount)
        #expect(spelled.reduce(0) { $0 + $1.data.utf8.count } == stream.dataByteCount)
        // A longer spelling has fewer events in the same number of bytes: the last three events end the message in
        // either case.
        let count = min(plain.count, spelled.count) - 3
        #expect(count > 100)
        for (plain, spelled) in zip(plain, spelled).prefix(count) {
            for name in plain.object.keys {
                #expect((plain.object[name] as? NSObject) == (spelled.object[name] as? NSObject))
            }
            #expect(spelled.object.count - plain.object.count == (spelling.addsMember ? 1 : 0))
        }
    }

    @Test func spellingsAreWhatTheirNamesSay() throws {
        func deltas(_ spelling: Spelling) throws -> [String] {
            try Frame.all(in: .message(.text, byteCount: 100_000, spelling: spelling))
                .filter { $0.event == "content_block_delta" }.map(\.data)
        }
        #expect(try deltas(.spaced).allSatisfy { $0.hasPrefix(#"{"type": "content_block_delta", "index": "#) })
        #expect(try deltas(.sorted).allSatisfy { $0.hasPrefix(#"{"delta":{"text":""#) })
        #expect(try deltas(.extra).allSatisfy { $0.hasSuffix(#"},"served_by":"gateway-eu-1"}"#) })
        let numbered = try deltas(.numbered)
        #expect(Set(numbered.map { $0.prefix(70) }).count == numbered.count)
        let mixed = try deltas(.mixed)
        #expect(Set(mixed.map { $0.prefix(30) }).count > 50)
    }

    @Test func toolInputIsAnObject() throws {
        let stream = GeneratedStream.message(.tools, byteCount: 300_000)
        var inputs: [Int: String] = [:]
        for frame in try Frame.all(in: stream) {
            guard let delta = frame.object["delta"] as? [String: Any], let index = frame.object["index"] as? Int,
                let piece = delta["partial_json"] as? String
            else { continue }
            inputs[index, default: ""] += piece
        }
        #expect(inputs.count > 1)
        for input in inputs.values {
            #expect(try JSONSerialization.jsonObject(with: Data(input.utf8)) is [String: Any])
        }
    }

    @Test func everyThinkingBlockEndsWithASignature() throws {
        let stream = GeneratedStream.message(.thinking, byteCount: 300_000)
        var last: [Int: String] = [:]
        for frame in try Frame.all(in: stream) {
            guard let delta = frame.object["delta"] as? [String: Any], let index = frame.object["index"] as? Int else {
                continue
            }
            last[index] = delta["type"] as? String
        }
        #expect(Set(last.values) == ["signature_delta", "text_delta"])
    }

    @Test func paddingIsThatOfTheService() throws {
        let stream = GeneratedStream.message(.text, byteCount: 300_000)
        var paddings: Set<Int> = []
        for frame in try Frame.all(in: stream) where frame.event != "ping" {
            paddings.insert(frame.data.dropLast().reversed().prefix { $0 == " " }.count)
        }
        #expect(paddings == Set(0...15))
    }
}

extension Spelling {
    fileprivate var addsMember: Bool {
        switch self {
        case .api, .spaced, .sorted: false
        case .extra, .numbered, .mixed: true
        }
    }
}

/// A frame of a stream, split into lines.
struct Frame {
    let event: String
    let data: String
    let object: [String: Any]

    /// The frames of a stream, each of which must consist of exactly `event`, `data` and an empty line.
    static func all(in stream: GeneratedStream, _ lineEnd: LineEnd = .lf) throws -> [Frame] {
        let text = try #require(String(validating: stream.bytes, as: UTF8.self))
        let end = String(decoding: lineEnd.bytes, as: UTF8.self)
        var frames = text.components(separatedBy: end + end)
        #expect(frames.removeLast().isEmpty)
        return try frames.map { frame in
            let lines = frame.components(separatedBy: end)
            try #require(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "))
            let data = String(lines[1].dropFirst(6))
            let object = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
            return Frame(event: String(lines[0].dropFirst(7)), data: data, object: try #require(object))
        }
    }
}
