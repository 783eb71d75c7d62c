/// The completion script for bash, 3.2 or later.
///
/// bash splits words at `=`, so a value after `--name=` is a separate word. Where the script offers nothing, bash
/// completes file names, unless the script disables that.
enum BashCompletion {
    static func script(_ commands: [CommandDeclaration]) -> String {
        let names = commands.map(\.name) + ["help"]
        return """
            # Completes the words of midstream in bash: source <(midstream completions bash)

            _midstream_words() {
                local IFS=$' \\t\\n'
                COMPREPLY=($(compgen -W "$1" -- "$cur"))
                compopt +o default 2>/dev/null
            }

            _midstream() {
                local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} index
                COMPREPLY=()
                if [ "$COMP_CWORD" -eq 1 ]; then
                    _midstream_words '\((names + ["--help", "--version"]).joined(separator: " "))'
                    return
                fi
                for ((index = 2; index < COMP_CWORD; index++)); do
                    [ "${COMP_WORDS[index]}" = -- ] && return
                done
                if [ "$cur" = = ]; then
                    cur=
                elif [ "$before" = = ]; then
                    before=${COMP_WORDS[COMP_CWORD-2]}
                fi
                case ${COMP_WORDS[1]} in
            \(commands.map(branch).joined(separator: "\n"))
                help) _midstream_words '\(names.dropLast().joined(separator: " "))' ;;
                esac
            }

            complete -o default -F _midstream midstream

            """
    }

    /// The branch of a command.
    private static func branch(_ command: CommandDeclaration) -> String {
        let values = command.options.filter { $0.value != nil }.map { option in
            "        \(option.names.joined(separator: "|"))) \(action(option.completion)) return ;;"
        }
        let names = command.options.flatMap(\.names) + CommandOption.help.names
        var lines = ["    \(command.name))"]
        if !values.isEmpty { lines += ["        case $before in"] + values + ["        esac"] }
        lines.append("        case $cur in")
        lines.append("        -*) _midstream_words '\(names.joined(separator: " "))' ;;")
        lines.append("        *) \(action(command.operands)) ;;")
        lines.append("        esac ;;")
        return lines.joined(separator: "\n")
    }

    private static func action(_ completion: Completion) -> String {
        switch completion {
        case .nothing: "compopt +o default 2>/dev/null;"
        // bash completes file names by default.
        case .files: ":;"
        case .fileReference:
            "case $cur in @*) local IFS=$'\\n'; COMPREPLY=($(compgen -P @ -f -- \"${cur#@}\")) ;; esac;"
        case .words(let words): "_midstream_words '\(words.joined(separator: " "))';"
        }
    }
}
