/// Receives the members of an archive or of a sequence of records, one after another.
///
/// Each member is reported by `begin`, then any number of calls of `receive`, then `end`. Between members, `reject`
/// reports bytes that belong to no member.
package protocol MemberSink: ~Copyable {
    /// A member begins.
    mutating func begin(_ key: [UInt8])
    /// Receives the next bytes of the member, at least one.
    mutating func receive(_ bytes: RawSpan)
    /// The member has ended.
    ///
    /// - Parameter problem: Why its bytes cannot be judged, or `nil`.
    mutating func end(_ problem: MemberProblem?)
    /// Receives an error about bytes that contain no member. They are skipped, up to the next member.
    mutating func reject(_ problem: MemberProblem)
}

/// Why a member cannot be read.
package enum MemberProblem: Error, Sendable, Hashable {
    /// The input ends within the member.
    case cut(missingBytes: Int)
    /// The input ends within a header, which begins at this offset.
    case headerCut(offset: Int)
    /// The bytes at this offset are not the header of a record.
    case notRecord(offset: Int)
    /// The block at this offset is not the header of an archive member.
    case notArchive(offset: Int)
    /// The archive is compressed.
    case compressed(Compression)
    /// The size in the header of the member is negative, too large or not a number.
    case invalidSize
    /// The member is sparse: the archive does not contain all of its bytes.
    case sparse
    /// The extended header of the member is malformed or too large.
    case invalidExtendedHeader
    /// The key is longer than this number of bytes, and is truncated.
    case keyTooLong(limit: Int)
}

extension MemberProblem: CustomStringConvertible {
    /// A clause that states the problem and a remedy.
    package var description: String {
        switch self {
        case .cut(let missing):
            "the input ends \(missing) \(missing == 1 ? "byte" : "bytes") too early; send as many as the header says"
        case .headerCut(let offset): "the input ends in the header at byte \(offset); send it again"
        case .notRecord(let offset):
            "the input has no record at byte \(offset); expected '<length> <key>' and a line break. Check the length "
                + "of the record before it"
        case .notArchive(let offset):
            "the input has no tar header at byte \(offset); its checksum is wrong or missing. Create the archive again"
        case .compressed(let compression):
            "the archive is compressed (\(compression.name)); decompress it first: \(compression.decompressor)"
        case .invalidSize: "the archive has an invalid size for this member; create the archive again"
        case .sparse: "the member is sparse, and its holes are not stored; create the archive without --sparse"
        case .invalidExtendedHeader: "the extended header of the member is invalid; create the archive again"
        case .keyTooLong(let limit): "the name is longer than \(limit) bytes; use a shorter one"
        }
    }
}

/// The limits of keys.
package enum MemberKey {
    /// The maximum length of a key in bytes: far more than the length of any path.
    package static let limit = 64 << 10
}
