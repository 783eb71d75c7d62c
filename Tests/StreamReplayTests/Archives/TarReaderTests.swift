import Foundation
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Tar archives.
@Suite(.takesTurns) struct TarReaderTests {
    private typealias Entry = ReadMembers.Entry
    private typealias Header = WrittenTar.Header

    private static func member(_ key: String, _ bytes: String, _ problem: MemberProblem? = nil) -> Entry {
        .member(key: Array(key.utf8), bytes: Array(bytes.utf8), problem)
    }

    /// Writes an archive, and reads it in many chunkings.
    private static func expect(
        _ expected: [Entry],
        isEnded: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ write: (inout WrittenTar) -> Void
    ) {
        var tar = WrittenTar()
        write(&tar)
        if isEnded { tar.end() }
        let bytes = tar.bytes
        let chunkings = [.whole, .fixed(1), .fixed(100), .fixed(512), .fixed(513), Chunking.random(seed: 1, upTo: 700)]
        for chunking in chunkings {
            let members = ReadMembers.tar(bytes, cuts: chunking.cuts(count: bytes.count))
            #expect(members.entries == expected && !members.isOutOfOrder, sourceLocation: sourceLocation)
        }
    }

    // MARK: Members

    @Test func files() {
        let long = String(repeating: "x", count: 1500)
        let blocks = String(repeating: "y", count: 1024)
        Self.expect([
            Self.member("a", "abc"), Self.member("d/empty", ""), Self.member("long", long),
            Self.member("blocks", blocks),
        ]) { tar in
            tar.add("a", "abc")
            tar.add("d/empty", "")
            tar.add("long", long)
            tar.add("blocks", blocks)
        }
    }

    @Test func emptyArchives() {
        Self.expect([]) { _ in }
        Self.expect([], isEnded: false) { _ in }
        // One block of zeros is not the end.
        Self.expect([Self.member("a", "x")], isEnded: false) { tar in
            tar.add(raw: [UInt8](repeating: 0, count: 512))
            tar.add("a", "x")
        }
        // Anything after the end is ignored.
        Self.expect([Self.member("a", "x")]) { tar in
            tar.add("a", "x")
            tar.end()
            tar.add("b", "y")
            tar.add(raw: [1, 2, 3])
        }
    }

    @Test(arguments: ["1", "2", "3", "4", "5", "6"] as [Unicode.Scalar])
    func linksAndDirectories(_ type: Unicode.Scalar) {
        Self.expect([Self.member("a", "x"), Self.member("b", "y")]) { tar in
            tar.add("a", "x")
            // Its size is ignored.
            tar.add(Header("other", size: 700, type: type))
            tar.add("b", "y")
        }
    }

    /// Members of vendor types have data, which are skipped with them.
    @Test(arguments: ["g", "K", "D", "V", "M"] as [Unicode.Scalar])
    func otherTypes(_ type: Unicode.Scalar) {
        let data = Array("12 comment=x\n".utf8)
        Self.expect([Self.member("a", "x")]) { tar in
            tar.add(Header("other", size: data.count, type: type), data)
            tar.add("a", "x")
        }
    }

    @Test func regularTypes() {
        for type in ["0", "7", "\u{0}", "z"] as [Unicode.Scalar] {
            Self.expect([Self.member("a", "x")]) { $0.add(Header("a", size: 1, type: type), [0x78]) }
        }
        // In old archives, a directory is a file whose name ends with a slash.
        Self.expect([]) { $0.add(Header("d/", size: 0, type: "\u{0}")) }
    }

    // MARK: Names

    @Test func prefixes() {
        Self.expect([Self.member("some/folder/a", "x"), Self.member("a", "y")]) { tar in
            var header = Header("a", size: 1)
            header.prefix = Array("some/folder".utf8)
            tar.add(header, [0x78])
            // GNU tar has other fields there.
            header.magic = Array("ustar  \u{0}".utf8)
            tar.add(header, [0x79])
        }
        // A name may fill its field.
        let full = String(repeating: "n", count: 100)
        Self.expect([Self.member(full, "x")]) { $0.add(full, "x") }
    }

