import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// Four times the input costs about four times as much, for every kind of input: no bytes from a network make a decoder
/// slow.
///
/// Debug builds count the work that might grow faster: names compared, blocks moved, bytes searched for line ends. No
/// counter shows that an array is copied for each event. Where that is the danger, the thread's CPU time is compared.
@Suite(.takesTurns) struct LinearTimeTests {
    /// A kind of input, of any size.
    struct Input: Sendable, CustomTestStringConvertible {
        var name: String
        /// The size of the smaller of the two inputs.
        var count: Int
        /// Whether the stream is decoded without keeping its content.
        var keepsContent = true
        /// The head of a response that is not an event stream.
        var isErrorBody = false
        var make: @Sendable (Int) -> String

        init(
            _ name: String,
            _ count: Int = 500,
            keepsContent: Bool = true,
            isErrorBody: Bool = false,
            _ make: @escaping @Sendable (Int) -> String
        ) {
            self.name = name
            self.count = Sweep.count(inDebug: count / 4, inRelease: count)
            self.keepsContent = keepsContent
            self.isErrorBody = isErrorBody
            self.make = make
        }

        var testDescription: String { name }

        func bytes(_ factor: Int) -> [UInt8] { Array(make(count * factor).utf8) }

        /// Decodes the bytes to their end.
        ///
        /// - Returns: The number of blocks in the message, complete or partial.
        @discardableResult
        func decode(_ bytes: [UInt8]) -> Int {
            let head: MessageStreamDecoder.Input =
                isErrorBody ? .body(status: 500, headers: ["content-type": "application/json"]) : .eventStream
            var decoder = MessageStreamDecoder(input: head, keepsContent: keepsContent)
            do throws(MessageStreamFailure) {
                // In chunks, as from a socket.
                for start in stride(from: 0, to: bytes.count, by: 16_384) {
                    try decoder.decode(bytes[start..<min(start + 16_384, bytes.count)]) { _ in }
                }
                return try decoder.finish().content.count
            } catch {
                return error.partial?.content.count ?? 0
            }
        }

        /// The counted work for an input of this size.
        func work(_ factor: Int) -> Int? {
            #if DEBUG
                let bytes = bytes(factor)
                return Work.count { decode(bytes) }
            #else
                return nil
            #endif
        }

        /// The CPU time of the thread in seconds: the best of several runs, because other tests run concurrently.
        func seconds(_ factor: Int) -> Double {
            let bytes = bytes(factor)
            return (0..<3).map { _ in
                ResourceUse.threadSeconds { decode(bytes) }
            }.min() ?? 0
        }
    }

    /// `count` pieces separated by commas.
    private static func list(_ count: Int, _ piece: (Int) -> String) -> String {
        (0..<count).map(piece).joined(separator: ",")
    }

