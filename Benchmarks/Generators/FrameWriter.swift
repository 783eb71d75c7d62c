internal import ServerSentEvents

/// Writes the frames of a Messages stream as they appear on the wire, and counts them.
///
///     event: content_block_delta⏎
///     data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and"}      }⏎
///     ⏎
///
/// The spaces before the last brace are the padding that the service adds, 0 to 15 of them. In a spelling other than
/// the service's own, the data is rewritten, as a gateway does.
struct FrameWriter {
    private var writer: EventStreamWriter
    private var eventCount = 0
    private var dataByteCount = 0
    /// The data of the current event.
    private var data: [UInt8] = []
    private var paddings: SplitMix64
    private var speller: Speller?

    init(spelling: Spelling, lineEnd: LineEnd, seed: UInt64) {
        writer = EventStreamWriter(lineEnd: lineEnd.written)
        paddings = SplitMix64(seed: seed)
        speller = spelling == .api ? nil : Speller(spelling, seed: seed)
    }

    /// The number of bytes written so far.
    var byteCount: Int { writer.bytes.count }

    /// Ends the stream.
    ///
    /// - Returns: The stream, and what it contains.
    consuming func end() -> GeneratedStream {
        GeneratedStream(
            bytes: writer.removeBytes(),
            eventCount: eventCount,
            dataByteCount: dataByteCount,
            // Of the type, of the data, and of the blank line.
            lineFeedCount: 3 * eventCount
        )
    }

    /// Writes a frame whose data is an object of the given type; `fields` appends the rest of its members.
    mutating func frame(_ type: StaticString, _ fields: (inout FrameWriter) -> Void = { _ in }) {
        frame(event: type) { writer in
            writer.append(#"{"type":""#)
            writer.append(type)
            writer.append(#"""#)
            fields(&writer)
            writer.appendPadding()
            writer.append("}")
        }
    }

    /// Writes a `ping`, which has a space after its colon and no padding.
    mutating func ping() {
        frame(event: "ping") { $0.append(#"{"type": "ping"}"#) }
    }

    private mutating func frame(event: StaticString, appendData: (inout FrameWriter) -> Void) {
        data.removeAll(keepingCapacity: true)
        appendData(&self)
        if let spelled = speller?.spell(data[...]) { data = spelled }
        do throws(EventStreamWriterError) {
            try writer.event(Array(event.description.utf8), data: data)
        } catch {
            preconditionFailure("the generated data is one line of JSON: \(error)")
        }
        dataByteCount += data.count
        eventCount += 1
    }

    private mutating func appendPadding() {
        for _ in 0..<paddings.next(below: 16) {
            data.append(0x20)
        }
    }
}

// MARK: - Parts of the data

extension FrameWriter {
    /// Appends JSON bytes unchanged.
    mutating func append(_ json: StaticString) {
        json.withUTF8Buffer { unsafe data.append(contentsOf: $0) }  // unsafe: a static string is always valid
    }

    /// Appends a number.
    mutating func append(_ number: Int) {
        if number >= 10 { append(number / 10) }
        data.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Appends a JSON string with the text in `utf8`.
    ///
    /// Escapes only what JSON requires; with `escapesNonASCII`, also everything outside ASCII, as `\u` and four digits
    /// for each UTF-16 code unit.
    mutating func appendString(_ utf8: [UInt8], escapesNonASCII: Bool = false) {
        data.append(UInt8(ascii: "\""))
        if escapesNonASCII {
            for unit in String(decoding: utf8, as: UTF8.self).utf16 {
                if unit < 0x80 { appendEscaped(UInt8(unit)) } else { appendHexadecimal(unit) }
            }
        } else {
            for byte in utf8 { appendEscaped(byte) }
        }
        data.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(#"\""#)
        case UInt8(ascii: "\\"): append(#"\\"#)
        case 0x0A: append(#"\n"#)
        case 0x09: append(#"\t"#)
        case ..<0x20: appendHexadecimal(UInt16(byte))
        default: data.append(byte)
        }
    }

    private mutating func appendHexadecimal(_ unit: UInt16) {
        append(#"\u"#)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xF
            data.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
