import MessageStream
import Testing

/// The example of the README, word for word. Its output goes to `print` below.
private final class Printer {
    var output = ""

    func print(_ items: Any..., terminator: String = "\n") {
        output += items.map { "\($0)" }.joined(separator: " ") + terminator
    }

    func show(_ chunks: some Sequence<[UInt8]>) {
        var decoder = MessageStreamDecoder()
        do throws(MessageStreamFailure) {
            for chunk in chunks {
                try decoder.decode(chunk) { event in
                    if case .contentBlockDelta(let delta) = event, let text = delta.text { print(text, terminator: "") }
                }
            }
            print("\ncomplete:", try decoder.finish().usage.outputTokens ?? 0, "tokens")
        } catch {
            print("\n\(error)", error.retry.isSafe ? "Retrying." : "Not retrying.", error.partial?.text ?? "")
        }
    }
}

private let stream = """
    data: {"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"output_tokens":1}}}

    data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

    data: {"type":"content_block_stop","index":0}

    data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}

    data: {"type":"message_stop"}


    """

@Test func readmeExampleShowsACompleteMessage() {
    let printer = Printer()
    printer.show([Array(stream.utf8)])
    #expect(Array(printer.output.utf8) == Array("Hello\ncomplete: 7 tokens\n".utf8))
}

@Test func readmeExampleShowsATruncatedMessage() {
    let printer = Printer()
    printer.show([Array(stream.utf8.prefix(330))])
    #expect(printer.output.hasPrefix("Hello\nThe stream ended before message_stop"))
    #expect(printer.output.hasSuffix("Not retrying. Hello\n"))
}
