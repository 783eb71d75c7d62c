import MessageStream

/// Received text, made safe to show: secrets are masked, and invisible characters and invalid bytes are spelled out.
struct VisibleText {
    /// A run of characters of the same kind.
    enum Piece: Hashable {
        /// Characters to show as they are.
        case plain(String)
        /// The name of an invisible character or an invalid byte, or the mark of a secret.
        case named(String)
    }

    private(set) var pieces: [Piece] = []

    /// - Parameters:
    ///   - keepsLines: Whether line feeds and tabs stay as they are.
    ///   - isCut: Whether the text continues after its end, so that the beginning of a secret at the end counts as one.
    init(_ text: String, keepsLines: Bool = false, isCut: Bool = false) {
        for piece in Self.pieces(Array(text.utf8), isCut: isCut) { append(piece.piece, keepsLines) }
    }

    /// The end of a text.
    ///
    /// - Parameter context: The text before it.
    init(_ end: [UInt8], after context: [UInt8], keepsLines: Bool, isCut: Bool) {
        for piece in Self.pieces(end, after: context, isCut: isCut) { append(piece.piece, keepsLines) }
    }

    private mutating func append(_ piece: Piece, _ keepsLines: Bool) {
        var piece = piece
        if keepsLines, case .named("\\n") = piece { piece = .plain("\n") }
        if keepsLines, case .named("\\t") = piece { piece = .plain("\t") }
        if case .plain(let text) = piece, case .plain(let last) = pieces.last {
            pieces[pieces.count - 1] = .plain(last + text)
        } else {
            pieces.append(piece)
        }
    }

    /// The characters of received bytes, each with the offset of its first byte. A secret is one piece.
    ///
    /// - Parameter isCut: Whether the bytes continue after their end.
    static func pieces(_ bytes: [UInt8], isCut: Bool) -> [(offset: Int, piece: Piece)] {
        let characters = decode(bytes)
        var result: [(offset: Int, piece: Piece)] = []
        var index = 0
        func append(upTo end: Int) {
            result += characters[index..<end].map { ($0.offset, piece(for: $0.character)) }
        }
        for secret in Excerpt.secrets(in: characters.map(\.character.scalar), isTruncated: isCut) {
            append(upTo: secret.lowerBound)
            let mark = String(String.UnicodeScalarView(Excerpt.mark))
            result.append((characters[secret.lowerBound].offset, .named(mark)))
            index = secret.upperBound
        }
        append(upTo: characters.count)
        return result
    }

    /// The characters of received bytes, each with the offset of its first byte.
    ///
    /// - Parameter context: The bytes before these. A secret that begins in the context is masked. If the context
    ///   begins in the middle of a long token, the token may be the rest of a secret and is treated as one.
    static func pieces(_ bytes: [UInt8], after context: [UInt8], isCut: Bool) -> [(offset: Int, piece: Piece)] {
        guard !context.isEmpty else { return pieces(bytes, isCut: isCut) }
        let all = pieces(context + bytes, isCut: isCut)
        let first = all.firstIndex { $0.offset >= context.count } ?? all.count
        let token = all.firstIndex { !isTokenPart($0.piece) } ?? all.count
        let mark = Piece.named(String(String.UnicodeScalarView(Excerpt.mark)))
        let isInSecret =
            first > 0 && (all[first - 1].piece == mark && (first == all.count || all[first].offset > context.count))
        let isInToken = token > first
        let rest = all[(isInToken ? token : first)...].map { (offset: $0.offset - context.count, piece: $0.piece) }
        return (isInSecret || isInToken ? [(offset: 0, piece: mark)] : []) + rest
    }

    /// Whether the character may appear in a token (RFC 6750, section 2.1).
    private static func isTokenPart(_ piece: Piece) -> Bool {
        guard case .plain(let text) = piece, let byte = text.utf8.first else { return false }
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return true
        default: return "-._~+/=".utf8.contains(byte)
        }
    }

    private enum Character {
        case scalar(Unicode.Scalar)
        case invalid(UInt8)

        /// The input of the search for secrets.
        var scalar: Unicode.Scalar {
            switch self {
            case .scalar(let scalar): scalar
            case .invalid: "\u{FFFD}"
            }
        }
    }

    private static func piece(for character: Character) -> Piece {
        switch character {
        case .invalid(let byte): .named("\\x" + hexadecimal(UInt32(byte), digits: 2))
        case .scalar(let scalar): isVisible(scalar) ? .plain(String(scalar)) : .named(name(of: scalar))
        }
    }

    /// Whether a browser shows the character as it is. HTML does not allow noncharacters.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isTerminalSafe && scalar.value & 0xFFFE != 0xFFFE && !(0xFDD0...0xFDEF).contains(scalar.value)
    }

    private static func name(of scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "U+" + hexadecimal(scalar.value, digits: 4)
        }
    }

    static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The text without styling, for attributes.
    var plain: String {
        pieces.map {
            switch $0 {
            case .plain(let text): text
            case .named(let name): "‹\(name)›"
            }
        }.joined()
    }

    /// The characters of UTF-8, and the bytes that are not part of any.
    private static func decode(_ bytes: [UInt8]) -> [(offset: Int, character: Character)] {
        var result: [(offset: Int, character: Character)] = []
        var index = 0
        while index < bytes.count {
            // A character has at most four bytes (RFC 3629, section 3).
            let texts = (1...min(4, bytes.count - index)).lazy.map { bytes[index..<(index + $0)] }
            if let found = texts.compactMap({ String(validating: $0, as: UTF8.self) }).first,
                let scalar = found.unicodeScalars.first
            {
                result.append((index, .scalar(scalar)))
                index += found.utf8.count
            } else {
                result.append((index, .invalid(bytes[index])))
                index += 1
            }
        }
        return result
    }
}
