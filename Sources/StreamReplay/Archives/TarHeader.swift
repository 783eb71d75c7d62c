/// The header of a member of a tar archive: one block of 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format").
struct TarHeader: Sendable, Hashable {
    /// The size of a block in bytes. Headers and data are padded to complete blocks.
    static let blockSize = 512

    /// What follows the header.
    enum Kind: Sendable, Hashable {
        /// The bytes of a regular file.
        case file
        /// The bytes of a sparse file, without its holes (GNU tar).
        ///
        /// - hasMore: Whether more blocks of the sparse map precede the bytes.
        case sparse(hasMore: Bool)
        /// The extended header of the next member (POSIX).
        case extendedHeader
        /// The name of the next member (GNU tar).
        case longName
        /// A directory, a link, a device or anything else that is not a capture.
        case other
    }

    var kind: Kind
    /// The name, as far as it fits into the header.
    var name: [UInt8]
    /// The number of bytes that follow, without padding; `nil` if that is not a valid number.
    var size: Int?

    /// Parses a block.
    ///
    /// - Parameter block: ``blockSize`` bytes.
    /// - Returns: `nil` if the checksum is wrong.
    init?(_ block: [UInt8]) {
        guard Self.hasValidChecksum(block) else { return nil }
        var name = Self.text(block[0..<100])
        // "If prefix begins with a non-null character, the pathname is prefix, a slash and name." GNU tar archives use
        // these bytes for other fields, and have a space after the magic.
        if block[257..<263].elementsEqual("ustar\0".utf8) {
            let prefix = Self.text(block[345..<500])
            if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
        }
        self.name = name
        size = Self.number(block[124..<136])
        switch block[156] {
        // Before POSIX, a directory was a file whose name ends with a slash.
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = name.last == UInt8(ascii: "/") ? .other : .file
        case UInt8(ascii: "S"): kind = .sparse(hasMore: block[482] != 0)
        case UInt8(ascii: "x"): kind = .extendedHeader
        case UInt8(ascii: "L"): kind = .longName
        case UInt8(ascii: "1")...UInt8(ascii: "6"):
            // Links, devices and directories have no data, regardless of their stated size.
            kind = .other
            size = 0
        // The header of the archive, the target of a long link, a dumped directory, a label.
        case UInt8(ascii: "g"), UInt8(ascii: "A")...UInt8(ascii: "Z"): kind = .other
        // "If other values are encountered, the file shall be extracted as a regular file."
        default: kind = .file
        }
    }

    /// Whether the stored checksum is the sum of all bytes, with spaces in place of the checksum. Some old archives
    /// store the sum of signed bytes.
    private static func hasValidChecksum(_ block: [UInt8]) -> Bool {
        let field = 148..<156
        guard let stored = number(block[field]) else { return false }
        var (unsigned, signed) = (0, 0)
        for (offset, byte) in block.enumerated() {
            let byte = field.contains(offset) ? 0x20 : byte
            unsigned += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        return stored == unsigned || stored == signed
    }

    /// The bytes before the first NUL.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// A number: octal digits terminated by a space or NUL, or a base-256 number if the first bit is set (GNU tar).
    static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            // The second bit is the sign.
            if first & 0x40 != 0 { return nil }
            var value = Int(first & 0x3F)
            for byte in field.dropFirst() {
                guard value <= Int.max >> 8 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        var value = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte), value <= Int.max >> 3 else { return nil }
            value = value << 3 | Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
