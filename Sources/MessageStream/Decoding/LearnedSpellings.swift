import ServerSentEvents

// In a stream, nearly every event equals the one before it except for one string. This file remembers the bytes around
// that string, together with the result of decoding them, and compares the data of the next event with them, a vector at a
// time:
//
//     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and"}      }
//     └──────────────────────────────── head ────────────────────────────────────┘    └┘└────┘
//                                                                                  tail  padding
//
// If head and tail match, and the bytes between them are the inside of a JSON string, the event is decoded. Any
// spelling is fast after its first event or two, regardless of the order of its members, its whitespace and its unknown
// members.
//
// Why this is exact. A JSON text is read from left to right. How the rest is read depends on the state of the reader and on
// the remaining bytes, and on nothing else.
//
//  1. Equal heads leave the reader in the same state: in a string, after its opening quotation mark, in the same member of
//     the same objects.
//  2. The bytes of the string contain no unescaped quotation mark, no control character and only well-formed escapes. They
//     leave that state unchanged, and add nothing to the result but the value of this string.
//  3. The tail begins with the closing quotation mark. Equal tails, read from the same state, give the same rest of the
//     result. Padding is whitespace between the last two tokens, which adds nothing.
//
// So the two results differ in the value of one string. It is the value of the member that holds the text, and the last one
// of that name, so decoding only copies it. The decoded events therefore differ in their text alone.
//
// A value that decoding ignores, such as a sequence number, may differ as well, if it is a scalar of the same kind: it is a
// *gap* in the head or the tail. The name that the event stream gives the event is compared too, if the data has no type.

/// The spellings of the last few deltas, and a decoder for the next delta with one of these spellings.
struct LearnedSpellings: Sendable {
    /// At most `capacity` spellings.
    private var spellings: [DeltaSpelling] = []
    /// The spelling of the last delta.
    private var last = 0
    /// The number of deltas since the last one in a known spelling.
    private var misses = 0
    /// The spelling to replace next.
    private var oldest = 0

    /// Enough for three kinds of alternating blocks. A larger capacity makes a miss more expensive.
    private static var capacity: Int { 4 }
    /// After `patience` misses in a row, only one in `period` deltas is learned, and only the expected spelling is
    /// compared: the stream may never repeat a spelling.
    private static var patience: Int { 8 }
    private static var period: Int { 32 }

    /// Whether the last delta was in a known spelling.
    var hasLearned: Bool { misses == 0 && !spellings.isEmpty }

    /// Reads an event that is a delta in a known spelling; `nil` for any other event.
    ///
    /// Not inlined, because it would leave too few registers for the loop over the frames.
    @inline(never)
    mutating func read(_ data: RawSpan, name: RawSpan) -> StringDelta? {
        guard !spellings.isEmpty else { return nil }
        // Alternating blocks mostly keep their order.
        let expected = spellings[last].successor
        if let delta = spellings[expected].read(data, name: name) {
            last = expected
            misses = 0
            return delta
        }
        return readUnexpected(data, name: name, except: expected)
    }

    @inline(never)
    private mutating func readUnexpected(_ data: RawSpan, name: RawSpan, except expected: Int) -> StringDelta? {
        guard misses <= Self.patience else { return nil }
        for index in spellings.indices where index != expected {
            if let delta = spellings[index].read(data, name: name) {
                follow(with: index)
                misses = 0
                return delta
            }
        }
        return nil
    }

    private mutating func follow(with index: Int) {
        spellings[last].successor = index
        last = index
    }

    /// Learns the spelling of a delta that ``read(_:name:)`` did not read.
    @inline(never)
    mutating func learn(_ layout: DeltaLayout, _ data: RawSpan, name: RawSpan) {
        misses &+= 1
        guard misses <= Self.patience || misses % Self.period == 0,
            var spelling = DeltaSpelling(layout, data, name: name)
        else { return }
        if let index = spellings.firstIndex(where: { spelling.hasSameFrame(as: $0) }) {
            // This is the second event that differs only in ignored values. From now on, these values are gaps.
            spelling = spelling.withGaps(whereItDiffersFrom: spellings[index])
            spellings[index] = spelling
            follow(with: index)
        } else if spellings.count < Self.capacity {
            spelling.successor = spellings.count
            spellings.append(spelling)
            follow(with: spellings.count - 1)
        } else {
            spelling.successor = oldest
            spellings[oldest] = spelling
            follow(with: oldest)
            oldest = (oldest + 1) % Self.capacity
        }
    }
}

/// The parts of a delta's data that may differ in the next delta.
struct DeltaLayout {
    var index: Int
    var kind: BlockKind
    /// The inside of the delta's string.
    var text: Range<Int>
    /// The ignored scalars.
    var scalars: IgnoredScalars
    /// Whether the data has no type, so that the name of the event determines what it is.
    var dependsOnName: Bool
}

/// The locations of a few values that decoding ignores: the digits of natural numbers and the insides of plain strings.
/// Any further values are part of the spelling.
struct IgnoredScalars: Sendable {
    private var ranges: (Range<Int>, Range<Int>, Range<Int>, Range<Int>) = (0..<0, 0..<0, 0..<0, 0..<0)
    private(set) var count = 0

