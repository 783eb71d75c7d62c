import MessageStream

/// A command of the program, such as `replay`. Its file contains its declaration, its typed arguments, and its
/// behavior.
protocol Subcommand: SendableMetatype {
    static var declaration: CommandDeclaration { get }

    /// Parses the words after the command.
    init(_ words: CommandWords) throws(UsageError)

    /// Runs the command.
    ///
    /// - Returns: The exit status.
    func run() -> CInt
}

/// The action that a command line requests.
enum Request {
    case run(any Subcommand)
    /// Print this text.
    case show(String)

    /// Parses a command line, without the program name.
    init(_ words: [Word], commands: [any Subcommand.Type]) throws(UsageError) {
        guard let first = words.first?.text else { throw UsageError(message: "no command given") }
        let rest = words.dropFirst()
        switch first {
        case "--version": self = .show(Version.line + "\n")
        case "--help", "-h": self = .show(Overview.text(commands.map { $0.declaration }))
        case "help":
            guard let name = rest.first?.text, name != "help", !name.hasPrefix("-") else {
                self = .show(Overview.text(commands.map { $0.declaration }))
                return
            }
            self = .show(try Self.command(name, among: commands).declaration.help)
        default:
            let command = try Self.command(first, among: commands)
            let declaration = command.declaration
            switch try declaration.parse(rest) {
            case .help: self = .show(declaration.help)
            case .words(let words):
                do throws(UsageError) {
                    self = .run(try command.init(words))
                } catch {
                    throw UsageError(message: error.message, command: declaration.name)
                }
            }
        }
    }

    private static func command(
        _ name: String,
        among commands: [any Subcommand.Type]
    ) throws(UsageError) -> any Subcommand.Type {
        if let command = commands.first(where: { $0.declaration.name == name }) { return command }
        if name.hasPrefix("-") {
            let shown = CommandOption.displayName(name)
            let suggestion = NearestWord.suggestion(for: shown, among: ["--help", "--version"])
            let advice = suggestion.isEmpty ? "; the command comes first, then its options" : suggestion
            throw UsageError(message: "unknown option '\(shown)'\(advice)")
        }
        let shown = Excerpt.shorten(name)
        let suggestion = NearestWord.suggestion(for: name, among: commands.map { $0.declaration.name } + ["help"])
        throw UsageError(message: "unknown command '\(shown)'\(suggestion)")
    }
}
