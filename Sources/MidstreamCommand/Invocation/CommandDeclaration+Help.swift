extension CommandDeclaration {
    /// The columns of a line of the help.
    static let lineWidth = 79

    /// The text of `midstream NAME --help`.
    var help: String {
        var sections = ["\(summary.prefix(1).uppercased())\(summary.dropFirst())."]
        let lines = usage.map { "midstream \(name) \($0)" }
        sections.append(
            lines.enumerated().map { $0 == 0 ? "usage: \($1)" : "       \($1)" }.joined(separator: "\n")
        )
        if !details.isEmpty { sections.append(details) }
        sections += optionSections
        if !examples.isEmpty {
            let lines = examples.map { "  \($0.command)\n      \($0.meaning)" }
            sections.append("examples:\n" + lines.joined(separator: "\n"))
        }
        sections.append("exit status: \(exitStatus)")
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// The options under their headings, in the order in which the headings first appear.
    private var optionSections: [String] {
        let all = options + [.help]
        var headings: [String] = []
        for option in all where !headings.contains(option.section) { headings.append(option.section) }
        let width = all.map { $0.title.utf8.count }.filter { $0 <= Self.titleLimit }.max() ?? 0
        return headings.map { heading in
            let lines = all.filter { $0.section == heading }.map { Self.row($0.title, $0.help, width: width) }
            return "\(heading):\n" + lines.joined(separator: "\n")
        }
    }

    /// The maximum length of a title with the help on the same line. For a longer title, the help begins on the next
    /// line.
    private static let titleLimit = 26

    /// A title, and the text beside it, broken into lines.
    static func row(_ title: String, _ text: String, width: Int) -> String {
        let indent = String(repeating: " ", count: width + 4)
        let lines = WordWrap.lines(text, width: lineWidth - indent.utf8.count)
        let first =
            title.utf8.count > width
            ? "  \(title)\n\(indent)"
            : "  \(title)\(String(repeating: " ", count: width + 2 - title.utf8.count))"
        return first + lines.joined(separator: "\n\(indent)")
    }
}

extension CommandOption {
    /// The names and the value, as in `-o, --output FILE`.
    fileprivate var title: String {
        names.joined(separator: ", ") + (value.map { isValueOptional ? "[=\($0)]" : " \($0)" } ?? "")
    }
}

/// The text of `midstream --help`.
enum Overview {
    static func text(_ commands: [CommandDeclaration]) -> String {
        let width = commands.map(\.title.utf8.count).max() ?? 0
        let rows = commands.map { CommandDeclaration.row($0.title, $0.summary, width: width) }
        let nameWidth = commands.map(\.name.utf8.count).max() ?? 0
        let options = commands.filter { !$0.options.isEmpty }.map { command in
            CommandDeclaration.row(command.name, command.options.map(\.name).joined(separator: " "), width: nameWidth)
        }
        return """
            Shows what happened in captured Messages API streams, and why they failed.

            usage: midstream COMMAND [options] ...
                   midstream COMMAND --help           explain a command, with examples
                   midstream --version                print the version

            commands:
            \(rows.joined(separator: "\n"))

            options:
            \(options.joined(separator: "\n"))

            exit status: \(ExitStatus.help)

            """
    }
}

extension CommandDeclaration {
    /// The name and the operands, for the list of commands.
    fileprivate var title: String {
        let operands = (usage.first ?? "").split(separator: " ").filter { $0 != "[options]" }.joined(separator: " ")
        return operands.isEmpty ? name : "\(name) \(operands)"
    }
}