    /// Adds a value after the others, if there is room for it.
    mutating func append(_ range: Range<Int>) {
        switch count {
        case 0: ranges.0 = range
        case 1: ranges.1 = range
        case 2: ranges.2 = range
        case 3: ranges.3 = range
        default: return
        }
        count += 1
    }

    /// The locations of the values once the bytes of `removed`, which contains none of them, are removed from the data.
    func removing(_ removed: Range<Int>) -> Self {
        var scalars = Self()
        for position in 0..<count {
            let range = self[position]
            let offset = range.lowerBound < removed.lowerBound ? 0 : removed.count
            scalars.append(range.lowerBound - offset..<range.upperBound - offset)
        }
        return scalars
    }

    subscript(position: Int) -> Range<Int> {
        switch position {
        case 0: ranges.0
        case 1: ranges.1
        case 2: ranges.2
        default: ranges.3
        }
    }
}

/// The spelling of the deltas of one kind, for the block of one index.
private struct DeltaSpelling: Sendable {
    /// Bytes next to a gap.
    private struct Part: Sendable {
        /// Whether the gap is the inside of a string rather than a number.
        var gapIsString: Bool
        var bytes: BytePattern
    }

    private let index: Int
    private let kind: BlockKind
    /// The name of the event, if the meaning of the data depends on it.
    private let name: [UInt8]?
    /// The bytes before the text up to the first gap, then each gap with the bytes after it.
    private let head: BytePattern
    private let headParts: [Part]
    /// The bytes between the last gap and the padding, then, backward, each gap with the bytes before it.
    private let tail: BytePattern
    private let tailParts: [Part]
    /// Whether the data ends with a brace, so that it may be padded.
    private let isPadded: Bool

    /// The data without its text, and the places of the text and of the ignored values.
    private let frame: [UInt8]
    private let textOffset: Int
    private let scalars: IgnoredScalars
    /// The ignored values that are gaps, one bit each.
    private let gaps: UInt8
    /// The position of the expected spelling of the next delta.
    var successor = 0

    /// The maximum length of the data without its text, in bytes.
    private static var limit: Int { 1024 }

    /// - Returns: `nil` if the data is too long, or has U+FFFD outside the text, which must be reported each time.
    init?(_ layout: DeltaLayout, _ data: RawSpan, name: RawSpan) {
        let beginning = data.extracting(..<layout.text.lowerBound)
        let end = data.extracting(layout.text.upperBound...)
        guard beginning.byteCount &+ end.byteCount <= Self.limit, beginning.replacementCharacterCount == 0,
            end.replacementCharacterCount == 0
        else { return nil }
        var frame: [UInt8] = []
        frame.reserveCapacity(beginning.byteCount &+ end.byteCount)
        frame.append(copying: beginning)
        frame.append(copying: end)
        var ownName: [UInt8]?
        if layout.dependsOnName {
            ownName = []
            ownName?.append(copying: name)
        }
        self.init(
            index: layout.index,
            kind: layout.kind,
            name: ownName,
            frame: frame,
            textOffset: layout.text.lowerBound,
            scalars: layout.scalars.removing(layout.text),
            gaps: 0
        )
    }

    private init(
        index: Int,
        kind: BlockKind,
        name: [UInt8]?,
        frame: [UInt8],
        textOffset: Int,
        scalars: IgnoredScalars,
        gaps: UInt8
    ) {
        self.index = index
        self.kind = kind
        self.name = name
        self.frame = frame
        self.textOffset = textOffset
        self.scalars = scalars
        self.gaps = gaps
        isPadded = frame.last == UInt8(ascii: "}")
        var end = frame.count
        if isPadded {
            end -= 1
            if end >= 16 { end -= frame.rawBytes.spaces(before: end) }
        }
        // The fixed bytes are between these offsets.
        var bounds: [(start: Int, end: Int, isString: Bool)] = []
        for position in 0..<scalars.count where gaps & (1 << UInt8(position)) != 0 {
            let range = scalars[position]
            bounds.append((range.lowerBound, range.upperBound, frame[range.lowerBound - 1] == UInt8(ascii: "\"")))
        }
        let before = bounds.filter { $0.start < textOffset }
        let after = bounds.filter { $0.start >= textOffset }
        func pattern(_ start: Int, _ end: Int) -> BytePattern { BytePattern(frame.rawBytes.extracting(start..<end)) }
        head = pattern(0, before.first?.start ?? textOffset)
        var headParts: [Part] = []
        for (position, gap) in before.enumerated() {
            let next = position + 1 < before.count ? before[position + 1].start : textOffset
            headParts.append(Part(gapIsString: gap.isString, bytes: pattern(gap.end, next)))
        }
        self.headParts = headParts
        tail = pattern(after.last?.end ?? textOffset, end)
        var tailParts: [Part] = []
        for (position, gap) in after.enumerated().reversed() {
            let previous = position > 0 ? after[position - 1].end : textOffset
            tailParts.append(Part(gapIsString: gap.isString, bytes: pattern(previous, gap.start)))
        }
        self.tailParts = tailParts
    }

