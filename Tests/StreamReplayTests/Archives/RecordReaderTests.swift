import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Length-prefixed records.
@Suite(.takesTurns) struct RecordReaderTests {
    private typealias Entry = ReadMembers.Entry

    private static func record(_ key: String, _ bytes: [UInt8]) -> [UInt8] {
        Array("\(bytes.count) \(key)\n".utf8) + bytes
    }

    private static func member(_ key: String, _ bytes: String, _ problem: MemberProblem? = nil) -> Entry {
        .member(key: Array(key.utf8), bytes: Array(bytes.utf8), problem)
    }

    private static func entries(_ input: String) -> [Entry] { ReadMembers.records(Array(input.utf8)).entries }

    @Test(
        arguments: [
            ("", []),
            ("0 a\n", [member("a", "")]),
            ("3 a\nabc", [member("a", "abc")]),
            ("3 a\nabc0 b\n5 c d\n1\n2 x", [member("a", "abc"), member("b", ""), member("c d", "1\n2 x")]),
            // Line breaks between records.
            ("3 a\nabc\n\n3 b\nabc\n", [member("a", "abc"), member("b", "abc")]),
            // Keys may contain any bytes except a line break.
            ("1 \nx1  y \nx", [member("", "x"), member(" y ", "x")]),
            ("007 a\n1234567", [member("a", "1234567")]),
            // Shorter than stated.
            ("5 a\nabc", [member("a", "abc", .cut(missingBytes: 2))]),
            ("5 a\n", [member("a", "", .cut(missingBytes: 5))]),
            ("9223372036854775807 a\nabc", [member("a", "abc", .cut(missingBytes: .max - 3))]),
            // Longer than stated.
            ("2 a\nabcd\n1 b\nx", [member("a", "ab"), .rejected(.notRecord(offset: 6)), member("b", "x")]),
            (
                "2 a\nabcd\nmore 1 c\n\n1 b\nx",
                [member("a", "ab"), .rejected(.notRecord(offset: 6)), member("b", "x")]
            ),
            // Lines that are not headers.
            ("x", [.rejected(.headerCut(offset: 0))]),
            ("3", [.rejected(.headerCut(offset: 0))]),
            ("1 a\nx3 b", [member("a", "x"), .rejected(.headerCut(offset: 5))]),
            ("3\nabc", [.rejected(.notRecord(offset: 0))]),
            (" 3 a\nabc", [.rejected(.notRecord(offset: 0))]),
            ("-3 a\nabc", [.rejected(.notRecord(offset: 0))]),
            ("+3 a\nabc", [.rejected(.notRecord(offset: 0))]),
            ("0x3 a\nabc", [.rejected(.notRecord(offset: 0))]),
            ("3\ta\nabc", [.rejected(.notRecord(offset: 0))]),
            ("9223372036854775808 a\nabc", [.rejected(.notRecord(offset: 0))]),
            ("99999999999999999999999 a\nabc\n1 b\nx", [.rejected(.notRecord(offset: 0)), member("b", "x")]),
        ] as [(String, [Entry])]
    )
    private func examples(_ input: String, _ expected: [Entry]) {
        let bytes = Array(input.utf8)
        for chunking in Chunking.all(count: bytes.count, random: 3) {
            let members = ReadMembers.records(bytes, cuts: chunking.cuts(count: bytes.count))
            #expect(members.entries == expected && !members.isOutOfOrder)
        }
    }

    @Test func keysThatAreNotUTF8() {
        let key: [UInt8] = [0xFF, 0x00, 0xC3]
        let input = Array("1 ".utf8) + key + Array("\nx".utf8)
        #expect(ReadMembers.records(input).entries == [.member(key: key, bytes: [0x78], nil)])
    }

    /// A header without an end uses little memory, and is reported once.
    @Test func longHeaders() {
        let limit = MemberKey.limit
        let longest = [UInt8](repeating: 0x6B, count: limit)
        let whole = Array("1 ".utf8) + longest + Array("\nx".utf8)
        #expect(ReadMembers.records(whole).entries == [.member(key: longest, bytes: [0x78], nil)])
        for count in [limit + 1, limit + 30, 4 * limit] {
            let key = [UInt8](repeating: 0x6B, count: count)
            let input = Array("1 ".utf8) + key + Array("\n2 b\nxy".utf8)
            for cuts in [[], Array(stride(from: 1000, to: input.count, by: 1000))] {
                let entries = ReadMembers.records(input, cuts: cuts).entries
                #expect(entries == [.rejected(.notRecord(offset: 0)), Self.member("b", "xy")])
            }
        }
    }

    /// Records are read back as written, in any chunks.
    @Test func randomRecords() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<60 {
            var input: [UInt8] = []
            var expected: [Entry] = []
            for _ in 0..<random.number(0...6) {
                let key = random.bytes(random.number(0...6)).map { $0 == 0x0A ? 0x20 : $0 }
                let bytes = random.bytes(random.number(0...40))
                input += Array("\(bytes.count) ".utf8) + key + [0x0A] + bytes
                // The reader skips line breaks after a record, so the expectation does not contain them.
                if random.chance(30) { input.append(0x0A) }
                expected.append(.member(key: key, bytes: bytes, nil))
            }
            for chunking in Chunking.all(count: input.count, sizes: [1, 2, 7], splits: 20, random: 2) {
                let members = ReadMembers.records(input, cuts: chunking.cuts(count: input.count))
                #expect(members.entries == expected && !members.isOutOfOrder)
            }
        }
    }

    /// Any bytes give the same members in any chunks, and a record cut anywhere is reported as cut.
    @Test func hostileInput() {
        var random = SeededRandom(seed: 5)
        let alphabet = Array("0123 \nab".utf8)
        for _ in 0..<300 {
            let input = (0..<random.number(0...40)).map { _ in random.one(of: alphabet) }
            let whole = ReadMembers.records(input)
            #expect(!whole.isOutOfOrder)
            for chunking in [Chunking.fixed(1), .fixed(3), .split(input.count / 2)] {
                #expect(ReadMembers.records(input, cuts: chunking.cuts(count: input.count)) == whole)
            }
        }
        let input = Self.record("a", Array("0123456789".utf8))
        for end in 5..<input.count {
            let problem = MemberProblem.cut(missingBytes: input.count - end)
            let entries = ReadMembers.records(Array(input[..<end])).entries
            guard case .member(_, _, problem)? = entries.last else { return #expect(Bool(false)) }
        }
    }
}
