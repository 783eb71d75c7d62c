import MessageStream

/// The raw bytes around a failure.
extension ReportPage {
    static func writeFault(_ failure: ResponseReport.Failure, _ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        let window = failure.window
        html.section(level, id: "\(entry.id)-fault", "The bytes around the failure") { html in
            guard !window.bytes.isEmpty else {
                return html.element("p", "The body is empty.")
            }
            let fault = FaultRange(failure, isEnd: window.end == entry.response.bodyBytes)
            html.element("p", fault.description(of: window))
            let isText = FaultRange.looksLikeText(window)
            html.element("pre", ["class": "dump", "tabindex": "0", "aria-label": "Bytes of the body"]) { html in
                if isText { writeText(window, fault, to: &html) } else { writeHexadecimal(window, fault, to: &html) }
            }
        }
    }

    /// Writes the bytes as text, with the offset of each line.
    private static func writeText(_ window: ByteWindow, _ fault: FaultRange, to html: inout HTMLWriter) {
        let pieces = VisibleText.pieces(window.bytes, after: window.context, isCut: !fault.reachesEnd)
        var start = 0
        while start < pieces.count {
            let end = pieces[start...].firstIndex { $0.piece == .named("\\n") }.map { $0 + 1 } ?? pieces.count
            let isLastLine = end == pieces.count && pieces[end - 1].piece != .named("\\n")
            writeLine(window.offset + pieces[start].offset, fault, to: &html) { html in
                let line = pieces[start..<end]
                let isMarked = line.map { fault.range.contains(window.offset + $0.offset) }
                for (isMarked, run) in line.runs(isMarked) {
                    if isMarked { html.element("mark") { $0.pieces(run) } } else { html.pieces(run) }
                }
                if isLastLine, fault.isAtEnd { writeEnd(to: &html) }
            }
            start = end
        }
        if fault.isAtEnd, window.bytes.last == 0x0A { writeLine(window.end, fault, to: &html, writeEnd) }
    }

    private static func writeEnd(to html: inout HTMLWriter) { html.element("mark", "◀ the body ends here") }

    private static func writeLine(
        _ offset: Int,
        _ fault: FaultRange,
        to html: inout HTMLWriter,
        _ contents: (inout HTMLWriter) -> Void
    ) {
        html.element("span", ["class": "line"]) { html in
            html.element("span", ["class": "offset"], Units.number(offset))
            html.text(" ")
            contents(&html)
            html.text("\n")
        }
    }

    /// Writes the bytes as hexadecimal numbers, 16 to a line.
    private static func writeHexadecimal(_ window: ByteWindow, _ fault: FaultRange, to html: inout HTMLWriter) {
        let bytes = window.bytes.prefix(512)
        for start in stride(from: 0, to: bytes.count, by: 16) {
            writeLine(window.offset + start, fault, to: &html) { html in
                for (index, byte) in bytes[start..<min(start + 16, bytes.count)].enumerated() {
                    let text = VisibleText.hexadecimal(UInt32(byte), digits: 2)
                    if fault.range.contains(window.offset + start + index) {
                        html.element("mark", text)
                    } else {
                        html.text(text)
                    }
                    html.text(index == 7 ? "  " : " ")
                }
            }
        }
        if fault.isAtEnd, bytes.count == window.bytes.count { writeLine(window.end, fault, to: &html, writeEnd) }
    }
}

extension ArraySlice<(offset: Int, piece: VisibleText.Piece)> {
    /// The pieces in runs of equal marks.
    fileprivate func runs(_ marks: [Bool]) -> [(isMarked: Bool, pieces: [VisibleText.Piece])] {
        var runs: [(isMarked: Bool, pieces: [VisibleText.Piece])] = []
        for (element, isMarked) in zip(self, marks) {
            if runs.last?.isMarked == isMarked {
                runs[runs.count - 1].pieces.append(element.piece)
            } else {
                runs.append((isMarked, [element.piece]))
            }
        }
        return runs
    }
}

extension HTMLWriter {
    /// Appends the characters of received bytes.
    fileprivate mutating func pieces(_ pieces: [VisibleText.Piece]) {
        for piece in pieces {
            switch piece {
            case .plain(let text): self.text(text)
            case .named(let name): element("span", ["class": "named"], name)
            }
        }
    }
}

/// Which bytes are at fault.
private struct FaultRange {
    /// The bytes of the fault, if known: those of the frame.
    let range: Range<Int>
    /// Whether nothing follows the shown bytes.
    let reachesEnd: Bool
    /// Whether the fault is the end of the body.
    let isAtEnd: Bool

    init(_ failure: ResponseReport.Failure, isEnd: Bool) {
        let window = failure.window
        reachesEnd = isEnd
        isAtEnd = isEnd && failure.byteOffset == window.end
        guard failure.byteOffset >= window.offset, failure.byteOffset < window.end else {
            range = window.end..<window.end
            return
        }
        let bytes = window.bytes[(failure.byteOffset - window.offset)...]
        range = failure.byteOffset..<(window.offset + Self.endOfFrame(bytes))
    }

    /// The end of the first frame: after the line break before its blank line.
    private static func endOfFrame(_ bytes: ArraySlice<UInt8>) -> Int {
        var isLineEmpty = true
        for index in bytes.indices {
            switch bytes[index] {
            case 0x0A, 0x0D:
                let isSecondOfPair = bytes[index] == 0x0A && index > bytes.startIndex && bytes[index - 1] == 0x0D
                if isSecondOfPair { continue }
                if isLineEmpty, index > bytes.startIndex { return index }
                isLineEmpty = true
            default: isLineEmpty = false
            }
        }
        return bytes.endIndex
    }

    func description(of window: ByteWindow) -> String {
        let shown = "The dump shows bytes \(Units.number(window.offset)) to \(Units.number(window.end)) of the body"
        if isAtEnd { return "\(shown), up to its end." }
        if range.isEmpty { return "\(shown). The fault is not among them." }
        let length = Units.count(range.count, "byte")
        return "\(shown). The fault begins at byte \(Units.number(range.lowerBound)); \(length) are marked."
    }

    /// Whether the bytes are mostly text. Bytes with a secret are shown as text, in which it is masked.
    static func looksLikeText(_ window: ByteWindow) -> Bool {
        let pieces = VisibleText.pieces(window.bytes, after: window.context, isCut: true)
        let names = pieces.compactMap { if case .named(let name) = $0.piece { name } else { nil } }
        if names.contains(String(String.UnicodeScalarView(Excerpt.mark))) { return true }
        return names.count { !["\\n", "\\r", "\\t"].contains($0) } * 5 <= pieces.count
    }
}
