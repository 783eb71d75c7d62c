import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Lists of names.
@Suite(.takesTurns) struct NameSplitterTests {
    private func names(_ list: [UInt8], separator: UInt8 = 0x0A, cuts: [Int] = []) -> [NameSplitter.Name] {
        var splitter = NameSplitter(separator: separator)
        var names: [NameSplitter.Name] = []
        var start = 0
        for end in cuts + [list.count] {
            let piece = Array(list[start..<end])
            names += splitter.receive(unsafe piece.span.bytes)
            start = end
        }
        if let last = splitter.finish() { names.append(last) }
        return names
    }

    private func texts(_ list: String, separator: UInt8 = 0x0A) -> [String] {
        names(Array(list.utf8), separator: separator).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func lines() {
        #expect(texts("") == [])
        #expect(texts("a\nb c\n") == ["a", "b c"])
        #expect(texts("a\nb") == ["a", "b"])
        #expect(texts("\n\na\n") == ["", "", "a"])
        // Lists from other systems end their lines in CRLF.
        #expect(texts("a\r\n\r\nb\r\nc\rd\n") == ["a", "", "b", "c\rd"])
        #expect(texts("a\r\nb\r") == ["a", "b"])
        #expect(texts("a\r\0", separator: 0) == ["a\r"])
        #expect(texts("a\nb\0c\n\0", separator: 0) == ["a\nb", "c\n"])
    }

    @Test func anySplit() {
        let list = Array("one\r\n\ntwo\n three \nfour".utf8)
        let whole = names(list)
        for chunking in Chunking.all(count: list.count) {
            #expect(names(list, cuts: chunking.cuts(count: list.count)) == whole)
        }
    }

    @Test func longNames() {
        let limit = MemberKey.limit
        for count in [limit - 1, limit, limit + 1, 3 * limit] {
            let list = [UInt8](repeating: 0x61, count: count) + Array("\nb\n".utf8)
            for cuts in [[], [1], [limit], [count]] {
                let names = names(list, cuts: cuts)
                #expect(names.count == 2)
                #expect(names[0].bytes.count == min(count, limit) && names[0].isCut == (count > limit))
                #expect(names[1] == NameSplitter.Name(bytes: [0x62]))
            }
        }
    }
}
