/// A line of the human-readable verdict.
enum VerdictLine {
    /// What happened. The prefix names the program, and the response if it is one of several.
    case headline(prefix: String, text: String, isGood: Bool)
    case detail(title: String, text: String)
    case note(prefix: String, text: String)

    /// The text without colors, on one line.
    var plain: String {
        switch self {
        case .headline(let prefix, let text, _): prefix + text
        case .detail(let title, let text): "  \(Self.pad(title))\(text)"
        case .note(let prefix, let text): "\(prefix)note: \(text)"
        }
    }

    private static func pad(_ title: String) -> String {
        title + String(repeating: " ", count: max(1, 10 - title.utf8.count))
    }

    /// The lines for a terminal.
    ///
    /// - Parameters:
    ///   - width: The columns of the terminal, or `nil` to keep lines unbroken.
    ///   - hasColors: Whether to use colors, and a colored bar at the left.
    func block(width: Int?, hasColors: Bool, isGood: Bool) -> [String] {
        let (head, text, indent, color): (String, String, Int, TextColor) =
            switch self {
            case .headline(let prefix, let text, let isGood): (prefix, text, 2, isGood ? .good : .bad)
            case .detail(let title, let text): ("  \(Self.pad(title))", text, 12, .faint)
            case .note(let prefix, let text): (prefix, "note: \(text)", 2, .note)
            }
        func safe(_ text: String) -> String { text.shortened(to: Output.lineLimit).forTerminal(keepingLines: false) }
        let bar = hasColors ? 2 : 0
        let room = width.map { max(2, $0 - bar) } ?? .max
        // A very narrow terminal has no room for indentation.
        let hanging = room >= 3 * indent ? indent : 0
        var lines: [String]
        if case .detail = self, hanging > 0 {
            // The title occupies the indentation of the first line.
            lines = WordWrap.lines(safe(text), width: room - hanging)
            lines[0] = head + lines[0]
        } else {
            lines = WordWrap.lines(safe(head + text), width: room - hanging)
        }
        let indentation = String(repeating: " ", count: hanging)
        lines = [lines[0]] + lines.dropFirst().map { indentation + $0 }
        guard hasColors else { return lines }
        return lines.enumerated().map { index, line in
            let mark = (isGood ? TextColor.good : .bad).apply(to: "▌")
            guard case .detail = self else { return "\(mark) \(color.apply(to: line))" }
            // Only the title is faint.
            guard index == 0, line.utf8.count > head.utf8.count else { return "\(mark) \(line)" }
            return "\(mark) \(color.apply(to: String(line.prefix(head.count))))\(line.dropFirst(head.count))"
        }
    }
}
