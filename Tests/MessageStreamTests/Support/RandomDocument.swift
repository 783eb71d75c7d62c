import TestSupport

/// Generates random well-formed documents, with every freedom of spelling.
struct RandomDocument {
    var generator: SeededRandom
    /// Whether to omit what only some readers accept: lone surrogates, ill-formed UTF-8, numbers beyond `Double`.
    var isStrict: Bool
    var text: [UInt8] = []

    mutating func value(depth: Int) {
        space()
        switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
        case 0: text += Array("true".utf8)
        case 1: text += Array("false".utf8)
        case 2: text += Array("null".utf8)
        case 3, 4: number()
        case 5, 6: string()
        case 7, 8: object(depth: depth - 1)
        default: array(depth: depth - 1)
        }
        space()
    }

    private mutating func space() {
        while Int.random(in: 0..<5, using: &generator) == 0 {
            text.append([0x20, 0x09, 0x0A, 0x0D].randomElement(using: &generator)!)
        }
    }

    private mutating func object(depth: Int) {
        text += Array("{".utf8)
        let count = Int.random(in: 0...4, using: &generator)
        for index in 0..<count {
            if index > 0 { text += Array(",".utf8) }
            space()
            if Bool.random(using: &generator) {
                text += Array(#""\#(["type", "index", "delta", "id", ""].randomElement(using: &generator)!)""#.utf8)
            } else {
                string()
            }
            space()
            text += Array(":".utf8)
            value(depth: depth)
        }
        if count == 0 { space() }
        text += Array("}".utf8)
    }

    private mutating func array(depth: Int) {
        text += Array("[".utf8)
        let count = Int.random(in: 0...4, using: &generator)
        for index in 0..<count {
            if index > 0 { text += Array(",".utf8) }
            value(depth: depth)
        }
        if count == 0 { space() }
        text += Array("]".utf8)
    }

    private mutating func digits(_ range: ClosedRange<Int>) {
        for _ in 0..<Int.random(in: range, using: &generator) {
            text.append(UInt8.random(in: 0x30...0x39, using: &generator))
        }
    }

    private mutating func number() {
        if Bool.random(using: &generator) { text += Array("-".utf8) }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            text += Array("0".utf8)
        } else {
            text.append(UInt8.random(in: 0x31...0x39, using: &generator))
            digits(0...(isStrict ? 16 : 24))
        }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            text += Array(".".utf8)
            digits(1...12)
        }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            text += Array(["e", "E", "e+", "E+", "e-", "E-"].randomElement(using: &generator)!.utf8)
            digits(1...(isStrict ? 2 : 4))
        }
    }

    private mutating func string() {
        text += Array("\"".utf8)
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            switch Int.random(in: 0..<(isStrict ? 9 : 12), using: &generator) {
            case 0: text += Array("\\\("\"\\/bfnrt".randomElement(using: &generator)!)".utf8)
            case 1: text += Array("\\u0041\\u00e9\\u20AC".utf8)
            case 2: text += Array("\\uD83D\\uDE00".utf8)
            case 3: text += Array(["é", "€", "😀", "\u{7F}", "\u{2028}"].randomElement(using: &generator)!.utf8)
            case 4...8: text += Array("plain text of some words".utf8.prefix(Int.random(in: 1...24, using: &generator)))
            case 9: text += Array(["\\uD83D", "\\uDE00"].randomElement(using: &generator)!.utf8)
            case 10: text.append(UInt8.random(in: 0x80...0xFF, using: &generator))
            default: text += Array("😀".utf8.prefix(3))
            }
        }
        text += Array("\"".utf8)
    }

    /// Changes a few bytes.
    mutating func mutate() {
        let bytes = Array("{}[]:,\"\\truefalsn0123456789.eE+-u \n\u{01}\u{7F}é".utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0...text.count, using: &generator)
            let byte = bytes.randomElement(using: &generator)!
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: text.insert(byte, at: place)
            case 1 where place < text.count: text[place] = byte
            case 2 where place < text.count: text.remove(at: place)
            case 3 where !text.isEmpty:
                let other = Int.random(in: 0..<text.count, using: &generator)
                text += text[min(other, place)..<max(other, place)]
            default: break
            }
        }
    }
}
