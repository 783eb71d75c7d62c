// Writes JSON (RFC 8259) on one line.
//
// Commas are inserted automatically, without a stack: a comma precedes a key or a value exactly if the last thing
// written was a complete value. Opening a container and writing a key clear this flag; closing a container sets it.

/// Appends JSON to an array of bytes.
///
/// The calls must match: a value after each key, and every container closed. This is not checked.
package struct JSONWriter {
    /// The text so far, in UTF-8.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// The places in ``bytes`` where a text stored elsewhere is missing, each with the number of the text; in ascending
    /// order.
    package private(set) var insertions: [(offset: Int, text: Int)] = []

    /// Creates a writer with room for `capacity` bytes.
    package init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func beginObject() { open("{") }
    package mutating func endObject() { close("}") }
    package mutating func beginArray() { open("[") }
    package mutating func endArray() { close("]") }

    /// Writes the key of a member; its value must follow.
    package mutating func key(_ key: String) {
        string(key)
        finishKey()
    }

    /// Writes a string.
    package mutating func string(_ value: String) {
        string([(nil, value)])
    }

    /// A part of a string: the number of a text stored elsewhere that is to be inserted, if there is one, and the text
    /// that follows.
    package typealias StringPart = (inserted: Int?, rest: String)

    /// Writes a string composed of parts.
    package mutating func string(_ parts: [StringPart]) {
        startValue()
        quote { writer in
            for part in parts {
                if let text = part.inserted { writer.insertions.append((writer.bytes.count, text)) }
                // The bytes of a `String` are well-formed.
                writer.appendEscaping(Array(part.rest.utf8).rawBytes)
            }
        }
    }

    /// The contents of a string literal: `text` with escapes, without quotation marks.
    package static func escape(_ text: String) -> [UInt8] {
        var writer = JSONWriter(capacity: text.utf8.count)
        writer.appendEscaping(Array(text.utf8).rawBytes)
        return writer.bytes
    }

    /// Writes a string from its UTF-8, with U+FFFD in place of ill-formed sequences.
    package mutating func string(utf8: RawSpan) {
        startValue()
        if utf8.endOfWellFormedUTF8(from: 0) == utf8.byteCount {
            quote { writer in writer.appendEscaping(utf8) }
        } else {
            var repaired: [UInt8] = []
            repaired.append(repairingUTF8: utf8)
            quote { writer in writer.appendEscaping(repaired.rawBytes) }
        }
    }

    /// Writes an integer.
    package mutating func int(_ value: some BinaryInteger) {
        startValue()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes the shortest text that reads back as the same `Double`; `null` for infinities and NaN, which JSON does
    /// not have (RFC 8259, section 6).
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        startValue()
        bytes.append(contentsOf: value.description.utf8)
    }

    package mutating func bool(_ value: Bool) {
        startValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        startValue()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a value unchanged, including its whitespace.
    package mutating func raw(_ value: RawJSON) {
        startValue()
        bytes.append(contentsOf: value.utf8)
    }

    /// Ends the line after a complete text, so that another can follow.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: Punctuation

    private mutating func startValue() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func finishKey() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        startValue()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func quote(_ content: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: "\""))
        content(&self)
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: - Escaping

extension JSONWriter {
    /// Appends the contents of a string. RFC 8259, section 7: the quotation mark, the backslash and the control
    /// characters U+0000 to U+001F must be escaped. Nothing else is escaped.
    private mutating func appendEscaping(_ utf8: RawSpan) {
        var start = 0
        var offset = 0
        while offset < utf8.byteCount {
            let stop = StringStop(in: utf8, at: offset)
            offset &+= stop.index
            guard stop.isHit, offset < utf8.byteCount else { continue }
            bytes.append(copying: utf8.extracting(start..<offset))
            appendEscape(of: utf8.byteOrZero(at: offset))
            offset &+= 1
            start = offset
        }
        bytes.append(copying: utf8.extracting(start..<utf8.byteCount))
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            // The others are below 0x20: `u00`, 0 or 1, and one more digit.
            let digit = byte & 0x0F
            bytes.append(contentsOf: (byte < 0x10 ? "u000" : "u001").utf8)
            bytes.append(digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10))
        }
    }
}

// MARK: - Copying

extension JSONWriter {
    /// Reads one value and rewrites it: on one line, without whitespace, with strings in their shortest form and
    /// numbers with every digit as written.
    ///
    /// In strings, lone surrogates and ill-formed UTF-8 become U+FFFD. Members keep their order, and duplicate keys are
    /// kept. If the value is not well-formed, nothing is written.
    ///
    /// - Complexity: O(*n*), without recursion.
    package mutating func copyValue(from reader: inout JSONReader) throws(JSONError) {
        let (count, neededComma) = (bytes.count, needsComma)
        do throws(JSONError) {
            try reader.walkValue(&self)
        } catch {
            bytes.removeLast(bytes.count - count)
            needsComma = neededComma
            throw error
        }
    }
}

extension JSONWriter: JSONTokenVisitor {
    mutating func key(_ key: JSONStringView) {
        string(key)
        finishKey()
    }

    mutating func string(_ string: JSONStringView) {
        if string.hasEscapes {
            var decoded: [UInt8] = []
            string.appendUTF8(to: &decoded)
            startValue()
            quote { writer in writer.appendEscaping(decoded.rawBytes) }
        } else {
            // A string without escapes contains nothing that needs one.
            startValue()
            bytes.append(UInt8(ascii: "\""))
            string.appendUTF8(to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    mutating func number(_ number: JSONNumberView) {
        startValue()
        bytes.append(copying: number.raw)
    }
}
