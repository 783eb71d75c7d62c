import StreamReplay
import TestSupport

/// The members that a ``RecordReader`` or a ``TarReader`` reports.
struct ReadMembers: MemberSink, Equatable {
    enum Entry: Equatable {
        case member(key: [UInt8], bytes: [UInt8], MemberProblem?)
        case rejected(MemberProblem)
    }

    private(set) var entries: [Entry] = []
    private var current: (key: [UInt8], bytes: [UInt8])?
    /// Whether the calls violated the order of the protocol.
    private(set) var isOutOfOrder = false

    mutating func begin(_ key: [UInt8]) {
        if current != nil { isOutOfOrder = true }
        current = (key, [])
    }

    mutating func receive(_ bytes: RawSpan) {
        if current == nil || bytes.isEmpty { isOutOfOrder = true }
        current?.bytes += [UInt8](copyOf: bytes)
    }

    mutating func end(_ problem: MemberProblem?) {
        guard let (key, bytes) = current else { return isOutOfOrder = true }
        entries.append(.member(key: key, bytes: bytes, problem))
        current = nil
    }

    mutating func reject(_ problem: MemberProblem) {
        if current != nil { isOutOfOrder = true }
        entries.append(.rejected(problem))
    }

    static func == (a: Self, b: Self) -> Bool { a.entries == b.entries && a.isOutOfOrder == b.isOutOfOrder }

    /// Reads records in chunks that end at `cuts`.
    static func records(_ input: [UInt8], cuts: some Sequence<Int> = []) -> ReadMembers {
        var members = ReadMembers()
        var reader = RecordReader()
        pieces(of: input, cuts) { reader.receive($0, &members) }
        reader.finish(&members)
        if members.current != nil { members.isOutOfOrder = true }
        return members
    }

    /// Reads an archive in chunks that end at `cuts`.
    static func tar(_ input: [UInt8], cuts: some Sequence<Int> = []) -> ReadMembers {
        var members = ReadMembers()
        var reader = TarReader()
        pieces(of: input, cuts) { reader.receive($0, &members) }
        reader.finish(&members)
        if members.current != nil { members.isOutOfOrder = true }
        return members
    }

    private static func pieces(of input: [UInt8], _ cuts: some Sequence<Int>, _ body: (RawSpan) -> Void) {
        var start = 0
        for end in Array(cuts) + [input.count] {
            let piece = Array(input[start..<end])
            // `UInt8` has no padding bytes.
            body(unsafe piece.span.bytes)
            start = end
        }
    }
}
