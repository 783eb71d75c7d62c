/// The format of a capture, recognized by its first bytes.
public enum CaptureFormat: String, Sendable, Hashable, CaseIterable {
    /// The body of one response, as written by `curl -N`.
    case body
    /// Responses with their heads, as written by `curl -i` or recorded from a connection.
    case response
    /// The output of `curl --trace`: every byte, its chunk boundaries and, with `--trace-time`, its times.
    case trace
    /// The output of `curl --trace-ascii`, which does not show line breaks and non-ASCII characters.
    case asciiTrace
    /// The output of `curl -v`, standard error and standard output in one file.
    case verbose

    /// Whether the capture lacks bytes of the responses, so that text may differ from the received text.
    ///
    /// Line breaks are restored where the text shows them. A non-ASCII character is shown as dots.
    public var isLossy: Bool { self == .asciiTrace }
}

/// The format in which to read a capture.
public enum CaptureInput: String, Sendable, Hashable, CaseIterable {
    /// Recognized by its first bytes. A compressed file is rejected.
    case auto
    /// The body of one response, whatever its first bytes are.
    case body
    /// Responses with their heads, whatever its first bytes are.
    case response
    /// A trace. Anything else is rejected.
    case trace
}