    /// Members with distinct names.
    private static func members(_ count: Int) -> String { list(count) { #""k\#($0)":\#($0)"# } }

    private static func stream(_ body: String) -> String { MessageParts.start + body + MessageParts.end }

    private static func many(_ count: Int, _ frame: (Int) -> String) -> String { (0..<count).map(frame).joined() }

    private static let members: [Input] = [
        Input("members of an error body", isErrorBody: true) { #"{"error":{\#(members($0))},\#(members($0))}"# },
        Input("a JSON body without an error", isErrorBody: true) { "{\(members($0))}" },
        Input("members of an error event") {
            frame("error", #"{"type":"error","error":{"type":"x","message":"m",\#(members($0))},\#(members($0))}"#)
        },
        Input("members of message_start") {
            frame(
                "message_start",
                #"{"type":"message_start","message":{"id":"m",\#(members($0)),"usage":{\#(members($0))}}}"#
            ) + MessageParts.end
        },
        Input("members of content_block_start") {
            stream(MessageParts.blockStart(0, #"{"type":"text","text":"",\#(members($0))}"#))
        },
        Input("members of a block of an unknown type") {
            stream(MessageParts.blockStart(0, #"{"type":"later",\#(members($0))}"#))
        },
        Input("members of message_delta") {
            stream(messageDelta(#"\#(members($0))"#, usage: members($0)))
        },
        Input("members of a delta") {
            stream(
                MessageParts.textStart() + MessageParts.delta(0, #"{"type":"text_delta",\#(members($0)),"text":"a"}"#)
            )
        },
        Input("members of a citation") { stream(MessageParts.textStart() + citation(members($0))) },
        Input("members of the details of an error") {
            frame("error", #"{"type":"error","error":{"type":"x","message":"m","details":{\#(members($0))}}}"#)
        },
        Input("members of one name") {
            stream(messageDelta(list($0) { #""k":\#($0)"# }, usage: list($0) { #""output_tokens":\#($0)"# }))
        },
        Input("members of a hundred names") {
            stream(messageDelta(list($0) { #""k\#($0 % 100)":\#($0)"# }, usage: ""))
        },
        Input("members of an unusual event") {
            frame("later", #"{"type":"later",\#(members($0))}"#) + stream("")
        },
    ]

    private static let events: [Input] = [
        Input("citations") { count in
            stream(
                MessageParts.textStart() + many(count) { _ in citation(#""cited_text":"a""#) }
                    + MessageParts.blockStop()
            )
        },
        Input("message_deltas with new members") { count in
            stream(many(count) { messageDelta(#""a\#($0)":1"#, usage: #""b\#($0)":2"#) })
        },
        Input("message_deltas with new members, without content", keepsContent: false) { count in
            stream(many(count) { messageDelta(#""a\#($0)":1"#, usage: #""b\#($0)":2"#) })
        },
        Input("compaction deltas with new members") { count in
            stream(
                MessageParts.blockStart(0, #"{"type":"compaction"}"#)
                    + many(count) { MessageParts.delta(0, #"{"type":"compaction_delta","a\#($0)":1}"#) }
            )
        },
        Input("unknown deltas") { count in
            stream(MessageParts.textStart() + many(count) { MessageParts.delta(0, #"{"type":"later","a":\#($0)}"#) })
        },
        Input("deltas of an unknown block") { count in
            stream(MessageParts.blockStart(0, #"{"type":"later"}"#) + many(count) { _ in MessageParts.textDelta("a") })
        },
        Input("unknown events") { count in stream(many(count) { frame("later\($0)", "{}") }) },
        Input("deltas that are spelled unusually") { count in
            stream(
                MessageParts.textStart()
                    + many(count) { _ in MessageParts.delta(0, #"{"text": "a", "type": "text_delta"}"#) }
            )
        },
        Input("fallback blocks") { count in
            stream(many(count) { MessageParts.blockStart($0, #"{"type":"fallback","to":{"model":"n"}}"#) })
        },
        Input("events after message_stop") { count in stream("") + many(count) { MessageParts.textBlock("a", at: $0) }
        },
    ]

    private static let blocks: [Input] = [true, false].flatMap { keepsContent in
        let suffix = keepsContent ? "" : ", without content"
        return [
            Input("blocks" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.textBlock("a", at: $0) })
            },
            Input("blocks in descending order" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.textBlock("a", at: count - $0) })
            },
            Input("blocks far from each other, descending" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.textBlock("a", at: (count - $0) * 1000) })
            },
            Input("blocks from both ends" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.textBlock("a", at: $0 % 2 == 0 ? $0 : 2 * count - $0) })
            },
            Input("blocks that are never stopped" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.textStart($0) })
            },
            Input("blocks that are stopped in the order of their coming" + suffix, keepsContent: keepsContent) {
                count in
                stream(many(count) { MessageParts.textStart($0) } + many(count) { MessageParts.blockStop($0) })
            },
            Input("blocks that go on in turn" + suffix, keepsContent: keepsContent) { count in
                stream(
                    many(count) { MessageParts.textStart(count - $0) }
                        + many(count) { MessageParts.textDelta("a", at: count - ($0 * 7919) % count) }
                )
            },
            Input("stops of no block" + suffix, keepsContent: keepsContent) { count in
                stream(many(count) { MessageParts.blockStop($0 * 2) })
            },
        ]
    }

    private static let lines: [Input] = [
        Input("comments", 2000) { count in stream(many(count) { _ in ": a\n" }) },
        Input("comments in a frame", 2000) { count in
            MessageParts.start + "event: ping\n" + many(count) { _ in ": a\n" } + "data: {}\n\n" + MessageParts.end
        },
        Input("events without data", 2000) { count in stream(many(count) { _ in "event: error\n: a\n\n" }) },
        Input("stray lines", 2000) { count in stream(many(count) { "Stray line \($0)\n" }) },
        Input("runs of stray lines", 2000) { count in stream(many(count) { "Stray line \($0)\n\n" }) },
        Input("vendor fields", 2000) { count in stream(many(count) { _ in "error: {}\nx-seq: 1\n" }) },
        Input("stray JSON in one line", 2000) { count in stream(many(count) { _ in "{}" } + "\n\n") },
        Input("stray JSON over many lines", 2000) { count in stream("[\n" + many(count) { _ in "{},\n" } + "!\n\n") },
        Input("open stray JSON", 2000) { count in stream(many(count) { _ in "[\n" } + "!\n\n") },
        Input("broken stray JSON", 2000) { count in stream(many(count) { _ in "{]\n" } + "\n") },
        Input("data lines of one event") { count in stream("event: later\n" + many(count) { _ in "data: a\n" } + "\n")
        },
    ]

    private static func messageDelta(_ members: String, usage: String) -> String {
        frame("message_delta", #"{"type":"message_delta","delta":{\#(members)},"usage":{\#(usage)}}"#)
    }

    private static func citation(_ members: String) -> String {
        MessageParts.delta(0, #"{"type":"citations_delta","citation":{"type":"c",\#(members)}}"#)
    }

    private static let all = members + events + blocks + lines

    #if DEBUG
        @Test(arguments: all)
        func workIsLinear(input: Input) throws {
            let (one, four) = (try #require(input.work(1)), try #require(input.work(4)))
            // The constant is for inputs with hardly any counted work.
            #expect(four <= 5 * one + 1000, "\(one) and \(four)")
            #expect(four <= 40 * input.bytes(4).count, "\(four) units of work")
        }
    #endif

    /// A second check for work in each event: copying an array would show here.
    @Test(.enabled(if: Sweep.isComplete), arguments: events.prefix(5))
    func timeIsLinear(input: Input) {
        let (one, four) = (input.seconds(2), input.seconds(8))
        #expect(four < 8 * one + 0.005, "\(one) s and \(four) s")
    }

    /// The inputs are really decoded: otherwise, a speed test would be meaningless.
    @Test func inputsAreDecoded() throws {
        let found = Dictionary(uniqueKeysWithValues: Self.blocks.map { ($0.name, $0.decode($0.bytes(1))) })
        #expect(found["blocks"] == Self.blocks[0].count)
        #expect(found["blocks far from each other, descending"] == Self.blocks[0].count)
        #expect(found["blocks, without content"] == 0)
    }
}
