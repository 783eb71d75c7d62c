// Release builds are not testable.
#if DEBUG
    import TestScheduling
    import TestSupport
    import Testing

    @testable import MidstreamCommand

    /// The status line leaves no trace: the text on the screen is the same as without it.
    @Suite(.takesTurns) struct StatusLineTests {
        /// A small terminal: the screen, and the lines that have scrolled off it.
        private struct Screen: Equatable {
            private let (width, height): (Int, Int)
            private var rows: [[Unicode.Scalar]]
            private(set) var history: [[Unicode.Scalar]] = []
            private var (row, column) = (0, 0)
            private var saved = (row: 0, column: 0)

            init(width: Int, height: Int) {
                (self.width, self.height) = (width, height)
                rows = Array(repeating: [], count: height)
            }

            static func == (a: Screen, b: Screen) -> Bool {
                a.lines == b.lines && a.row == b.row && a.column == b.column
            }

            var lines: [String] {
                (history + rows).map { row in
                    var text = String(String.UnicodeScalarView(row.filter { $0 != "\u{0}" }))
                    while text.last == " " { text.removeLast() }
                    return text
                }
            }

            private mutating func index() {
                if row == height - 1 {
                    history.append(rows.removeFirst())
                    rows.append([])
                } else {
                    row += 1
                }
            }

            private mutating func put(_ scalar: Unicode.Scalar) {
                let size = scalar.columns
                // Combining characters are ignored here.
                guard size > 0 else { return }
                if column + size > width {
                    column = 0
                    index()
                }
                while rows[row].count < column + size { rows[row].append(" ") }
                rows[row][column] = scalar
                if size == 2 { rows[row][column + 1] = "\u{0}" }
                column += size
            }

            mutating func write(_ text: String) {
                var rest = Substring(text).unicodeScalars
                func starts(_ sequence: String) -> Bool { rest.starts(with: sequence.unicodeScalars) }
                while let first = rest.first {
                    let sequences = [
                        "\u{1B}7", "\u{1B}8", "\u{1B}D", "\u{1B}M", "\u{1B}[B", "\u{1B}[K", "\u{1B}[2m", "\u{1B}[0m",
                    ]
                    if let sequence = sequences.first(where: starts) {
                        rest.removeFirst(sequence.unicodeScalars.count)
                        switch sequence.dropFirst() {
                        case "7": saved = (row, column)
                        case "8": (row, column) = saved
                        case "D": index()
                        case "M": if row > 0 { row -= 1 }
                        case "[B": row = min(row + 1, height - 1)
                        case "[K": rows[row].removeLast(max(0, rows[row].count - column))
                        default: break
                        }
                        continue
                    }
                    rest.removeFirst()
                    switch first {
                    case "\n":
                        index()
                        column = 0
                    case "\r": column = 0
                    default: put(first)
                    }
                }
            }
        }

        @Test func leavesNoTrace() {
            var random = SeededRandom(seed: 11)
            let pieces = [
                "a", "word ", "two words", "\n", "\n\n", "漢字", "e\u{301}", "🙂", String(repeating: "x", count: 13),
            ]
            for _ in 0..<60 {
                let width = Int.random(in: 10...24, using: &random)
                let height = Int.random(in: 2...5, using: &random)
                var plain = Screen(width: width, height: height)
                var screen = plain
                var status = StatusLine()
                for step in 0..<30 {
                    let piece = pieces.randomElement(using: &random) ?? ""
                    screen.write(status.hide())
                    plain.write(piece)
                    screen.write(piece)
                    status.receive(piece)
                    for _ in 0..<Int.random(in: 0...3, using: &random) {
                        screen.write(status.show("\(step) events · 漢 · a long status", width: width))
                    }
                }
                screen.write(status.hide())
                // Showing the line can scroll the screen, which leaves an empty row at its end.
                #expect(Self.trimmed(screen.lines) == Self.trimmed(plain.lines))
            }
        }

        private static func trimmed(_ lines: [String]) -> [String] {
            Array(lines.reversed().drop { $0.isEmpty }.reversed())
        }

        @Test func words() {
            #expect(
                StatusLine.text(events: 1, bytes: 1_234, silence: .milliseconds(1_290), since: "byte")
                    == "1 event · 1.23 kB · 1.2 s since the last byte"
            )
            #expect(StatusLine.text(events: 0, bytes: 0, silence: .seconds(90), since: "byte") == "90 s without a byte")
        }

        // MARK: The verdict

        /// No line is wider than the terminal, and no word is lost.
        @Test(arguments: [2, 10, 20, 40, 80, 200])
        func verdictsFit(_ width: Int) {
            let text = "the service reported 漢字仮名 overloaded_error, as status 529: Overloaded"
            let lines: [VerdictLine] = [
                .headline(prefix: "midstream: ", text: text, isGood: false), .detail(title: "when", text: text),
                .detail(title: "gateways", text: text), .note(prefix: "midstream: response 12: ", text: text),
                .detail(title: "bytes", text: ""),
            ]
            for line in lines {
                for hasColors in [false, true] {
                    let block = line.block(width: width, hasColors: hasColors, isGood: false).map {
                        $0.replacing(/\u{1B}\[[0-9;]*m/, with: "").replacing("▌ ", with: "")
                    }
                    for row in block { #expect(row.columns <= max(2, width - (hasColors ? 2 : 0)), "\(row)") }
                    let letters = block.joined().filter { $0 != " " }
                    #expect(letters == line.plain.filter { $0 != " " })
                }
            }
            for line in lines { #expect(line.block(width: nil, hasColors: false, isGood: true) == [line.plain]) }
        }
    }
#endif
