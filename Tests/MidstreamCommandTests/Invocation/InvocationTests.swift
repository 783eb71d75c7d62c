// Release builds are not testable.
#if DEBUG
    import TestScheduling
    import Testing

    @testable import MidstreamCommand

    /// The command line: words, help and suggestions.
    @Suite(.takesTurns) struct InvocationTests {
        private static func parse(_ words: [String]) throws -> Request {
            try Request(words.map { Word(bytes: Array($0.utf8)) }, commands: CommandList.all)
        }

        private static func error(_ words: [String]) -> String? {
            do {
                _ = try parse(words)
                return nil
            } catch {
                return (error as? UsageError)?.message
            }
        }

        private static func text(_ words: [String]) throws -> String {
            guard case .show(let text) = try parse(words) else { return "" }
            return text
        }

        // MARK: Suggestions

        @Test(arguments: [
            (["reply", "-"], "unknown command 'reply'; did you mean 'replay'?"),
            (["evnets"], "unknown command 'evnets'; did you mean 'events'?"),
            (["EVENTS"], "unknown command 'EVENTS'; did you mean 'events'?"),
            (["help", "repla"], "unknown command 'repla'; did you mean 'replay'?"),
            (["frobnicate"], "unknown command 'frobnicate'"), ([""], "unknown command ''"),
            (["--verison"], "unknown option '--verison'; did you mean '--version'?"),
            (["replay", "--jsno", "-"], "unknown option '--jsno'; did you mean '--json'?"),
            (["replay", "--chunk", "-"], "unknown option '--chunk'; did you mean '--chunk-size'?"),
            (["replay", "--silense=3", "-"], "unknown option '--silense'; did you mean '--silence'?"),
            (["replay", "--zebra", "-"], "unknown option '--zebra'"),
            (["replay", "-Hx-api-key: hunter2", "-"], "unknown option '-H'"),
            (["replay", "--token: hunter2", "-"], "unknown option '--token…'"),
            (["replay", "--sk-ant-api03-hunter2hunter2", "-"], "unknown option '--[redacted]'"),
            (["https://user:hunter2@host/?key=hunter2"], "unknown command 'https://[redacted]@host/?[redacted]'"),
        ])
        func suggestions(_ words: [String], _ message: String) {
            #expect(Self.error(words) == message)
        }

        /// The distance equals that of a plain recursive definition.
        @Test func distances() {
            func reference(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> Int {
                guard let a = first.last else { return second.count }
                guard let b = second.last else { return first.count }
                var cost = min(
                    reference(first.dropLast(), second.dropLast()) + (a == b ? 0 : 1),
                    reference(first.dropLast(), second) + 1,
                    reference(first, second.dropLast()) + 1
                )
                if first.count > 1, second.count > 1, first.suffix(2).elementsEqual(second.suffix(2).reversed()) {
                    cost = min(cost, reference(first.dropLast(2), second.dropLast(2)) + 1)
                }
                return cost
            }
            let words = ["", "a", "ab", "ba", "abc", "cab", "acb", "baac", "abca"].map { Array($0.utf8) }
            for first in words {
                for second in words {
                    #expect(NearestWord.distance(first, second) == reference(first[...], second[...]))
                }
            }
            #expect(NearestWord.find(String(repeating: "x", count: 1_000_000), among: ["x"]) == nil)
        }

        // MARK: Help

        /// Every command has help that fits a terminal and lists everything that it declares.
        @Test func help() throws {
            let overview = try Self.text(["--help"])
            for command in CommandList.all {
                let declaration = command.declaration
                #expect(overview.contains("\n  \(declaration.name)"))
                let help = try Self.text([declaration.name, "--help"])
                #expect(try Self.text(["help", declaration.name]) == help)
                #expect(!declaration.examples.isEmpty)
                for example in declaration.examples { #expect(help.contains(example.command)) }
                for option in declaration.options {
                    for name in option.names { #expect(help.contains(name)) }
                    #expect(overview.contains(option.name))
                }
                for line in help.split(separator: "\n") { #expect(line.columns <= 79, "\(line)") }
            }
            for line in overview.split(separator: "\n") { #expect(line.columns <= 79, "\(line)") }
            #expect(try Self.text(["help"]) == overview)
            #expect(try Self.text(["help", "help"]) == overview)
            #expect(try Self.text(["--version"]) == "midstream \(Version.number)\n")
        }

        @Test func version() async throws {
            let result = try await Command.run(["--version"])
            #expect(result.status == 0 && result.errors.isEmpty)
            #expect(result.text.wholeMatch(of: /midstream [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
        }

        // MARK: Words

        private static let declaration = CommandDeclaration(
            name: "try",
            summary: "try",
            usage: [""],
            options: [
                CommandOption("-q", "--quiet", help: "quiet"),
                CommandOption("-o", "--output", value: "OUT", help: "out"),
                CommandOption("-0", help: "zero"),
            ],
            operands: .nothing,
            examples: []
        )

        /// All spellings of an option are equivalent. File names need not be UTF-8.
        @Test(arguments: [
            ("-q -o x y", "--quiet --output=x | y"), ("--output=x --quiet y", "--output=x --quiet | y"),
            ("--output x -0 y", "--output=x -0= | y"), ("-ox y", "--output=x | y"), ("-o=x y", "--output=x | y"),
            ("-o - -", "--output=- | -"), ("y -q", "--quiet | y"), ("-- -q --", " | -q --"),
            ("--output= y", "--output= | y"), ("-o -- y", "--output=-- | y"), ("--output=a=b", "--output=a=b |"),
        ])
        func spellings(_ line: String, _ expected: String) throws {
            let words = line.split(separator: " ").map { Word(bytes: Array($0.utf8) + [0xFF]) }
            let plain = line.split(separator: " ").map { Word(bytes: Array($0.utf8)) }
            guard case .words(let parsed) = try Self.declaration.parse(plain[...]) else { return #expect(Bool(false)) }
            let options = parsed.options.map {
                $0.name == "--quiet" ? $0.name : "\($0.name)=\($0.text)"
            }
            let shown = options.joined(separator: " ") + " | " + parsed.operands.map(\.text).joined(separator: " ")
            #expect(shown.split(separator: " ") == expected.split(separator: " "))
            guard case .words(let raw) = try Self.declaration.parse([Word(bytes: Array("--".utf8))] + words[...]) else {
                return #expect(Bool(false))
            }
            #expect(raw.operands.map(\.bytes) == words.map(\.bytes))
        }

        @Test(arguments: [
            ("--output", "--output requires a value"), ("-o", "-o requires a value"),
            ("--quiet=1", "--quiet does not take a value"), ("-q=1", "-q does not take a value"),
            ("-qo", "unknown option '-q'"), ("---quiet", "unknown option '---quiet'; did you mean '--quiet'?"),
            ("--=x", "unknown option '--'"),
        ])
        func invalid(_ word: String, _ message: String) {
            #expect(throws: UsageError.self) { try Self.declaration.parse([Word(bytes: Array(word.utf8))]) }
            do {
                _ = try Self.declaration.parse([Word(bytes: Array(word.utf8))])
            } catch {
                #expect(error.message == message)
            }
        }

        // MARK: Columns

        @Test func columns() {
            for (text, columns) in [
                ("", 0), ("abc", 3), ("e\u{301}", 1), ("\u{200B}\u{FEFF}", 0), ("漢字", 4), ("한글", 4), ("ｱ", 1), ("Ａ", 2),
                ("🙂", 2), ("é", 1), ("עברית", 5), ("\u{1112}\u{1161}\u{11AB}", 2),
            ] {
                #expect(text.columns == columns, "\(text)")
            }
        }

        /// No line is too wide, and no character is lost.
        @Test(arguments: [2, 3, 7, 20, 79])
        func wrapping(_ width: Int) {
            let text = "a bb  ccc 漢字仮名 e\u{301}e\u{301} loooooooooooooong 🙂🙂🙂 end"
            let lines = WordWrap.lines(text, width: width)
            for line in lines { #expect(line.columns <= width, "\(line)") }
            let letters = text.unicodeScalars.filter { $0 != " " }
            #expect(lines.joined().unicodeScalars.filter { $0 != " " }.elementsEqual(letters))
            #expect(WordWrap.lines("", width: width) == [""])
        }
    }
#endif
