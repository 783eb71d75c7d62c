/// What a command of the program says about itself, once: its help, the parsing of its words, and the completion scripts
/// are made from it.
struct CommandDeclaration: Sendable {
    /// The word on the command line.
    let name: String
    /// What the command does: a verb phrase without a period, on one line.
    let summary: String
    /// What follows `midstream NAME` in the usage lines. The first one also stands in the list of commands.
    let usage: [String]
    /// What the help says beyond the options: paragraphs, broken into lines of at most 79 columns.
    var details = ""
    let options: [CommandOption]
    /// How a shell completes the words that are not options.
    let operands: Completion
    let examples: [CommandExample]
    /// What the help says about the exit status, broken into lines.
    var exitStatus = ExitStatus.help

    /// The option with this name, as written on the command line.
    func option(_ name: String) -> CommandOption? { options.first { $0.names.contains(name) } }
}

/// An option of a command.
struct CommandOption: Sendable {
    /// The names as written on the command line, such as `-q` and `--quiet`. The last one stands for the option in the
    /// code and in messages.
    let names: [String]
    /// The name of the value in the help, or nil if the option takes none.
    let value: String?
    /// Whether the value may be omitted; it then follows only after `=`.
    let isValueOptional: Bool
    /// A phrase that says what the option does.
    let help: String
    /// How a shell completes the value.
    let completion: Completion
    /// The heading in the help under which the option stands.
    let section: String

    init(
        _ names: String...,
        value: String? = nil,
        help: String,
        completion: Completion = .nothing,
        section: String = "options"
    ) {
        self.names = names
        self.value = value
        isValueOptional = false
        self.help = help
        self.completion = completion
        self.section = section
    }

    /// Creates an option whose value may be omitted.
    init(_ name: String, optionalValue: String, help: String, completion: Completion, section: String = "options") {
        names = [name]
        value = optionalValue
        isValueOptional = true
        self.help = help
        self.completion = completion
        self.section = section
    }

    /// The name that stands for the option.
    var name: String { names.last ?? "" }

    /// `-h`, `--help`: every command has it.
    static let help = CommandOption("-h", "--help", help: "print this help")
}

/// How a shell completes a word.
enum Completion: Sendable {
    case nothing
    /// A path.
    case files
    /// A path after `@`.
    case fileReference
    case words([String])
}

/// An example in the help of a command.
struct CommandExample: Sendable {
    /// What to type.
    let command: String
    /// What it does: a phrase.
    let meaning: String

    init(_ command: String, _ meaning: String) {
        self.command = command
        self.meaning = meaning
    }
}
