/// The spelling of the data of events: the same members and values in different bytes.
package enum Spelling: String, CaseIterable, Sendable {
    /// As written by the API itself.
    case api
    /// A space after each colon and comma.
    case spaced
    /// The members of each object sorted by name.
    case sorted
    /// An additional member, always the same.
    case extra
    /// An additional member with a number that increases with each event.
    case numbered
    /// Each event in a different way: its members in any order, spaces between them, and an additional member.
    case mixed
}

/// Writes the data of events in another spelling.
struct Speller {
    private let spelling: Spelling
    private var random: SplitMix64
    private var number = 0

    init(_ spelling: Spelling, seed: UInt64) {
        self.spelling = spelling
        random = SplitMix64(seed: seed)
    }

    /// The same object in this spelling.
    ///
    /// - Parameter data: An object as written by ``FrameWriter``.
    mutating func spell(_ data: ArraySlice<UInt8>) -> [UInt8] {
        var rest = data
        guard case .object(var members) = JSONTree(reading: &rest) else { return Array(data) }
        switch spelling {
        case .api, .spaced, .sorted: break
        case .extra: members.append(JSONTree.member("served_by", #""gateway-eu-1""#))
        case .numbered: members.insert(JSONTree.member("sequence_number", String(number)), at: 1)
        case .mixed: members.append(JSONTree.member("x\(random.next(below: 1000))", #""y""#))
        }
        number += 1
        var bytes: [UInt8] = []
        write(.object(members), to: &bytes)
        return bytes
    }

    private mutating func write(_ tree: JSONTree, to bytes: inout [UInt8]) {
        switch tree {
        case .scalar(let text): bytes.append(contentsOf: text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { writeSeparator(",", to: &bytes) }
                write(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in order(members).enumerated() {
                if index > 0 { writeSeparator(",", to: &bytes) }
                bytes.append(contentsOf: member.name)
                writeSeparator(":", to: &bytes)
                write(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func order(_ members: [JSONTree.Member]) -> [JSONTree.Member] {
        switch spelling {
        case .api, .spaced, .extra, .numbered: return members
        case .sorted: return members.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        case .mixed:
            var rest = members
            var shuffled: [JSONTree.Member] = []
            while !rest.isEmpty { shuffled.append(rest.remove(at: random.next(below: rest.count))) }
            return shuffled
        }
    }

    private mutating func writeSeparator(_ separator: Unicode.Scalar, to bytes: inout [UInt8]) {
        let spaces: (before: Int, after: Int) =
            switch spelling {
            case .api, .sorted, .extra, .numbered: (0, 0)
            case .spaced: (0, 1)
            case .mixed: (random.next(below: 2), random.next(below: 3))
            }
        bytes.append(contentsOf: repeatElement(0x20, count: spaces.before))
        bytes.append(UInt8(ascii: separator))
        bytes.append(contentsOf: repeatElement(0x20, count: spaces.after))
    }
}

/// A JSON text that is known to be well-formed, as a tree. Names and scalars are kept as written.
private enum JSONTree {
    typealias Member = (name: [UInt8], value: JSONTree)

    case object([Member])
    case array([JSONTree])
    case scalar([UInt8])

    /// A member with a name that needs no escapes, and a scalar as written.
    static func member(_ name: String, _ scalar: String) -> Member {
        (name: Array("\"\(name)\"".utf8), value: .scalar(Array(scalar.utf8)))
    }

    /// Reads the value at the start of `text` and removes it.
    init(reading text: inout ArraySlice<UInt8>) {
        switch Self.first(of: &text) {
        case UInt8(ascii: "{"):
            text.removeFirst()
            var members: [Member] = []
            while Self.first(of: &text) != UInt8(ascii: "}") {
                if text.first == UInt8(ascii: ",") { text.removeFirst() }
                _ = Self.first(of: &text)
                let name = Self.removeScalar(&text)
                _ = Self.first(of: &text)
                // The colon.
                text.removeFirst()
                members.append((name: name, value: JSONTree(reading: &text)))
            }
            text.removeFirst()
            self = .object(members)
        case UInt8(ascii: "["):
            text.removeFirst()
            var elements: [JSONTree] = []
            while Self.first(of: &text) != UInt8(ascii: "]") {
                if text.first == UInt8(ascii: ",") { text.removeFirst() }
                elements.append(JSONTree(reading: &text))
            }
            text.removeFirst()
            self = .array(elements)
        default:
            self = .scalar(Self.removeScalar(&text))
        }
    }

    /// The first byte that is not a space. The spaces are removed.
    private static func first(of text: inout ArraySlice<UInt8>) -> UInt8 {
        while text.first == 0x20 { text.removeFirst() }
        return text.first!
    }

    private static func removeScalar(_ text: inout ArraySlice<UInt8>) -> [UInt8] {
        var end = text.startIndex + 1
        if text.first == UInt8(ascii: "\"") {
            while text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
            end += 1
        } else {
            while end < text.endIndex, !",]} ".utf8.contains(text[end]) { end += 1 }
        }
        defer { text = text[end...] }
        return Array(text[..<end])
    }
}
