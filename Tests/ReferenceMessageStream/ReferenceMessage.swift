import Foundation

/// The message that a sequence of events describes, and which sequences are valid: a direct transcription of the table
/// in the documentation of the decoder.
public struct ReferenceMessage {
    fileprivate struct Block {
        var type: String
        var text = ""
        var input = ""
        var isOpen = true
    }

    /// The names of the known events, except `error`.
    static let events: Set = [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop", "ping",
    ]

    public private(set) var id: String?
    private var blocks: [Int: Block] = [:]
    public private(set) var stopReason: String?
    public private(set) var isComplete = false
    /// Whether the documentation leaves open if the completion is doubtful.
    private(set) var isCompletionUndefined = false
    /// Whether the type of an unknown block is named like a server tool.
    private(set) var hasUndocumentedServerTool = false
    private var outputTokens = 0
    private var hasContent = false
    private var hasServerTool = false
    /// Whether only pings and unknown events follow `message_start`.
    private var isFresh = true

    /// The stage of a failure after these events.
    public var stage: String {
        if id == nil { return "beforeMessage" }
        if stopReason != nil { return "afterStopReason" }
        return hasContent ? "afterContent" : "beforeContent"
    }

    /// The replay safety of a failure after these events.
    public var replaySafety: String {
        hasServerTool ? "mayRepeatServerTools" : hasContent ? "duplicatesOutput" : "safe"
    }

    /// The text of all text blocks.
    public var text: String {
        blocks.sorted { $0.key < $1.key }.filter { $0.value.type == "text" }.map(\.value.text).joined()
    }

    /// The type, completeness, and input state of each block, separated by spaces.
    public var blockWords: [String] {
        blocks.sorted { $0.key < $1.key }.map { _, block in
            guard Self.tools.contains(block.type) else { return "\(block.type) \(!block.isOpen)" }
            let state = block.isOpen ? "incomplete" : block.inputState
            return "\(block.type) \(state == "complete") \(state)"
        }
    }

    /// Receives an event whose data is an object.
    ///
    /// - Returns: False if the event violates the protocol.
    mutating func receive(_ kind: String, _ members: [String: Any], note: (String) -> Void) -> Bool {
        if kind == "ping" { return true }
        if kind == "message_start" {
            guard let start = members["message"] as? [String: Any] else { return false }
            return begin(start, note: note)
        }
        let isBlockEvent = kind.hasPrefix("content_block")
        guard id != nil, !isBlockEvent || members["index"] is Int else { return false }
        isFresh = false
        let index = members["index"] as? Int ?? 0
        switch kind {
        case "content_block_start":
            guard let block = members["content_block"] as? [String: Any], blocks[index] == nil else { return false }
            if index != (blocks.keys.max() ?? -1) + 1 { note("indexGap") }
            begin(block, at: index)
        case "content_block_delta":
            guard let delta = members["delta"] as? [String: Any], append(delta, to: index) else { return false }
        case "content_block_stop":
            guard let block = blocks[index], block.isOpen else {
                note("stopOfClosedBlock")
                return true
            }
            blocks[index]?.isOpen = false
            if Self.tools.contains(block.type), block.inputState != "complete" { note("unusableToolInput") }
        case "message_delta":
            let delta = members["delta"] as? [String: Any]
            stopReason = delta?["stop_reason"] as? String ?? stopReason
            receive(usage: members["usage"])
            return true
        default:
            stop(note: note)
            return true
        }
        if stopReason != nil { note("contentAfterStopReason") }
        return true
    }

    private mutating func begin(_ start: [String: Any], note: (String) -> Void) -> Bool {
        let newID = start["id"] as? String
        guard id != nil else {
            id = newID ?? ""
            receive(usage: start["usage"])
            return true
        }
        guard isFresh, let newID, !newID.isEmpty, newID == id else { return false }
        note("repeatedMessageStart")
        return true
    }

    private mutating func begin(_ block: [String: Any], at index: Int) {
        let type = block["type"] as? String ?? ""
        blocks[index] = Block(type: type)
        // Only text and thinking blocks start empty.
        if type != "text" && type != "thinking" { hasContent = true }
        if Self.serverTools.contains(type) { hasServerTool = true }
        if !Self.known.contains(type), type.hasSuffix("_tool_use") || type.hasSuffix("_tool_result") {
            hasUndocumentedServerTool = true
        }
    }

    private mutating func append(_ delta: [String: Any], to index: Int) -> Bool {
        guard let block = blocks[index], block.isOpen else { return false }
        let type = delta["type"] as? String ?? ""
        let isKnown = ["text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta"]
            .contains(type)
        guard isKnown, Self.known.contains(block.type) else {
            hasContent = true
            return true
        }
        switch (block.type, type) {
        case ("text", "text_delta"):
            let text = delta["text"] as? String ?? ""
            blocks[index]?.text += text
            if !text.isEmpty { hasContent = true }
        case ("thinking", "thinking_delta"):
            if delta["thinking"] as? String != "" { hasContent = true }
        case ("text", "citations_delta"), ("thinking", "signature_delta"):
            hasContent = true
        case (_, "input_json_delta") where Self.tools.contains(block.type):
            blocks[index]?.input += delta["partial_json"] as? String ?? ""
        default: return false
        }
        return true
    }

    private mutating func receive(usage: Any?) {
        let usage = usage as? [String: Any]
        outputTokens = usage?["output_tokens"] as? Int ?? outputTokens
    }

    private mutating func stop(note: (String) -> Void) {
        isComplete = true
        for block in blocks.values where block.isOpen { note("openBlockAtStop") }
        if stopReason == nil { note("noStopReason") }
        let last = blocks.max { $0.key < $1.key }?.value
        let hasTruncatedTool = last.map { Self.tools.contains($0.type) && $0.inputState == "incomplete" } ?? false
        if stopReason == "end_turn" && hasTruncatedTool || outputTokens == 0 && hasContent {
            note("doubtfulCompletion")
        }
        // The rule covers `end_turn`, a tool call in the last block, and output tokens if there is content.
        let hasAnyTruncatedTool = blocks.values.contains {
            Self.tools.contains($0.type) && ($0.isOpen || $0.inputState != "complete")
        }
        isCompletionUndefined =
            hasAnyTruncatedTool && stopReason != "max_tokens" && !(stopReason == "end_turn" && hasTruncatedTool)
    }

    static let tools: Set = ["tool_use", "server_tool_use", "mcp_tool_use"]
    private static let serverTools: Set = ["server_tool_use", "mcp_tool_use", "web_search_tool_result"]
    private static let known: Set = [
        "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use",
        "web_search_tool_result",
    ]
}

extension ReferenceMessage.Block {
    /// The state of the joined input.
    var inputState: String {
        if input.isEmpty || ReferenceMessageStream.object(input) is [String: Any] { return "complete" }
        return JSONCompletion.isTruncated(input) ? "incomplete" : "invalid"
    }
}
