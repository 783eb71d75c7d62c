#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// When to use colors.
enum ColorChoice: String, CaseIterable {
    /// On a terminal, unless the environment disables them.
    case auto
    case always, never

    static let declaration = CommandOption(
        "--color",
        value: "WHEN",
        help: "auto (default: on a terminal, unless NO_COLOR is set), always or never",
        completion: .words(allCases.map(\.rawValue))
    )

    init(_ option: OptionUse) throws(UsageError) {
        guard let choice = ColorChoice(rawValue: option.text) else {
            throw UsageError(message: "\(option.name) must be auto, always or never, not '\(option.text)'")
        }
        self = choice
    }
}

/// The capabilities of a terminal.
struct TerminalStyle {
    let isTerminal: Bool
    let hasColors: Bool
    /// Whether the cursor can be moved, and a line erased.
    let hasCursor: Bool

    private let descriptor: CInt

    /// The style of standard error.
    static func standardError(_ choice: ColorChoice) -> TerminalStyle { TerminalStyle(STDERR_FILENO, choice) }

    private init(_ descriptor: CInt, _ choice: ColorChoice) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        let term = Self.environment("TERM")
        hasCursor = isTerminal && term != "dumb"
        let hasName = !(term ?? "").isEmpty
        hasColors =
            switch choice {
            case .always: true
            case .never: false
            // no-color.org: any value but the empty one.
            case .auto: hasCursor && hasName && (Self.environment("NO_COLOR") ?? "").isEmpty
            }
    }

    /// The number of columns at the time of the call, or `nil` if it is not a terminal.
    var width: Int? {
        guard isTerminal else { return nil }
        var size = winsize()
        // The structure outlives the call.
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func environment(_ name: String) -> String? {
        // `getenv` returns a NUL-terminated string, which is copied here.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

/// A color or weight of text, by the sequences of ECMA-48, section 8.3.117.
enum TextColor: String {
    case good = "1;32"
    case bad = "1;31"
    case note = "1;33"
    case faint = "2"

    func apply(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
