/// `midstream completions`: the completion scripts for shells.
struct CompletionsCommand: Subcommand {
    private enum Shell: String, CaseIterable {
        case bash, zsh
    }

    private let shell: Shell

    static let declaration = CommandDeclaration(
        name: "completions",
        summary: "print the completion script for a shell",
        usage: ["bash|zsh"],
        options: [],
        operands: .words(Shell.allCases.map(\.rawValue)),
        examples: [
            CommandExample("source <(midstream completions bash)", "enable completion in the current bash"),
            CommandExample(
                "midstream completions zsh > ~/.zfunc/_midstream",
                "in zsh, for a folder in fpath, before compinit runs"
            ),
        ],
        exitStatus: "0; 64 usage; 74 standard output cannot be written"
    )

    init(_ words: CommandWords) throws(UsageError) {
        let known = Shell.allCases.map(\.rawValue)
        guard words.operands.count == 1, let name = words.operands.first?.text else {
            throw UsageError(message: "completions takes one shell: \(known.joined(separator: " or "))")
        }
        guard let shell = Shell(rawValue: name) else {
            let suggestion = NearestWord.suggestion(for: name, among: known)
            let advice = suggestion.isEmpty ? "; use \(known.joined(separator: " or "))" : suggestion
            throw UsageError(message: "unknown shell '\(name.shortened(to: 40))'\(advice)")
        }
        self.shell = shell
    }

    func run() -> CInt {
        let declarations = CommandList.all.map { $0.declaration }
        var output = Output.standardOutput
        switch shell {
        case .bash: output.write(BashCompletion.script(declarations))
        case .zsh: output.write(ZshCompletion.script(declarations))
        }
        output.flush()
        return ExitStatus.complete
    }
}
