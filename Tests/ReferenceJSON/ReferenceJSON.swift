/// A JSON value as a tree, with each string as the UTF-8 of its decoded text.
///
/// The parser is a short, slow, recursive transcription of the grammar of RFC 8259. It shares no code with the tested
/// reader, and makes the same choices where the RFC allows several. Strings are decoded into bytes and repaired by the
/// standard library, which has its own implementation of maximal subparts.
public indirect enum ReferenceJSON: Equatable, Sendable {
    case object([Member])
    case array([ReferenceJSON])
    case string([UInt8])
    case number([UInt8])
    case literal(String)

    public struct Member: Equatable, Sendable {
        public var key: [UInt8]
        public var value: ReferenceJSON

        public init(key: [UInt8], value: ReferenceJSON) {
            self.key = key
            self.value = value
        }
    }

    /// Parses a complete text. Returns `nil` if the text does not match the grammar or is nested deeper than
    /// `depthLimit`.
    public init?(parsing text: [UInt8], depthLimit: Int) {
        var parser = ReferenceParser(text: text)
        parser.skipWhitespace()
        guard let value = parser.value(depth: depthLimit) else { return nil }
        parser.skipWhitespace()
        guard parser.rest.isEmpty else { return nil }
        self = value
    }

    /// The value on one line.
    public var minified: [UInt8] {
        switch self {
        case .object(let members):
            let parts = members.map { Self.quoted($0.key) + Array(":".utf8) + $0.value.minified }
            return Array("{".utf8) + Array(parts.joined(separator: ",".utf8)) + Array("}".utf8)
        case .array(let elements):
            return Array("[".utf8) + Array(elements.map(\.minified).joined(separator: ",".utf8)) + Array("]".utf8)
        case .string(let bytes): return Self.quoted(bytes)
        case .number(let text): return text
        case .literal(let name): return Array(name.utf8)
        }
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{00}"..."\u{0F}": text += "\\u000" + String(scalar.value, radix: 16)
            case "\u{10}"..."\u{1F}": text += "\\u00" + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return Array("\"\(text)\"".utf8)
    }
}

/// The unread text. Each method removes the part that it is named after from the front, or returns `nil`.
private struct ReferenceParser {
    var rest: ArraySlice<UInt8>

    init(text: [UInt8]) {
        rest = text[...]
    }

    mutating func skipWhitespace() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    mutating func skip(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    mutating func value(depth: Int) -> ReferenceJSON? {
        for name in ["true", "false", "null"] where skip(name) { return .literal(name) }
        if rest.first == UInt8(ascii: "\"") { return string().map { .string($0) } }
        if skip("[") { return depth > 0 ? array(depth: depth - 1) : nil }
        if skip("{") { return depth > 0 ? object(depth: depth - 1) : nil }
        return number().map { .number($0) }
    }

    mutating func array(depth: Int) -> ReferenceJSON? {
        var elements: [ReferenceJSON] = []
        skipWhitespace()
        if skip("]") { return .array([]) }
        while true {
            skipWhitespace()
            guard let element = value(depth: depth) else { return nil }
            elements.append(element)
            skipWhitespace()
            if skip("]") { return .array(elements) }
            guard skip(",") else { return nil }
        }
    }

    mutating func object(depth: Int) -> ReferenceJSON? {
        var members: [ReferenceJSON.Member] = []
        skipWhitespace()
        if skip("}") { return .object([]) }
        while true {
            skipWhitespace()
            guard let key = string() else { return nil }
            skipWhitespace()
            guard skip(":") else { return nil }
            skipWhitespace()
            guard let value = value(depth: depth) else { return nil }
            members.append(.init(key: key, value: value))
            skipWhitespace()
            if skip("}") { return .object(members) }
            guard skip(",") else { return nil }
        }
    }

    mutating func digits() -> [UInt8]? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : Array(digits)
    }

    mutating func number() -> [UInt8]? {
        let all = rest
        _ = skip("-")
        guard let integer = digits(), integer.count == 1 || integer.first != UInt8(ascii: "0") else { return nil }
        if skip(".") {
            guard digits() != nil else { return nil }
        }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            guard digits() != nil else { return nil }
        }
        return Array(all[..<rest.startIndex])
    }

    mutating func string() -> [UInt8]? {
        guard skip("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return Array(String(decoding: bytes, as: UTF8.self).utf8)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                bytes += Array(String(Character(scalar)).utf8)
            case 0x00..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    mutating func escape() -> Unicode.Scalar? {
        let letters: [UInt8: Unicode.Scalar] = [
            0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{08}", 0x66: "\u{0C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
        ]
        guard let letter = rest.popFirst() else { return nil }
        guard letter == UInt8(ascii: "u") else { return letters[letter] }
        guard let unit = codeUnit() else { return nil }
        let before = rest
        if (0xD800...0xDBFF).contains(unit), skip("\\u"), let low = codeUnit(), (0xDC00...0xDFFF).contains(low) {
            return Unicode.Scalar(0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00))
        }
        rest = before
        return Unicode.Scalar(unit) ?? "\u{FFFD}"
    }

    mutating func codeUnit() -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")) else {
            return nil
        }
        rest = rest.dropFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
