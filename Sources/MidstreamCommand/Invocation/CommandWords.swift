import MessageStream

/// A command-line argument, kept as bytes because file names need not be UTF-8.
struct Word {
    var bytes: [UInt8]
    /// The bytes as text, with invalid UTF-8 repaired.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A command line that cannot be parsed.
struct UsageError: Error {
    /// A description of the error for the user. Omits secrets that the words may contain.
    var message: String
    /// The command whose help describes the correct usage, if it is known.
    var command: String?
}

/// An option on the command line.
struct OptionUse {
    /// The name that identifies the option; see ``CommandOption/name``.
    let name: String
    /// The value; empty if the option takes no value, or if it is omitted.
    let value: Word

    /// The value as text, with invalid UTF-8 repaired.
    var text: String { value.text }
}

/// The words after a command, parsed.
struct CommandWords {
    /// The options, in order.
    var options: [OptionUse] = []
    /// The operands, in order.
    var operands: [Word] = []
}

extension CommandDeclaration {
    /// The outcome of parsing the words after the command.
    enum Parsing {
        case words(CommandWords)
        /// The user requests help.
        case help
    }

    /// Separates options from operands.
    ///
    /// `--name value`, `--name=value`, `-n value`, `-n=value` and `-nvalue` are equivalent. After `--`, every word is
    /// an operand, as is the word `-`.
    func parse(_ words: ArraySlice<Word>) throws(UsageError) -> Parsing {
        var rest = words
        var result = CommandWords()
        while let word = rest.popFirst() {
            guard word.bytes.first == UInt8(ascii: "-"), word.bytes.count > 1 else {
                result.operands.append(word)
                continue
            }
            if word.bytes.elementsEqual("--".utf8) {
                result.operands += rest
                break
            }
            let (name, attached) = split(word)
            if CommandOption.help.names.contains(name), attached == nil { return .help }
            guard let option = option(name) else { throw unknownOption(name, isShort: word.bytes[1] != 0x2D) }
            guard option.value != nil else {
                if attached != nil { throw UsageError(message: "\(name) does not take a value", command: self.name) }
                result.options.append(OptionUse(name: option.name, value: Word(bytes: [])))
                continue
            }
            if option.isValueOptional {
                result.options.append(OptionUse(name: option.name, value: attached ?? Word(bytes: [])))
                continue
            }
            guard let value = attached ?? rest.popFirst() else {
                throw UsageError(message: "\(name) requires a value", command: self.name)
            }
            result.options.append(OptionUse(name: option.name, value: value))
        }
        return .words(result)
    }

    /// The name of an option, and the value in the same word.
    private func split(_ word: Word) -> (name: String, value: Word?) {
        let parts = word.bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(decoding: parts[0], as: UTF8.self)
        if option(name) == nil, word.bytes[1] != UInt8(ascii: "-"), word.bytes.count > 2 {
            let short = String(decoding: word.bytes.prefix(2), as: UTF8.self)
            if option(short)?.value != nil { return (short, Word(bytes: Array(word.bytes.dropFirst(2)))) }
        }
        return (name, parts.count == 2 ? Word(bytes: Array(parts[1])) : nil)
    }

    /// The message shows only what can be the name of an option: a value may follow it, and may be secret.
    private func unknownOption(_ name: String, isShort: Bool) -> UsageError {
        let shown = isShort ? String(name.prefix(2)) : CommandOption.displayName(name)
        let candidates = options.flatMap(\.names) + CommandOption.help.names
        let suggestion = isShort ? "" : NearestWord.suggestion(for: shown, among: candidates.filter { $0.count > 2 })
        return UsageError(message: "unknown option '\(shown)'\(suggestion)", command: self.name)
    }
}

extension CommandOption {
    /// The beginning of a word that can be the name of an option.
    static func displayName(_ word: String) -> String {
        let name = word.utf8.prefix { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return Excerpt.shorten(String(decoding: name, as: UTF8.self) + (name.count < word.utf8.count ? "…" : ""))
    }
}
