/// A few bytes of a body, and their position.
struct ByteWindow {
    /// The offset in the body of the first byte.
    var offset: Int
    var bytes: [UInt8]
    /// The bytes that precede them, possibly not all: a secret that begins there may extend into the window.
    var context: [UInt8] = []

    var end: Int { offset + bytes.count }
}

/// Keeps the bytes of a body that may turn out to be at fault: those around the end of the last event, and the last
/// ones received.
///
/// - Memory: about 4 KiB.
struct FaultFinder {
    /// The maximum number of bytes to show before a fault.
    private static let reach = 400
    /// The maximum number of bytes to show after the start of a fault.
    private static let limit = 1600
    /// The number of bytes to keep before the shown ones, to recognize a secret of which only the end is shown.
    private static let contextSize = 512

    /// The end of the last event in the body.
    private var boundary = 0
    private var before: [UInt8] = []
    private var after: [UInt8] = []
    private var tail: [UInt8] = []
    /// The number of bytes received.
    private(set) var count = 0

    /// Receives the next bytes of the body.
    ///
    /// - Parameter eventEnd: The offset in the body of the end of the last event that these bytes complete, if any.
    mutating func receive(_ body: [UInt8], eventEnd: Int?) {
        if let eventEnd {
            let index = min(max(0, eventEnd - count), body.count)
            let size = Self.reach + Self.contextSize
            before = Array((tail.suffix(size) + body[..<index].suffix(size)).suffix(size))
            after = Array(body[index...].prefix(Self.limit))
            boundary = count + index
        } else if after.count < Self.limit {
            after += body.prefix(Self.limit - after.count)
        }
        tail += body.suffix(Self.limit)
        if tail.count > 2 * Self.limit { tail.removeFirst(tail.count - Self.limit) }
        count += body.count
    }

    /// The bytes around an offset, or the last ones if those are no longer kept.
    func window(around offset: Int) -> ByteWindow {
        let kept = [
            ByteWindow(offset: boundary - before.count, bytes: before + after),
            ByteWindow(offset: count - tail.count, bytes: tail),
        ]
        let candidates = kept.filter { $0.offset <= offset && (offset < $0.end || offset == count && $0.end == count) }
        guard let window = candidates.max(by: { $0.end < $1.end }) else { return window(around: count) }
        let start = max(window.offset, offset - Self.reach)
        let context = start - window.offset
        return ByteWindow(
            offset: start,
            bytes: Array(window.bytes[context...].prefix(Self.limit)),
            context: Array(window.bytes[..<context].suffix(Self.contextSize))
        )
    }
}
