#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A capture that cannot be read.
public struct CaptureError: Error, Sendable, Hashable {
    /// The name of the capture: the path as given, or a description.
    public let name: String
    /// Why it cannot be read.
    public let cause: Cause

    /// The reasons.
    @nonexhaustive
    public enum Cause: Error, Sendable, Hashable {
        /// The system failed to open or to read the file, with this value of `errno`.
        case system(code: CInt)
        /// The file is compressed.
        case compressed(Compression)
        /// The capture was to be read as a trace, but nothing in its first bytes is one.
        case notTrace
        /// A record of the trace lacks lines, or its lines contradict its size. The offset is that of the first wrong
        /// line in the file.
        case damagedTrace(offset: Int)
        /// The transfers in the trace ran at the same time, and separating them requires more than this number of
        /// bytes.
        case parallelTransfers(limit: Int)
        /// The path names a FIFO, a socket or a device, but only files are accepted.
        case notRegularFile
    }

    /// Creates an error.
    public init(name: String, cause: Cause) {
        self.name = name
        self.cause = cause
    }

    init(name: String, systemCode: CInt) { self.init(name: name, cause: .system(code: systemCode)) }

    /// A description of the error, and of what to do about it, as a clause without the name.
    public var reason: String { cause.description }
}

extension CaptureError: CustomStringConvertible {
    /// A one-line description: the name and the reason.
    public var description: String { "\(name): \(reason)" }
}

extension CaptureError.Cause: CustomStringConvertible {
    /// A description of the error, and of what to do about it, as a clause.
    public var description: String {
        switch self {
        case .system(let code):
            // `strerror` returns a NUL-terminated string, which is copied here.
            unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        case .compressed(let compression):
            "the file is compressed (\(compression.name)); decompress it first: \(compression.decompressor) FILE"
        case .notTrace:
            "the file is not a curl trace; record one with curl --trace FILE, or omit --input trace"
        case .damagedTrace(let offset):
            "the trace is damaged at byte \(offset): lines are missing or altered; record it again"
        case .parallelTransfers(let limit):
            "the trace contains transfers that ran at the same time, with more than \(limit >> 20) MiB to sort; "
                + "record each transfer in its own file"
        case .notRegularFile: "it is not a regular file but a FIFO, a socket or a device; copy it to a file"
        }
    }
}

/// The compressed file formats that are recognized by their first bytes.
public enum Compression: String, Sendable, Hashable, CaseIterable {
    case gzip, zstd, bzip2, xz, zip

    /// The name of the format.
    public var name: String { rawValue }

    /// The command that writes the decompressed contents of a file to standard output.
    public var decompressor: String {
        switch self {
        case .gzip: "gzip -dc"
        case .zstd: "zstd -dc"
        case .bzip2: "bzip2 -dc"
        case .xz: "xz -dc"
        case .zip: "unzip -p"
        }
    }

    /// The first bytes of a file.
    private var magic: [UInt8] {
        switch self {
        // RFC 1952, section 2.3.1: ID1, ID2, and CM = 8, the only compression method in use.
        case .gzip: [0x1F, 0x8B, 0x08]
        // RFC 8878, section 3.1.1: the magic number, little-endian.
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        case .bzip2: Array("BZh".utf8)
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        case .zip: [0x50, 0x4B, 0x03, 0x04]
        }
    }

    /// The result of comparing the first bytes of a file.
    enum Match {
        case undecided, none
        case format(Compression)
    }

    /// Compares the first bytes of a file with those of all formats.
    static func match(_ bytes: RawSpan) -> Match {
        var result = Match.none
        for format in allCases {
            let magic = format.magic
            let count = min(magic.count, bytes.byteCount)
            guard (0..<count).allSatisfy({ bytes.byte(at: $0) == magic[$0] }) else { continue }
            if count == magic.count { return .format(format) }
            result = .undecided
        }
        return result
    }
}
