import MessageStream

/// The human-readable message: text as is, other blocks under a title line.
struct Transcript {
    /// Whether the output ends with a newline.
    private var isAtLineStart = true
    private var hasBlocks = false
    /// Whether the last block was not text, so that a following text block needs a title.
    private var needsTextTitle = false

    mutating func show(_ event: MessageStreamEvent, on output: inout Output) {
        switch event {
        case .contentBlockStart(_, let block): begin(block, on: &output)
        case .contentBlockDelta(let delta): show(delta.delta, on: &output)
        default: break
        }
    }

    private mutating func begin(_ block: ContentBlock, on output: inout Output) {
        if hasBlocks || !isAtLineStart { end(on: &output) }
        hasBlocks = true
        switch block.content {
        case .text(let text, _):
            if needsTextTitle { title("text", on: &output) }
            needsTextTitle = false
            show(text, on: &output)
        case .thinking(let thinking, _):
            needsTextTitle = true
            title("thinking", on: &output)
            show(thinking, on: &output)
        default:
            needsTextTitle = true
            title(block.type, block.anyToolUse?.name, on: &output)
        }
    }

    private mutating func show(_ delta: ContentDelta, on output: inout Output) {
        switch delta {
        case .text(let text), .thinking(let text), .inputJSON(let text): show(text, on: &output)
        default: break
        }
    }

    private mutating func title(_ type: String, _ name: String? = nil, on output: inout Output) {
        output.write("[")
        output.write(name: type)
        if let name {
            output.write(" ")
            output.write(name: name)
        }
        output.write("]\n")
        isAtLineStart = true
    }

    private mutating func show(_ text: String, on output: inout Output) {
        guard let last = text.utf8.last else { return }
        output.write(received: text)
        isAtLineStart = last == UInt8(ascii: "\n")
    }

    /// Ends the current line, if any.
    mutating func end(on output: inout Output) {
        if !isAtLineStart { output.write("\n") }
        isAtLineStart = true
    }
}
