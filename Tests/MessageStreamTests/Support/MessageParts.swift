/// Frames from which to assemble streams.
enum MessageParts {
    /// `message_start`.
    static let start = frame(
        "message_start",
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"#
            + #""model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}}"#
    )

    /// `content_block_start` with a content block.
    static func blockStart(_ index: Int, _ block: String) -> String {
        frame("content_block_start", #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#)
    }

    /// `content_block_start` of an empty text block.
    static func textStart(_ index: Int = 0) -> String {
        blockStart(index, #"{"type":"text","text":""}"#)
    }

    /// `content_block_start` of a tool use without input.
    static func toolStart(_ index: Int = 0) -> String {
        blockStart(index, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#)
    }

    /// `content_block_delta` with a delta.
    static func delta(_ index: Int, _ delta: String) -> String {
        frame("content_block_delta", #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#)
    }

    /// A `text_delta`; the text must need no escapes.
    static func textDelta(_ text: String, at index: Int = 0) -> String {
        delta(index, #"{"type":"text_delta","text":"\#(text)"}"#)
    }

    /// An `input_json_delta`; quotation marks in the JSON are escaped.
    static func inputDelta(_ json: String, at index: Int = 0) -> String {
        let escaped = json.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return delta(index, #"{"type":"input_json_delta","partial_json":"\#(escaped)"}"#)
    }

    /// `content_block_stop`.
    static func blockStop(_ index: Int = 0) -> String {
        frame("content_block_stop", #"{"type":"content_block_stop","index":\#(index)}"#)
    }

    /// A complete text block.
    static func textBlock(_ text: String, at index: Int = 0) -> String {
        textStart(index) + textDelta(text, at: index) + blockStop(index)
    }

    /// `message_delta`.
    static func messageDelta(_ reason: String = "end_turn") -> String {
        frame(
            "message_delta",
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{"output_tokens":9}}"#
        )
    }

    /// `message_stop`.
    static let stop = frame("message_stop", #"{"type":"message_stop"}"#)
    /// `message_delta` and `message_stop`.
    static let end = messageDelta() + stop
    /// `ping`.
    static let ping = frame("ping", #"{"type": "ping"}"#)
    /// A documented error.
    static let overloaded = frame(
        "error",
        #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
    )
}
