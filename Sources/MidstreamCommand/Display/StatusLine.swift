/// The line below the text that shows what has arrived while the command waits.
///
/// ## Theory of operation
///
/// The line is temporary: it is shown only while nothing else is written, and erased before any other output. If the
/// cursor is at the start of a line, the status appears on that line, otherwise on the next one. In both cases, the
/// cursor then returns to its position.
///
/// At the right margin, a terminal cannot restore the cursor position, so the line is not shown there.
struct StatusLine {
    /// The position of the line on the screen.
    private enum Place {
        /// → `here` or `below`, by `show`.
        case hidden
        /// On the line of the cursor. → `hidden`, by `hide`.
        case here
        /// On the next line. → `hidden`, by `hide`.
        case below
    }

    private var place = Place.hidden
    /// The columns that the text of the current line occupies, before the terminal wraps it.
    private var column = 0

    /// Receives text that is written.
    mutating func receive(_ text: String) {
        let line = text.utf8.lastIndex(of: UInt8(ascii: "\n")).map { text[text.utf8.index(after: $0)...] }
        column = line.map { Self.advance(0, over: $0) } ?? Self.advance(column, over: text[...])
    }

    private static func advance(_ column: Int, over text: Substring) -> Int {
        // A tab moves to the next multiple of eight.
        text.unicodeScalars.reduce(column) { $1 == "\t" ? ($0 / 8 + 1) * 8 : $0 + $1.columns }
    }

    /// Returns the bytes that show a text in place of the previous one.
    ///
    /// - Parameter width: The columns of the terminal.
    mutating func show(_ text: String, width: Int) -> String {
        let isAtMargin = column > 0 && column % width == 0
        guard width >= 10, !isAtMargin else { return hide() }
        let erasure = hide()
        place = column == 0 ? .here : .below
        let line = TextColor.faint.apply(to: WordWrap.lines(text, width: width - 1)[0])
        // IND and RI ensure that there is a next line, and keep the column.
        return erasure + (place == .here ? Self.keepingCursor(line) : "\u{1B}D\u{1B}M" + Self.onNextLine(line))
    }

    /// Returns the bytes that erase the line if it is visible.
    mutating func hide() -> String {
        defer { place = .hidden }
        // EL erases to the end of the line.
        return switch place {
        case .hidden: ""
        case .here: "\u{1B}[K"
        case .below: Self.onNextLine("\u{1B}[K")
        }
    }

    private static func onNextLine(_ text: String) -> String { keepingCursor("\u{1B}[B\r" + text) }

    /// DECSC and DECRC save and restore the position of the cursor.
    private static func keepingCursor(_ text: String) -> String { "\u{1B}7\(text)\u{1B}8" }

    /// The text of the line.
    static func text(events: Int, bytes: Int, silence: Duration, since: String) -> String {
        let time = silence < .seconds(60) ? Self.tenths(silence) : Units.time(silence)
        if bytes == 0 { return "\(time) without a byte" }
        return "\(Units.count(events, "event")) · \(Units.bytes(bytes)) · \(time) since the last \(since)"
    }

    /// A short duration with one decimal digit, so that the line does not jump.
    private static func tenths(_ duration: Duration) -> String {
        let tenths = Int(duration / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
