import ServerSentEvents

// Nearly all events of a stream look like this, byte by byte, up to the text itself and the padding:
//
//     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and"}      }
//
// Such data is compared with what is expected, a piece at a time, and never tokenised. Whatever is spelled otherwise, or
// is wrong, is left to the reader, which knows all of JSON and judges it; nothing here decides what an event means.

extension ContentBlockDelta {
    /// Reads the data of an event that is spelled as usual; nil for any other.
    @inline(__always)
    init?(usual data: RawSpan) {
        var offset = 0
        guard data.consume(#"{"type":"content_block_delta","index":"#, at: &offset) else { return nil }
        // Any index below ten; what follows a single digit shows that it is the whole number.
        let digit = data.byteOrZero(at: offset) &- UInt8(ascii: "0")
        offset &+= 1
        guard digit <= 9, data.consume(#","delta":{"type":""#, at: &offset) else { return nil }
        let delta: ContentDelta
        if data.consume(#"text_delta","text":""#, at: &offset) {
            guard let text = data.takeLastString(at: offset) else { return nil }
            delta = .text(text)
        } else if data.consume(#"input_json_delta","partial_json":""#, at: &offset) {
            guard let text = data.takeLastString(at: offset) else { return nil }
            delta = .inputJSON(text)
        } else if data.consume(#"thinking_delta","thinking":""#, at: &offset) {
            guard let text = data.takeLastString(at: offset) else { return nil }
            delta = .thinking(text)
        } else {
            return nil
        }
        self.init(index: Int(digit), delta: delta)
    }
}

extension RawSpan {
    /// Steps over `text` if it is what is at `offset`.
    ///
    /// - Precondition: `offset` is not negative.
    @inline(__always)
    fileprivate func consume(_ text: StaticString, at offset: inout Int) -> Bool {
        guard hasPrefix(text, at: offset) else { return false }
        offset &+= text.utf8CodeUnitCount
        return true
    }

    /// The string whose inside begins at `start`, if nothing but the ends of two objects and padding follows it.
    @inline(__always)
    fileprivate func takeLastString(at start: Int) -> String? {
        guard let string = JSONStringView(inside: self, from: start) else { return nil }
        // Behind the closing quotation mark.
        let end = start &+ string.raw.byteCount &+ 1
        guard byteOrZero(at: end) == UInt8(ascii: "}"), isPaddedEnd(from: end &+ 1) else { return nil }
        return string.makeString()
    }

    /// Whether spaces and one brace are all that is left.
    @inline(__always)
    private func isPaddedEnd(from start: Int) -> Bool {
        let last = byteCount &- 1
        guard byteOrZero(at: last) == UInt8(ascii: "}") else { return false }
        return isSpaces(from: start, to: last)
    }
}
