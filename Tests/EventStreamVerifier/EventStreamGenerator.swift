import TestSupport

/// Generates random event streams that follow the grammar often enough to be meaningful, and break it in every way that
/// the standard defines. They are raw bytes, because no writer breaks the grammar.
public struct EventStreamGenerator: Sendable {
    private var random: SeededRandom
    private var lineEnds: [String] = []

    /// Creates a generator. Equal seeds produce equal streams.
    public init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// The next stream.
    public mutating func stream() -> [UInt8] {
        lineEnds = random.one(of: [["\n"], ["\r\n"], ["\r"], ["\n", "\r", "\r\n"], ["\n", "\n", "\r\n", "\r"]])
        var stream: [UInt8] = []
        if random.chance(25) { stream += random.one(of: Self.openings) }
        // Some streams are longer than the parser maps at once.
        let lines = random.chance(2) ? random.number(100...300) : random.number(0...24)
        for _ in 0..<lines { stream += line() }
        if random.chance(30) { stream += value() }
        if random.chance(20) { stream.removeLast(random.number(0...min(8, stream.count))) }
        return stream
    }

    /// A line with its end, which is occasionally missing.
    private mutating func line() -> [UInt8] {
        var line: [UInt8] = []
        switch random.number(0...99) {
        case 0...29: break
        case 30...54: line = field("data")
        case 55...62: line = field("event")
        case 63...70: line = field("id")
        case 71...77: line = Array((random.one(of: Self.retries)).utf8)
        case 78...83: line = [UInt8(ascii: ":")] + value()
        case 84...93: line = field(random.one(of: Self.names))
        default: line = value()
        }
        if random.chance(1) { return line }
        return line + Array(random.one(of: lineEnds).utf8)
    }

    private mutating func field(_ name: String) -> [UInt8] {
        var line = Array(name.utf8)
        if random.chance(8) { return line }
        line += Array(random.one(of: Self.separators).utf8)
        if random.chance(90) { line += value() }
        return line
    }

    private mutating func value() -> [UInt8] {
        var value: [UInt8] = []
        for _ in 0..<random.number(0...4) {
            switch random.number(0...19) {
            case 0...7: value += Array(random.one(of: Self.words).utf8)
            case 8...11: value += Array(random.one(of: Self.marks).utf8)
            case 12...15: value += random.one(of: Self.illFormed)
            case 16: value.append(UInt8(random.number(0...255)))
            case 17: value += run(upTo: 20)
            case 18: value += run(upTo: 200)
            default: value += run(upTo: random.chance(4) ? 5000 : 70)
            }
        }
        return value
    }

    private mutating func run(upTo count: Int) -> [UInt8] {
        [UInt8](repeating: random.one(of: Array("x :0\u{0}".utf8)), count: random.number(0...count))
    }

    private static let openings: [[UInt8]] = [
        [0xEF, 0xBB, 0xBF], [0xEF, 0xBB, 0xBF], [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF], [0xEF, 0xBB], [0xEF],
        [0xEF, 0xBB, 0xBB, 0xBF], [0xEF, 0xBF, 0xBF], [0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0x20], [0x0A],
        [0xEF, 0xBB, 0x0A], [0xEF, 0x0D], [0xEF, 0xBB, 0x3A], [0xEF, 0xBB, 0xBF, 0x0D], [0xEF, 0xBB, 0xBF, 0x0A],
    ]

    private static let separators = [
        ":", ":", ":", ": ", ": ", ": ", ":  ", "::", ": :", " :", ":\t", ":\u{301}", ": \u{301}", ":\u{200D}",
        ":\u{FEFF}", ":\u{A0}", "\u{301}:", "\u{0}:", ":\u{0}", "=", "",
    ]

    private static let names = [
        "", "d", "da", "dat", "dataa", "data ", " data", "DATA", "Data", "dat\u{0}", "data\u{0}", "data\u{301}",
        "\u{FEFF}data", "e", "even", "event ", "events", "Event", "EVENT", "i", "id ", "ids", "Id", "ID", "id\u{0}",
        "r", "retr", "retry ", "retryy", "Retry", "foo", "type", "données", "📦", "dataevent", "iddata",
    ]

    private static let retries = [
        "retry:0", "retry: 3000", "retry:007", "retry:", "retry", "retry: ", "retry:  5", "retry:5 ", "retry:+5",
        "retry:-5", "retry:1.5", "retry:1e3", "retry:0x10", "retry:9223372036854775806", "retry:9223372036854775807",
        "retry:9223372036854775808", "retry:92233720368547758070", "retry:18446744073709551616",
        "retry:000000000000000000000000000000012", "retry:123456789012345678901234567890", "retry:12a", "retry:a12",
        "retry:1:2", "retry:\u{661}\u{662}", "retry:\u{FF11}", "retry:1\u{301}", "retry:1\u{0}", "Retry:9",
    ]

    private static let words = [
        "a", "data", "data:", "id:1", "event: x", "retry:1", "{\"type\":\"ping\"}", "YHOO", "+2", "message", "é", "日本",
        "🫡", "a b", "[DONE]", "1", "42",
    ]

    private static let marks = [
        " ", "  ", ":", "::", "\t", "\u{0}", "\u{301}", " \u{301}", ":\u{301}", "\u{20E3}", "\u{200D}", "\u{FE0F}",
        "\u{FEFF}", "\u{85}", "\u{2028}", "\u{2029}", "\u{A0}", "\u{3000}", "\u{B}", "\u{C}", "\u{1C}", "\u{FFFD}",
    ]

    private static let illFormed: [[UInt8]] = [
        // Lone continuation bytes, and bytes that never occur in UTF-8.
        [0x80], [0xBF], [0xBF, 0x80], [0xC0], [0xC1], [0xF5], [0xF8], [0xFE], [0xFF],
        // Overlong forms, including those of line ends and of a colon.
        [0xC0, 0x80], [0xC0, 0x8A], [0xC0, 0xAF], [0xC0, 0xBA], [0xC1, 0xBF], [0xE0, 0x80, 0x8A], [0xE0, 0x80, 0xAF],
        [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x8D], [0xF0, 0x8F, 0xBF, 0xBF],
        // Surrogates.
        [0xED, 0xA0, 0x80], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xED, 0xBF, 0xBF],
        // Above U+10FFFF.
        [0xF4, 0x90, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF],
        // Truncated sequences.
        [0xC3], [0xE2], [0xE2, 0x82], [0xF0], [0xF0, 0x9F], [0xF0, 0x9F, 0x98], [0xF4, 0x8F, 0xBF], [0xEF, 0xBB],
        // Truncated sequences followed by something else.
        [0xE2, 0x82, 0x41], [0xF0, 0x9F, 0x98, 0x3A], [0xE2, 0x20], [0xC3, 0xC3, 0xA9], [0xF0, 0x9F, 0xE2, 0x82, 0xAC],
        // The first and the last scalar of each length.
        [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80],
        [0xF4, 0x8F, 0xBF, 0xBF], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
    ]
}
