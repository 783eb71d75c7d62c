internal import HTTPResponseParsing

/// What an extended header says about the next member (POSIX.1-2017, pax, "pax Extended Header").
struct PaxRecords: Sendable, Hashable {
    /// The name of the member.
    var path: [UInt8]?
    /// Its size in the archive.
    var size: Int?
    /// Whether it is sparse (GNU tar, formats 0.0 to 1.0).
    var isSparse = false

    /// Parses records: each "%d %s=%s
    /// ", with its length in bytes, its keyword and its value.
    ///
    /// - Returns: `nil` if a record is malformed.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let first = rest.first {
            // Some archives pad the records with NUL within the size.
            if first == 0 { break }
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let length = Self.decimal(rest[..<space]),
                length <= rest.count, space + 1 < rest.startIndex + length,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { return nil }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            guard set(record[..<equals], record[(equals + 1)...]) else { return nil }
            rest = rest[(rest.startIndex + length)...]
        }
    }

    private mutating func set(_ keyword: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
        if keyword.elementsEqual("path".utf8) {
            // "If the value is zero length, it shall delete any header block field."
            path = value.isEmpty ? nil : Array(value)
        } else if keyword.elementsEqual("size".utf8) {
            if value.isEmpty {
                size = nil
            } else {
                guard let number = Self.decimal(value) else { return false }
                size = number
            }
        } else if keyword.starts(with: "GNU.sparse.".utf8) {
            isSparse = true
            if keyword.elementsEqual("GNU.sparse.name".utf8) { path = Array(value) }
        }
        return true
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 19, digits.allSatisfy(HeadSyntax.isDigit) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
