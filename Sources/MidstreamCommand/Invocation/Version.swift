/// The version of the command, defined only here.
enum Version {
    static let number = "0.9.0"
    /// The output of `midstream --version`, without the line break.
    static let line = "midstream \(number)"
}