    /// Reads the data of an event, if it has this spelling.
    ///
    /// `mutating`, so that a spelling is read in place: the optimizer copies a borrowed element of an array.
    @inline(__always)
    mutating func read(_ data: RawSpan, name: RawSpan) -> StringDelta? {
        var end = data.byteCount
        guard end > 16 else { return nil }
        if isPadded {
            end &-= 1
            guard data.byteOrZero(at: end) == UInt8(ascii: "}") else { return nil }
            end &-= data.spaces(before: end)
        }
        var start = head.count
        end &-= tail.count
        // At least 16 bytes precede the end of the text.
        guard start <= end, end >= 16, head.matches(data, at: 0), tail.matches(data, at: end) else { return nil }
        if gaps != 0, !skipGaps(data, &start, &end) { return nil }
        if let ownName = self.name, !ownName.rawBytes.hasSameBytes(as: name) { return nil }
        var mayHaveReplacements = false
        guard let text = data.string(from: start, to: end, &mayHaveReplacements) else { return nil }
        return StringDelta(index: index, kind: kind, mayHaveReplacements: mayHaveReplacements, text: text)
    }

    /// Skips the gaps and the fixed bytes around them, toward the text.
    ///
    /// - Returns: Whether they match, and at least 16 bytes precede the end of the text.
    @inline(never)
    private mutating func skipGaps(_ data: RawSpan, _ start: inout Int, _ end: inout Int) -> Bool {
        for part in headParts {
            start = part.gapIsString ? data.endOfPlainString(from: start) : data.endOfNaturalNumber(from: start)
            guard part.bytes.matches(data, at: start) else { return false }
            start &+= part.bytes.count
        }
        for part in tailParts {
            end = part.gapIsString ? data.startOfPlainString(to: end) : data.startOfNaturalNumber(to: end)
            end &-= part.bytes.count
            guard part.bytes.matches(data, at: end) else { return false }
        }
        return start <= end && end >= 16
    }

    // MARK: Learning

    /// Whether another spelling differs at most in ignored values.
    func hasSameFrame(as other: Self) -> Bool {
        guard index == other.index, kind == other.kind, scalars.count == other.scalars.count,
            name.map({ own in other.name.map { $0.elementsEqual(own) } ?? false }) ?? (other.name == nil)
        else { return false }
        var start = 0
        var otherStart = 0
        for position in 0..<scalars.count {
            guard
                frame[start..<scalars[position].lowerBound]
                    .elementsEqual(other.frame[otherStart..<other.scalars[position].lowerBound])
            else { return false }
            start = scalars[position].upperBound
            otherStart = other.scalars[position].upperBound
        }
        return textOffset - start == other.textOffset - otherStart
            && frame[start...].elementsEqual(other.frame[otherStart...])
    }

    /// The same spelling with a gap for each ignored value that differs in `other`.
    func withGaps(whereItDiffersFrom other: Self) -> Self {
        var gaps = other.gaps
        for position in 0..<scalars.count
        where !frame[scalars[position]].elementsEqual(other.frame[other.scalars[position]]) {
            gaps |= 1 << UInt8(position)
        }
        var spelling = Self(
            index: index,
            kind: kind,
            name: name,
            frame: frame,
            textOffset: textOffset,
            scalars: scalars,
            gaps: gaps
        )
        spelling.successor = other.successor
        return spelling
    }
}

extension RawSpan {
    // If there is no such value, these functions return an offset without a quotation mark or punctuation next to it. The
    // fixed bytes, which begin or end with one of these, then do not match.

    /// The offset after the natural number at `start`.
    fileprivate func endOfNaturalNumber(from start: Int) -> Int {
        var end = start
        while byteOrZero(at: end) &- UInt8(ascii: "0") <= 9 { end &+= 1 }
        return isNaturalNumber(from: start, to: end) ? end : byteCount
    }

    /// The offset of the natural number that ends at `end`.
    fileprivate func startOfNaturalNumber(to end: Int) -> Int {
        var start = end
        while byteOrZero(at: start &- 1) &- UInt8(ascii: "0") <= 9 { start &-= 1 }
        return isNaturalNumber(from: start, to: end) ? start : 0
    }

    /// RFC 8259, section 6: no digit follows a leading zero.
    private func isNaturalNumber(from start: Int, to end: Int) -> Bool {
        start < end && (byteOrZero(at: start) != UInt8(ascii: "0") || end == start &+ 1)
    }

    /// The offset of the first byte at or after `start` that a plain string does not contain.
    fileprivate func endOfPlainString(from start: Int) -> Int {
        var end = start
        while byteOrZero(at: end).isPlainInString { end &+= 1 }
        return end
    }

    /// The offset after the last byte before `end` that a plain string does not contain.
    fileprivate func startOfPlainString(to end: Int) -> Int {
        var start = end
        while byteOrZero(at: start &- 1).isPlainInString { start &-= 1 }
        return start
    }
}

extension UInt8 {
    /// Whether the byte needs no escape in a string and is not the first byte of U+FFFD.
    fileprivate var isPlainInString: Bool {
        self >= 0x20 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\") && self != 0xEF
    }
}
