/// A delta with one string: more of a block's text, thinking or input. Nearly every event of a stream is one.
struct StringDelta {
    /// The index of the block.
    var index: Int
    /// The kind of block that it continues.
    var kind: BlockKind
    /// Whether the text may contain U+FFFD as received.
    var mayHaveReplacements: Bool
    /// The string, decoded.
    var text: String

    /// The delta as an event; `nil` if blocks of its kind have no such deltas.
    @inline(__always)
    var event: MessageStreamEvent? {
        switch kind {
        case .text: .contentBlockDelta(ContentBlockDelta(index: index, delta: .text(text)))
        case .toolUse: .contentBlockDelta(ContentBlockDelta(index: index, delta: .inputJSON(text)))
        case .thinking: .contentBlockDelta(ContentBlockDelta(index: index, delta: .thinking(text)))
        case .withoutDeltas, .unknown: nil
        }
    }
}

extension StringDelta {
    /// The delta of an event; `nil` for any other event.
    init?(_ event: MessageStreamEvent) {
        guard case .contentBlockDelta(let delta) = event else { return nil }
        switch delta.delta {
        case .text(let text): self.init(index: delta.index, kind: .text, mayHaveReplacements: true, text: text)
        case .inputJSON(let text): self.init(index: delta.index, kind: .toolUse, mayHaveReplacements: true, text: text)
        case .thinking(let text): self.init(index: delta.index, kind: .thinking, mayHaveReplacements: true, text: text)
        case .signature, .citation, .other: return nil
        }
    }
}

extension ContentDelta {
    /// The kind of block that the delta continues with one string; `nil` for any other delta.
    var blockKind: BlockKind? {
        switch self {
        case .text: .text
        case .inputJSON: .toolUse
        case .thinking: .thinking
        case .signature, .citation, .other: nil
        }
    }
}

extension RawSpan {
    /// The string whose inside is the bytes from `start` to `end`; `nil` if these are not the inside of a string.
    ///
    /// - Parameter mayHaveReplacements: Set if U+FFFD may be in the string.
    /// - Precondition: At least 16 bytes precede `end`.
    @inline(__always)
    func string(from start: Int, to end: Int, _ mayHaveReplacements: inout Bool) -> String? {
        guard isPlain(from: start, to: end, &mayHaveReplacements) else {
            return unescapedString(from: start, to: end, &mayHaveReplacements)
        }
        return String(copyingUTF8: extracting(start..<end))
    }

    /// The number of spaces before `end`, at most 16.
    ///
    /// - Precondition: At least 16 bytes precede `end`.
    @inline(__always)
    func spaces(before end: Int) -> Int {
        let (head, tail) = ByteWord.pair(of: block(at: end &- 16))
        let tailBits = (tail ^ ByteWord.every(0x20)).leadingZeroBitCount
        let headBits = (head ^ ByteWord.every(0x20)).leadingZeroBitCount
        return (tailBits &+ (tailBits == 64 ? headBits : 0)) &>> 3
    }

    /// Whether the inside of a string has no escape, and nothing that is forbidden in a string.
    ///
    /// - Precondition: At least 16 bytes precede `end`.
    @inline(__always)
    private func isPlain(from start: Int, to end: Int, _ mayHaveReplacements: inout Bool) -> Bool {
        // The first byte of U+FFFD is 0xEF.
        let lead = SIMD16<UInt8>(repeating: 0xEF)
        let last = block(at: end &- 16)
        var leads: SIMDMask<SIMD16<Int8>> = last .== lead
        var offset = start
        while offset < end &- 16 {
            let block = block(at: offset)
            if StringStop(in: block).isHit { return false }
            leads = leads .| (block .== lead)
            offset &+= 16
        }
        // The last block may contain bytes that precede the string. These are ignored here, and at worst counted above.
        let (firstLeads, lastLeads) = ByteWord.pair(of: leads)
        mayHaveReplacements = firstLeads | lastLeads != 0 && extracting(start..<end).replacementCharacterCount > 0
        let (head, tail) = StringStop.hits(in: last)
        let precedingCount = max(0, 16 &- (end &- start))
        let ownHead = head & (UInt64.max << UInt64(8 &* precedingCount))
        let ownTail = tail & (UInt64.max << UInt64(8 &* max(0, precedingCount &- 8)))
        return ownHead | ownTail == 0
    }

    /// The string between two offsets, which has escapes; `nil` if it is malformed.
    @inline(never)
    private func unescapedString(from start: Int, to end: Int, _ mayHaveReplacements: inout Bool) -> String? {
        let raw = extracting(start..<end)
        return raw.withUnescaped { utf8, string in
            mayHaveReplacements = string.hasReplacementEscape || (!string.isASCII && raw.replacementCharacterCount > 0)
            return String(copyingUTF8: utf8)
        }
    }
}
