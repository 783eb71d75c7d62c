/// The declaration of a command: the single source of its help, its parsing and its completion scripts.
struct CommandDeclaration: Sendable {
    /// The command's name on the command line.
    let name: String
    /// The purpose of the command: a verb phrase on one line, without a period.
    let summary: String
    /// The text after `midstream NAME` in the usage lines. The first one also appears in the list of commands.
    let usage: [String]
    /// Further help: paragraphs, broken into lines of at most 79 columns.
    var details = ""
    let options: [CommandOption]
    /// How a shell completes operands.
    let operands: Completion
    let examples: [CommandExample]
    /// The help about the exit status, broken into lines.
    var exitStatus = ExitStatus.help

    /// The option with this name, as written on the command line.
    func option(_ name: String) -> CommandOption? { options.first { $0.names.contains(name) } }
}

/// An option of a command.
struct CommandOption: Sendable {
    /// The names as written on the command line, such as `-q` and `--quiet`. The last one identifies the option in the
    /// code and in messages.
    let names: [String]
    /// The name of the value in the help, or `nil` if the option takes no value.
    let value: String?
    /// Whether the value may be omitted. If so, it is accepted only after `=`.
    let isValueOptional: Bool
    /// A phrase that describes the option.
    let help: String
    /// How a shell completes the value.
    let completion: Completion
    /// The heading of the option in the help.
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

    /// The name that identifies the option.
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
    /// The command line.
    let command: String
    /// A phrase that describes it.
    let meaning: String

    init(_ command: String, _ meaning: String) {
        self.command = command
        self.meaning = meaning
    }
}
