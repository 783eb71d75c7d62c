/// Text with its escapes decoded. Each escape becomes the character that it represents, with its position in the
/// source.
///
/// Decodes percent-encoding (RFC 3986, section 2.1) and the escapes of JSON strings (RFC 8259, section 7), even when
/// nested: `%253D` is `=`, and `\\\"` is a quotation mark. No text is rejected: text that is not an escape represents
/// itself.
struct EscapedText {
    /// A character and its position in the source.
    struct Character {
        /// The character if it is ASCII, and 0x80 otherwise: no other characters matter here.
        var byte: UInt8
        /// The offset of its first scalar in the source.
        var start: Int
        /// The number of times it is percent-encoded.
        var percents = 0
        /// The number of backslashes that escape it.
        var backslashes = 0
    }

    /// The characters in order.
    private(set) var characters: [Character] = []
    /// The number of scalars in the source.
    let sourceCount: Int

    var count: Int { characters.count }

    subscript(index: Int) -> Character { characters[index] }

    /// Wraps a source without decoding escapes.
    init(verbatim source: [Unicode.Scalar]) {
        sourceCount = source.count
        characters = source.indices.map { Character(source[$0], at: $0) }
    }

    /// Decodes the escapes of a source.
    ///
    /// - Complexity: O(`source.count`).
    init(reading source: [Unicode.Scalar]) {
        self.init(verbatim: source)
        if source.contains("%") { readPercents() }
        if characters.contains(where: { $0.byte == UInt8(ascii: "\\") }) { readBackslashes() }
    }

    /// The range in the source that corresponds to a range of characters.
    func source(of range: Range<Int>) -> Range<Int> { start(of: range.lowerBound)..<start(of: range.upperBound) }

    private func start(of index: Int) -> Int { index < count ? characters[index].start : sourceCount }

    /// Decodes `%XX`, and `%25XX` if encoded again.
    private mutating func readPercents() {
        let source = characters
        characters.removeAll(keepingCapacity: true)
        var index = 0
        while index < source.count {
            var character = source[index]
            index += 1
            if character.byte == UInt8(ascii: "%"), var value = Self.number(source, at: index, digits: 2) {
                index += 2
                character.percents = 1
                while value == 0x25, let next = Self.number(source, at: index, digits: 2) {
                    value = next
                    index += 2
                    character.percents += 1
                }
                character.byte = UInt8(min(value, 0x80))
            }
            characters.append(character)
        }
    }

    /// Decodes `\n`, `\"`, `\u0022` and the like, with any number of backslashes: each level of nesting adds some.
    private mutating func readBackslashes() {
        let source = characters
        characters.removeAll(keepingCapacity: true)
        var index = 0
        while index < source.count {
            var character = source[index]
            var next = index + 1
            if character.byte == UInt8(ascii: "\\") {
                // A run of backslashes that escapes nothing is one character.
                while next < source.count, source[next].byte == UInt8(ascii: "\\") { next += 1 }
                if let escape = Self.escape(source, at: next) {
                    character.byte = escape.byte
                    character.backslashes = next - index
                    next += escape.length
                }
            }
            characters.append(character)
            index = next
        }
    }

    /// The character that an escape represents, and the length of the escape from its letter at `index`.
    private static func escape(_ source: [Character], at index: Int) -> (byte: UInt8, length: Int)? {
        guard index < source.count else { return nil }
        switch source[index].byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"): return (source[index].byte, 1)
        case UInt8(ascii: "n"): return (0x0A, 1)
        case UInt8(ascii: "r"): return (0x0D, 1)
        case UInt8(ascii: "t"): return (0x09, 1)
        case UInt8(ascii: "b"), UInt8(ascii: "f"): return (0x20, 1)
        case UInt8(ascii: "u"): return number(source, at: index + 1, digits: 4).map { (UInt8(min($0, 0x80)), 5) }
        default: return nil
        }
    }

    /// The value of the hexadecimal number with exactly `digits` digits at `start`.
    private static func number(_ source: [Character], at start: Int, digits: Int) -> Int? {
        guard digits <= source.count - start else { return nil }
        var value = 0
        for index in start..<start + digits {
            let byte = source[index].byte
            switch byte {
            case 0x30...0x39: value = value << 4 | Int(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | Int((byte | 0x20) - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}

extension EscapedText.Character {
    fileprivate init(_ scalar: Unicode.Scalar, at start: Int) {
        byte = scalar.isASCII ? UInt8(truncatingIfNeeded: scalar.value) : 0x80
        self.start = start
    }
}
