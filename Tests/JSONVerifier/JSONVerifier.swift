package import MessageStream
import ReferenceJSON
import TestSupport

/// Compares the reader with the reference on one text, which may consist of any bytes.
package struct JSONVerifier {
    package static let depthLimit = 64

    private let text: [UInt8]
    private let reference: ReferenceJSON?

    /// The first difference between the reader and the reference, or `nil`.
    package static func mismatch(_ text: [UInt8]) -> String? {
        let verifier = JSONVerifier(text: text)
        return verifier.verdict() ?? verifier.values() ?? verifier.copies() ?? verifier.surroundings()
    }

    private init(text: [UInt8]) {
        self.text = text
        self.reference = ReferenceJSON(parsing: text, depthLimit: Self.depthLimit)
    }

    // MARK: Verdict

    /// The error that reading all of `text` throws, or `nil`.
    package static func error(in text: [UInt8], depthLimit: Int = depthLimit) -> JSONError? {
        do {
            var reader = JSONReader(text.rawBytes, depthLimit: depthLimit)
            try reader.skipValue()
            try reader.finish()
            return nil
        } catch {
            return error
        }
    }

    /// Both agree on whether the text is JSON. If it is not, the error is at the first byte that cannot continue any
    /// JSON text.
    private func verdict() -> String? {
        guard let error = Self.error(in: text) else { return reference == nil ? "accepted" : nil }
        if reference != nil { return "refused: \(error)" }
        guard 0...text.count ~= error.offset else { return "offset out of range: \(error)" }
        if (error.reason == .unexpectedEnd) != (error.offset == text.count) { return "not at the end: \(error)" }
        if error.offset == text.count { return nil }
        if let earlier = Self.error(in: Array(text[..<error.offset])), earlier.reason != .unexpectedEnd {
            return "\(error) although there is \(earlier)"
        }
        // The error is the same if the text ends after that byte, except that a character may become ill-formed.
        let same = Self.error(in: Array(text[...error.offset]))
        let isSame = same == error || (same == JSONError(.invalidUTF8, at: error.offset) && text[error.offset] >= 0x80)
        return isSame ? nil : "\(error) depends on what follows: \(String(describing: same))"
    }

    // MARK: Values

    /// Both read the same values.
    private func values() -> String? {
        guard let reference else { return nil }
        do {
            var reader = JSONReader(text.rawBytes, depthLimit: Self.depthLimit)
            let value = try Self.value(from: &reader)
            try reader.finish()
            return value == reference ? nil : "\(value) instead of \(reference)"
        } catch let mismatch as Mismatch {
            return mismatch.text
        } catch {
            return "pulling throws \(error)"
        }
    }

    private struct Mismatch: Error { var text: String }

    private static func value(from reader: inout JSONReader) throws -> ReferenceJSON {
        switch try reader.peekKind() {
        case .object:
            var members: [ReferenceJSON.Member] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                members.append(.init(key: try decoded(key), value: try value(from: &reader)))
            }
            return .object(members)
        case .array:
            var elements: [ReferenceJSON] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try value(from: &reader)) }
            return .array(elements)
        case .string: return .string(try decoded(try reader.readString()))
        case .number: return .number(try checked(&reader))
        case .true, .false: return .literal(try reader.readBool() ? "true" : "false")
        case .null:
            try reader.readNull()
            return .literal("null")
        }
    }

    /// The string, read in every possible way.
    private static func decoded(_ view: JSONStringView) throws -> [UInt8] {
        var bytes: [UInt8] = []
        view.appendUTF8(to: &bytes)
        if !view.makeString().utf8.elementsEqual(bytes) { throw Mismatch(text: "string differs from bytes \(bytes)") }
        var appended = "a"
        view.append(to: &appended)
        if !appended.utf8.dropFirst().elementsEqual(bytes) { throw Mismatch(text: "appending differs from \(bytes)") }
        let isSame =
            view.equals("") == bytes.isEmpty
            && view.equals("id") == bytes.elementsEqual("id".utf8)
            && view.equals("type") == bytes.elementsEqual("type".utf8)
            && view.equals("index") == bytes.elementsEqual("index".utf8)
            && view.equals("\u{FFFD}") == bytes.elementsEqual("\u{FFFD}".utf8)
            && view.equals("text_delta") == bytes.elementsEqual("text_delta".utf8)
            && view.equals("content_block_delta") == bytes.elementsEqual("content_block_delta".utf8)
        return isSame ? bytes : try { throw Mismatch(text: "equality of \(bytes)") }()
    }

    /// The text of a number, after checking its conversions.
    private static func checked(_ reader: inout JSONReader) throws -> [UInt8] {
        var copy = reader
        let number = try reader.readNumber()
        let text = number.text
        if number.int64 != Int64(text) { throw Mismatch(text: "integer \(text)") }
        if number.double != Double(text).flatMap({ $0.isFinite ? $0 : nil }) { throw Mismatch(text: "double \(text)") }
        let int = try? copy.readInt()
        if int != Int(text) { throw Mismatch(text: "readInt \(text)") }
        return Array(text.utf8)
    }

    // MARK: Copies

    /// A stored or rewritten value equals the value that was read.
    private func copies() -> String? {
        guard let reference else { return nil }
        do {
            let copy = try Self.copy(of: text.rawBytes)
            if copy != reference.minified { return "copied as \(String(decoding: copy, as: UTF8.self))" }
            if try Self.copy(of: copy.rawBytes) != copy { return "a copy of the copy differs" }
            let raw = try RawJSON(validating: text, depthLimit: Self.depthLimit)
            if ReferenceJSON(parsing: raw.utf8, depthLimit: Self.depthLimit) != reference { return "kept as \(raw)" }
            if !raw.description.utf8.elementsEqual(raw.utf8) { return "kept ill-formed" }
            return nil
        } catch {
            return "copying throws \(error)"
        }
    }

    private static func copy(of bytes: RawSpan) throws(JSONError) -> [UInt8] {
        var reader = JSONReader(bytes, depthLimit: depthLimit)
        var writer = JSONWriter()
        try writer.copyValue(from: &reader)
        try reader.finish()
        return writer.bytes
    }

    // MARK: Surroundings

    /// The bytes before and after the text in memory have no effect.
    private func surroundings() -> String? {
        let expected = Result { () throws(JSONError) in try Self.copy(of: text.rawBytes) }
        var memory = PoisonedMemory()
        for poison in [0x22, 0x5C, 0x30, 0x7D, 0xBF] as [UInt8] {
            for count in [0, 3] {
                let before = [UInt8](repeating: poison, count: count)
                memory.put(text[...], before: before, after: [UInt8](repeating: poison, count: 40))
                // `UInt8` has no padding bytes.
                let actual = Result { () throws(JSONError) in try Self.copy(of: unsafe memory.chunk.bytes) }
                if actual != expected { return "the result depends on surrounding bytes \(poison)" }
            }
        }
        return nil
    }
}
