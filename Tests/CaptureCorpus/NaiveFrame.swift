import Foundation

/// A frame of an event stream, found by a slow and simple search, to compare the parser under test with.
public struct NaiveFrame: Sendable {
    /// The last `event` field, or empty.
    public var name = ""
    /// The `data` fields, joined by line feeds.
    public var data: [UInt8] = []
    /// The offsets of the first byte and of the end. The frame is complete if the bytes up to its end were received.
    public var range = 0..<0

    /// The type of the frame in the Messages API: the `type` of its data, else its name.
    public var type: String { object["type"] as? String ?? name }

    /// The index of the block that the frame concerns.
    public var index: Int? { object["index"] as? Int }

    /// The data as parsed by Foundation.
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
            // CRLF is one line end, but its CR ends the line.
            if body[end] == 0x0D, start < body.count, body[start] == 0x0A { start += 1 }
            if line.isEmpty { frameStart = start }
        }
        return frames
    }
}
