/// The completion script for zsh.
enum ZshCompletion {
    static func script(_ commands: [CommandDeclaration]) -> String {
        let descriptions = commands.map { quote("\($0.name):\($0.summary.replacing(":", with: "\\:"))") }
        return """
            #compdef midstream
            # Completes the words of midstream in zsh: source <(midstream completions zsh)

            _midstream() {
                local -a commands
                commands=(
            \(descriptions.map { "        \($0)" }.joined(separator: "\n"))
                    'help:explain a command'
                )
                if (( CURRENT == 2 )); then
                    _describe -t commands command commands
                    [[ $PREFIX == -* ]] && compadd -- --help --version
                    return
                fi
                local command=$words[2]
                shift words
                (( CURRENT-- ))
                case $command in
            \(commands.map(branch).joined(separator: "\n"))
                    help) _describe -t commands command commands ;;
                esac
            }

            if [[ $funcstack[1] == _midstream ]]; then
                _midstream "$@"
            else
                compdef _midstream midstream
            fi

            """
    }

    /// The branch of a command.
    private static func branch(_ command: CommandDeclaration) -> String {
        let specifications = (command.options + [.help]).map(specification)
        let operands = quote("*:argument:\(action(command.operands))")
        let lines = (specifications + [operands]).map { "            \($0)" }
        return "        \(command.name))\n            _arguments -S : \\\n\(lines.joined(separator: " \\\n")) ;;"
    }

    /// The `_arguments` specification of an option.
    private static func specification(_ option: CommandOption) -> String {
        let help = option.help.flatMap { "[]:\\".contains($0) ? "\\\($0)" : "\($0)" }
        // One name excludes the others of the same option, which takes its value in the same word or in the next.
        return option.names.map { name in
            let excluded = option.names.count > 1 ? "(\(option.names.joined(separator: " ")))" : ""
            guard let value = option.value else { return quote("\(excluded)\(name)[\(String(help))]") }
            let sign = name.hasPrefix("--") ? "=" : "+"
            return quote("\(excluded)\(name)\(sign)[\(String(help))]:\(value):\(action(option.completion))")
        }.joined(separator: " ")
    }

    private static func action(_ completion: Completion) -> String {
        switch completion {
        case .nothing: " "
        case .files: "_files"
        case .fileReference: "{compset -P @ && _files}"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
    }

    private static func quote(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