    @Test func longNames() {
        let name = String(repeating: "d/", count: 400) + "a"
        Self.expect([Self.member(name, "x"), Self.member("b", "y")]) { tar in
            let data = Array(name.utf8) + [0]
            tar.add(Header("././@LongLink", size: data.count, type: "L"), data)
            tar.add("cut", "x")
            tar.add("b", "y")
        }
        Self.expect([Self.member(name, "x"), Self.member("b", "y")]) { tar in
            tar.add(records: [("mtime", Array("1.5".utf8)), ("path", Array(name.utf8))])
            tar.add("cut", "x")
            tar.add("b", "y")
        }
        // The extended header takes precedence.
        Self.expect([Self.member("pax", "x")]) { tar in
            tar.add(Header("././@LongLink", size: 3, type: "L"), Array("gnu".utf8))
            tar.add(records: [("path", Array("pax".utf8))])
            tar.add("cut", "x")
        }
        // The header of a directory does not apply to the next file.
        Self.expect([Self.member("a", "x")]) { tar in
            tar.add(records: [("path", Array("d/".utf8))])
            tar.add(Header("d/", size: 0, type: "5"))
            tar.add("a", "x")
        }
    }

    @Test func namesThatAreNotUTF8() {
        var header = Header("", size: 0)
        header.name = [0xFF, 0x0A, 0xC3]
        var tar = WrittenTar()
        tar.add(header)
        #expect(ReadMembers.tar(tar.bytes).entries == [.member(key: [0xFF, 0x0A, 0xC3], bytes: [], nil)])
    }

    // MARK: Sizes

    @Test func sizes() {
        var tar = WrittenTar()
        var header = Header("a", size: 3)
        header.size = Header.base256(3)
        tar.add(header, Array("abc".utf8))
        // Spaces before and after the digits.
        header.size = Array("         3 \u{0}".utf8)
        tar.add(header, Array("def".utf8))
        tar.add(records: [("size", Array("4".utf8))])
        tar.add(Header("a", size: 0), Array("wxyz".utf8))
        tar.end()
        let texts = ["abc", "def", "wxyz"]
        #expect(ReadMembers.tar(tar.bytes).entries == texts.map { Self.member("a", $0) })
    }

    /// An invalid size makes the member unreadable. The reader then searches for the next header.
    @Test(
        arguments: [
            Array("00000000x00\u{0}".utf8), [0xFF] + [UInt8](repeating: 0xFF, count: 11),
            [0x80] + [UInt8](repeating: 0xFF, count: 11), Array("-0000000001\u{0}".utf8),
        ] as [[UInt8]]
    )
    func invalidSizes(_ size: [UInt8]) {
        Self.expect([Self.member("a", "", .invalidSize), Self.member("b", "x")]) { tar in
            var header = Header("a", size: 0)
            header.size = size
            tar.add(header)
            tar.add("b", "x")
        }
    }

    @Test func hugeSizes() {
        for size in [Int.max, Int.max - 600, 1 << 40] {
            Self.expect([Self.member("a", "xyz", .cut(missingBytes: size - 3))], isEnded: false) { tar in
                var header = Header("a", size: 0)
                header.size = Header.base256(size)
                tar.add(header)
                tar.add(raw: Array("xyz".utf8))
            }
            // Skipped.
            Self.expect([.rejected(.cut(missingBytes: size - 3))], isEnded: false) { tar in
                var header = Header("a", size: 0, type: "V")
                header.size = Header.base256(size)
                tar.add(header)
                tar.add(raw: Array("xyz".utf8))
            }
        }
    }

    // MARK: Extended headers

