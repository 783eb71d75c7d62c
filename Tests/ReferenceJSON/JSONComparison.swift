// Everything that must hold between the reader under test and the reference reader, for any bytes at all.

package import MessageStream

/// Compares the two readers on one text.
package struct JSONComparison {
    package static let depthLimit = 64

    private let text: [UInt8]
    private let reference: ReferenceValue?

    /// What is not as it should be with `text`, or nil.
    package static func complaint(about text: [UInt8]) -> String? {
        let comparison = JSONComparison(text: text)
        return comparison.verdict() ?? comparison.values() ?? comparison.copies() ?? comparison.surroundings()
    }

    private init(text: [UInt8]) {
        self.text = text
        self.reference = ReferenceValue(parsing: text, depthLimit: Self.depthLimit)
    }

    // MARK: Verdict

    /// What reading the whole of `text` throws, or nil.
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

    /// Both agree on whether it is JSON; if not, the error is at the first byte with which no text can go on.
    private func verdict() -> String? {
        guard let error = Self.error(in: text) else { return reference == nil ? "accepted" : nil }
        if reference != nil { return "refused: \(error)" }
        guard 0...text.count ~= error.offset else { return "offset out of range: \(error)" }
        if (error.reason == .unexpectedEnd) != (error.offset == text.count) { return "not at the end: \(error)" }
        if error.offset == text.count { return nil }
        if let earlier = Self.error(in: Array(text[..<error.offset])), earlier.reason != .unexpectedEnd {
            return "\(error) although there is \(earlier)"
        }
        // Cut behind that byte, nothing changes, but that a character may have become ill-formed.
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
        } catch let complaint as Complaint {
            return complaint.text
        } catch {
            return "pulling throws \(error)"
        }
    }

    private struct Complaint: Error { var text: String }

    private static func value(from reader: inout JSONReader) throws -> ReferenceValue {
        switch try reader.peekKind() {
        case .object:
            var members: [ReferenceValue.Member] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                members.append(.init(key: try decoded(key), value: try value(from: &reader)))
            }
            return .object(members)
        case .array:
            var elements: [ReferenceValue] = []
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

    /// The string in each of the ways in which it can be had.
    private static func decoded(_ view: JSONStringView) throws -> [UInt8] {
        var bytes: [UInt8] = []
        view.appendUTF8(to: &bytes)
        if !view.makeString().utf8.elementsEqual(bytes) { throw Complaint(text: "string differs from bytes \(bytes)") }
        var appended = "a"
        view.append(to: &appended)
        if !appended.utf8.dropFirst().elementsEqual(bytes) { throw Complaint(text: "appending differs from \(bytes)") }
        let isSame =
            view.equals("") == bytes.isEmpty
            && view.equals("id") == bytes.elementsEqual("id".utf8)
            && view.equals("type") == bytes.elementsEqual("type".utf8)
            && view.equals("index") == bytes.elementsEqual("index".utf8)
            && view.equals("\u{FFFD}") == bytes.elementsEqual("\u{FFFD}".utf8)
            && view.equals("text_delta") == bytes.elementsEqual("text_delta".utf8)
            && view.equals("content_block_delta") == bytes.elementsEqual("content_block_delta".utf8)
        return isSame ? bytes : try { throw Complaint(text: "equality of \(bytes)") }()
    }

    /// The text of a number that also converts as it should.
    private static func checked(_ reader: inout JSONReader) throws -> [UInt8] {
        var copy = reader
        let number = try reader.readNumber()
        let text = number.text
        if number.int64 != Int64(text) { throw Complaint(text: "integer \(text)") }
        if number.double != Double(text).flatMap({ $0.isFinite ? $0 : nil }) { throw Complaint(text: "double \(text)") }
        let int = try? copy.readInt()
        if int != Int(text) { throw Complaint(text: "readInt \(text)") }
        return Array(text.utf8)
    }

    // MARK: Copies

    /// What was kept or written says the same as what was read.
    private func copies() -> String? {
        guard let reference else { return nil }
        do {
            let copy = try Self.copy(of: text.rawBytes)
            if copy != reference.minified { return "copied as \(String(decoding: copy, as: UTF8.self))" }
            if try Self.copy(of: copy.rawBytes) != copy { return "a copy of the copy differs" }
            let raw = try RawJSON(validating: text, depthLimit: Self.depthLimit)
            if ReferenceValue(parsing: raw.utf8, depthLimit: Self.depthLimit) != reference { return "kept as \(raw)" }
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

    /// What lies before and behind the text in memory makes no difference.
    private func surroundings() -> String? {
        let expected = Result { () throws(JSONError) in try Self.copy(of: text.rawBytes) }
        for poison in [0x22, 0x5C, 0x30, 0x7D, 0xBF] as [UInt8] {
            for before in [0, 3] {
                let frame = [UInt8](repeating: poison, count: before) + text + [UInt8](repeating: poison, count: 40)
                let range = before..<(before + text.count)
                let actual = Result { () throws(JSONError) in
                    try Self.copy(of: frame.rawBytes.extracting(range))
                }
                if actual != expected { return "poison \(poison) shows" }
            }
        }
        return nil
    }
}
