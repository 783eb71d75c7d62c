import Foundation

/// A frame of an event stream, found the slow and plain way: what the parser under test is held against.
public struct NaiveFrame: Sendable {
    /// The last `event` field, or empty.
    public var name = ""
    /// The `data` fields, joined by line feeds.
    public var data: [UInt8] = []
    /// The offset of the first byte, and that behind the byte that ends the frame: it is whole if that many bytes came.
    public var range = 0..<0

    /// What the frame is in the Messages API: the `type` of its data, else its name.
    public var type: String { object["type"] as? String ?? name }

    /// The index of the block that the frame is about.
    public var index: Int? { object["index"] as? Int }

    /// The data as Foundation reads it.
    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(data)) as? [String: Any]) ?? [:]
    }

    /// The frames with data in `body` (WHATWG HTML, section 9.2.6).
    public static func all(in body: [UInt8]) -> [NaiveFrame] {
        var frames: [NaiveFrame] = []
        var start = body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var frameStart = start
        var frame = NaiveFrame()
        var hasData = false
        while let end = body[start...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            let line = body[start..<end]
            start = end + 1
            if line.isEmpty {
                frame.range = frameStart..<start
                if hasData { frames.append(frame) }
                frame = NaiveFrame()
                hasData = false
            } else {
                let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
                var value = line[colon...].dropFirst()
                if value.first == 0x20 { value.removeFirst() }
                switch String(decoding: line[..<colon], as: UTF8.self) {
                case "data":
                    if hasData { frame.data.append(0x0A) }
                    frame.data += value
                    hasData = true
                case "event":
                    frame.name = String(decoding: value, as: UTF8.self)
                default:
                    break
                }
            }
            // CRLF is one line end; its CR alone ends the line.
            if body[end] == 0x0D, start < body.count, body[start] == 0x0A { start += 1 }
            if line.isEmpty { frameStart = start }
        }
        return frames
    }
}