    @Test(arguments: [
        "9 path=a", "x path=a\n", "99 path=a\n", "2 \n", "1", "-9 path=a\n", "9 path a\n", "0 path=a\n",
        "10 size=x1\n", "99999999999999999999 path=a\n",
    ])
    func malformedExtendedHeaders(_ text: String) {
        let data = Array(text.utf8)
        Self.expect([Self.member("a", "", .invalidExtendedHeader), Self.member("b", "y")]) { tar in
            tar.add(Header("x", size: data.count, type: "x"), data)
            tar.add("a", "x")
            tar.add("b", "y")
        }
    }

    @Test func largeExtendedHeaders() {
        let data = WrittenTar.record("comment", [UInt8](repeating: 0x63, count: 1 << 20))
        var tar = WrittenTar()
        tar.add(Header("x", size: data.count, type: "x"), data)
        tar.add("a", "x")
        tar.add("b", "y")
        #expect(
            ReadMembers.tar(tar.bytes).entries == [Self.member("a", "", .invalidExtendedHeader), Self.member("b", "y")]
        )
    }

    @Test func sparseFiles() {
        // With a map in the header, and with two more blocks of it.
        Self.expect([Self.member("a", "", .sparse), Self.member("b", "y")]) { tar in
            tar.add(Header("a", size: 3, type: "S"), Array("abc".utf8))
            tar.add("b", "y")
        }
        Self.expect([Self.member("a", "", .sparse), Self.member("b", "y")]) { tar in
            var header = Header("a", size: 3, type: "S")
            header.patches = [(482, [1])]
            tar.add(header)
            for hasMore: UInt8 in [1, 0] {
                var map = [UInt8](repeating: 0x37, count: 512)
                map[504] = hasMore
                tar.add(raw: map)
            }
            tar.add(raw: WrittenTar.padded(Array("abc".utf8)))
            tar.add("b", "y")
        }
        Self.expect([Self.member("real", "", .sparse), Self.member("b", "y")]) { tar in
            tar.add(records: [("GNU.sparse.major", [0x31]), ("GNU.sparse.name", Array("real".utf8))])
            tar.add("GNUSparseFile.0/a", "2\n0\n0\n")
            tar.add("b", "y")
        }
    }

    // MARK: Damage

    @Test func checksums() {
        Self.expect([Self.member("\u{E9}", "x")]) { tar in
            var header = Header("\u{E9}", size: 1)
            header.hasSignedChecksum = true
            tar.add(header, [0x78])
        }
        // The next header is found after any number of blocks; the damage is reported once.
        Self.expect([Self.member("a", "x"), .rejected(.notArchive(offset: 1024)), Self.member("c", "z")]) { tar in
            tar.add("a", "x")
            var header = Header("b", size: 1500)
            header.checksum = Array("1234567\u{0}".utf8)
            tar.add(header, [UInt8](repeating: 0x79, count: 1500))
            tar.add("c", "z")
        }
        // Zeros in the data of the damaged member are not the end.
        Self.expect([.rejected(.notArchive(offset: 0)), Self.member("c", "z")]) { tar in
            tar.add(raw: [UInt8](repeating: 0x31, count: 512) + [UInt8](repeating: 0, count: 2048))
            tar.add("c", "z")
        }
    }

    @Test func foreignInput() {
        let text = Array(String(repeating: "captures/one.sse\n", count: 100).utf8)
        #expect(ReadMembers.tar(text).entries == [.rejected(.notArchive(offset: 0))])
        #expect(ReadMembers.tar(Array("short".utf8)).entries == [.rejected(.headerCut(offset: 0))])
        for count in [20, 600] {
            let gzip: [UInt8] = [0x1F, 0x8B, 0x08] + [UInt8](repeating: 7, count: count)
            #expect(ReadMembers.tar(gzip).entries == [.rejected(.compressed(.gzip))])
        }
    }

    /// An archive cut at any byte gives the members before the cut, and the error.
    @Test func cuts() {
        var tar = WrittenTar()
        tar.add("a", "abc")
        tar.add(records: [("path", Array("longer".utf8))])
        tar.add("b", String(repeating: "y", count: 600))
        let bytes = tar.bytes
        // Where the parts end: header, data, padding; extended header, records, padding; header, data, padding.
        for end in Sweep.sample(0..<bytes.count, inDebug: 400) {
            let members = ReadMembers.tar(Array(bytes[..<end]))
            #expect(!members.isOutOfOrder)
            let last = members.entries.last
            switch end {
            case 0: #expect(last == nil)
            case ..<512: #expect(last == .rejected(.headerCut(offset: 0)))
            case ..<515:
                #expect(last == Self.member("a", String("abc".prefix(end - 512)), .cut(missingBytes: 515 - end)))
            case ...1024: #expect(last == Self.member("a", "abc"))
            case ..<2560:
                guard case .rejected(.headerCut)? = last else { return #expect(Bool(false), "\(end)") }
            case ..<3160:
                let bytes = String(repeating: "y", count: end - 2560)
                #expect(last == Self.member("longer", bytes, .cut(missingBytes: 3160 - end)))
            default: #expect(last == Self.member("longer", String(repeating: "y", count: 600)))
            }
        }
    }

    /// Blocks of any bytes give the same members in any chunks.
    @Test func hostileInput() {
        var random = SeededRandom(seed: 6)
        for _ in 0..<60 {
            var tar = WrittenTar()
            for _ in 0..<random.number(1...5) {
                switch random.number(0...4) {
                case 0: tar.add(raw: random.bytes(512))
                case 1: tar.add(raw: [UInt8](repeating: 0, count: 512))
                case 2: tar.add(records: [("path", random.bytes(5))])
                default:
                    let type = random.one(of: ["0", "5", "L", "x", "g", "S", "K"] as [Unicode.Scalar])
                    tar.add(Header("n", size: random.number(0...900), type: type), random.bytes(random.number(0...900)))
                }
            }
            let bytes = tar.bytes
            let whole = ReadMembers.tar(bytes)
            #expect(!whole.isOutOfOrder)
            for chunking in [Chunking.fixed(1), .fixed(511), .random(seed: 2, upTo: 900)] {
                #expect(ReadMembers.tar(bytes, cuts: chunking.cuts(count: bytes.count)) == whole)
            }
        }
    }

    // MARK: Real archives

    /// The archives of the system's tar, in each format that it writes.
    @Test(arguments: ["gnu", "pax", "ustar", "v7", "oldgnu", "posix"])
    func realArchives(_ format: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "midstream-tar-\(UUID())")
        let files = folder.appending(path: "files")
        try FileManager.default.createDirectory(at: files.appending(path: "d"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var contents = ["a": "abc", "d/empty": "", "d/b": String(repeating: "b", count: 2000)]
        if format != "v7", format != "ustar" { contents[String(repeating: "n", count: 180)] = "long" }
        for (name, text) in contents { try Data(text.utf8).write(to: files.appending(path: name)) }
        try FileManager.default.createSymbolicLink(
            at: files.appending(path: "link"),
            withDestinationURL: files.appending(path: "a")
        )
        let archive = folder.appending(path: "archive.tar")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["tar", "--format=\(format)", "-cf", archive.path, "-C", files.path, "."]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        // Only GNU tar has these formats.
        guard process.terminationStatus == 0 else { return }
        let members = ReadMembers.tar([UInt8](try Data(contentsOf: archive)))
        var read: [String: String] = [:]
        for entry in members.entries {
            guard case .member(let key, let bytes, nil) = entry else {
                Issue.record("\(entry)")
                continue
            }
            read[String(decoding: key, as: UTF8.self)] = String(decoding: bytes, as: UTF8.self)
        }
        // A link to a file is not a file.
        #expect(read == Dictionary(uniqueKeysWithValues: contents.map { ("./\($0.key)", $0.value) }))
    }
}
