/// A tar archive, written field by field.
struct WrittenTar {
    /// The fields of a header that matter to a reader.
    struct Header {
        var name: [UInt8]
        var size: [UInt8]
        var type: UInt8 = UInt8(ascii: "0")
        var magic = Array("ustar\u{0}00".utf8)
        var prefix: [UInt8] = []
        /// Bytes to write at an offset, last of all but the checksum.
        var patches: [(offset: Int, bytes: [UInt8])] = []
        /// The text of the checksum field; `nil` for the correct one.
        var checksum: [UInt8]?
        var hasSignedChecksum = false

        init(_ name: String, size: Int, type: Unicode.Scalar = "0") {
            self.name = Array(name.utf8)
            self.size = Self.octal(size, digits: 11)
            self.type = UInt8(ascii: type)
        }

        static func octal(_ number: Int, digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8) + [0]
        }

        /// A base-256 number.
        static func base256(_ number: Int) -> [UInt8] {
            [0x80, 0, 0, 0] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }

        var block: [UInt8] {
            var block = [UInt8](repeating: 0, count: 512)
            func put(_ bytes: [UInt8], at offset: Int) {
                block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            }
            put(name, at: 0)
            put(Array("0000644\u{0}".utf8), at: 100)
            put(size, at: 124)
            block[156] = type
            put(magic, at: 257)
            put(prefix, at: 345)
            for patch in patches { put(patch.bytes, at: patch.offset) }
            put([UInt8](repeating: 0x20, count: 8), at: 148)
            let sum = block.reduce(0) { $0 + (hasSignedChecksum ? Int(Int8(bitPattern: $1)) : Int($1)) }
            put(checksum ?? Self.octal(sum, digits: 6) + [0x20], at: 148)
            return block
        }
    }

    private(set) var bytes: [UInt8] = []

    mutating func add(_ header: Header, _ data: [UInt8] = []) { bytes += header.block + Self.padded(data) }

    mutating func add(_ name: String, _ data: String) { add(Header(name, size: data.utf8.count), Array(data.utf8)) }

    /// Adds an extended header.
    mutating func add(records: [(String, [UInt8])]) {
        let data = records.flatMap { Self.record($0.0, $0.1) }
        add(Header("PaxHeaders/x", size: data.count, type: "x"), data)
    }

    mutating func add(raw: [UInt8]) { bytes += raw }

    /// Ends the archive, as GNU tar does.
    mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

    static func padded(_ data: [UInt8]) -> [UInt8] {
        data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// A record of an extended header. Its length includes itself.
    static func record(_ keyword: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(keyword)=".utf8) + value + [0x0A]
        var length = rest.count
        while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
        return Array("\(length)".utf8) + rest
    }
}
