import ServerSentEvents

// Nearly all events of a stream have data like this, byte by byte, but for the text and the padding:
//
//     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and"}      }
//
// Such data is compared with what is expected, a piece at a time, and not tokenised: its beginning is known, and so is
// its end, where the string is looked for. How long string and padding are is the only thing that differs from one event
// to the next, and no branch depends on it. Whatever is spelled otherwise, or is wrong, is left to `JSONReader`, which
// knows all of JSON and finds the fault.

/// A delta that brings more of a block's text, whatever kind of text: nearly every event of a stream.
struct UsualDelta {
    /// The index of the block.
    var index: Int
    /// The kind of block whose text it is.
    var kind: BlockKind
    /// Whether U+FFFD may stand in the text on the wire.
    var mayHaveReplacements: Bool
    /// What it brings.
    var text: String

    /// Reads the data of an event that is spelled as usual; nil for any other.
    ///
    /// A function of its own: made a part of the loop over the frames, it leaves that too few registers.
    @inline(never)
    init?(_ data: RawSpan) {
        var offset = 0
        guard data.consume(#"{"type":"content_block_delta","index":"#, at: &offset),
            let index = data.consumeIndex(at: &offset), data.consume(#","delta":{"type":""#, at: &offset)
        else { return nil }
        if data.consume(#"text_delta","text":""#, at: &offset) {
            kind = .text
        } else if data.consume(#"input_json_delta","partial_json":""#, at: &offset) {
            kind = .toolUse
        } else if data.consume(#"thinking_delta","thinking":""#, at: &offset) {
            kind = .thinking
        } else {
            return nil
        }
        var mayHaveReplacements = false
        guard let text = data.lastString(from: offset, &mayHaveReplacements) else { return nil }
        self.index = index
        self.text = text
        self.mayHaveReplacements = mayHaveReplacements
    }

    /// The delta as an event; nil if blocks of its kind have none.
    @inline(__always)
    var event: MessageStreamEvent? {
        switch kind {
        case .text: .contentBlockDelta(ContentBlockDelta(index: index, delta: .text(text)))
        case .toolUse: .contentBlockDelta(ContentBlockDelta(index: index, delta: .inputJSON(text)))
        case .thinking: .contentBlockDelta(ContentBlockDelta(index: index, delta: .thinking(text)))
        case .whole, .unknown: nil
        }
    }
}

extension RawSpan {
    /// Steps over `text` if that is what stands at `offset`.
    @inline(__always)
    fileprivate func consume(_ text: StaticString, at offset: inout Int) -> Bool {
        let end = offset &+ text.utf8CodeUnitCount
        guard end <= byteCount, extracting(offset..<end).equals(text) else { return false }
        offset = end
        return true
    }

    /// Steps over a number of up to three digits, behind which no digit stands.
    @inline(__always)
    fileprivate func consumeIndex(at offset: inout Int) -> Int? {
        var digit = byteOrZero(at: offset) &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        var index = Int(digit)
        offset &+= 1
        digit = byteOrZero(at: offset) &- UInt8(ascii: "0")
        while digit <= 9 {
            // RFC 8259, section 6: no digit follows a leading zero.
            guard index > 0, index < 100 else { return nil }
            index = index &* 10 &+ Int(digit)
            offset &+= 1
            digit = byteOrZero(at: offset) &- UInt8(ascii: "0")
        }
        return index
    }

    /// The string whose inside begins at `start`, if the ends of two objects and nothing else follow it.
    ///
    /// - Parameter mayHaveReplacements: Set if the string has U+FFFD, or bytes of it.
    /// - Precondition: At least 16 bytes stand before `start`.
    @inline(__always)
    fileprivate func lastString(from start: Int, _ mayHaveReplacements: inout Bool) -> String? {
        let last = byteCount &- 1
        // The closing quotation mark, if all is as usual.
        let end = last &- 2 &- spaces(before: last)
        guard end >= start, byteOrZero(at: last) == UInt8(ascii: "}"), byteOrZero(at: end) == UInt8(ascii: "\""),
            byteOrZero(at: end &+ 1) == UInt8(ascii: "}")
        else { return nil }
        guard isPlain(from: start, to: end, &mayHaveReplacements) else {
            return unescapedString(from: start, to: end, &mayHaveReplacements)
        }
        return String(copyingUTF8: extracting(start..<end))
    }

    /// How many spaces stand before `end`; of more than 16, the last 16.
    ///
    /// - Precondition: At least 16 bytes stand before `end`.
    @inline(__always)
    private func spaces(before end: Int) -> Int {
        let (head, tail) = ByteWord.pair(of: block(at: end &- 16))
        let tailBits = (tail ^ ByteWord.every(0x20)).leadingZeroBitCount
        let headBits = (head ^ ByteWord.every(0x20)).leadingZeroBitCount
        return (tailBits &+ (tailBits == 64 ? headBits : 0)) &>> 3
    }

    /// Whether the inside of a string has no escape, no quotation mark and nothing that is forbidden there.
    ///
    /// - Precondition: At least 16 bytes stand before `end`.
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
        // Bytes before the string may be among the last ones; they are ASCII in any event that gets this far.
        let (firstLeads, lastLeads) = ByteWord.pair(of: leads)
        mayHaveReplacements = firstLeads | lastLeads != 0 && extracting(start..<end).replacementCharacterCount > 0
        // The last bytes, and perhaps others before them: those of the string's beginning, which count no more.
        let (head, tail) = StringStop.hits(in: last)
        let foreign = max(0, 16 &- (end &- start))
        let ownHead = head & (UInt64.max << UInt64(8 &* foreign))
        let ownTail = tail & (UInt64.max << UInt64(8 &* max(0, foreign &- 8)))
        return ownHead | ownTail == 0
    }

    /// The string between two offsets, which has escapes; nil if they are not its limits.
    @inline(never)
    private func unescapedString(from start: Int, to end: Int, _ mayHaveReplacements: inout Bool) -> String? {
        let raw = extracting(start..<end)
        return raw.withUnescaped { utf8, string in
            mayHaveReplacements = string.hasReplacementEscape || (!string.isASCII && raw.replacementCharacterCount > 0)
            return String(copyingUTF8: utf8)
        }
    }
}
