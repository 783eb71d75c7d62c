import MessageStream

/// The exit statuses of the command.
enum ExitStatus {
    static let complete: CInt = 0
    /// Not all captures of a scan are complete.
    static let incomplete: CInt = 1
    /// A signal ended the command.
    static let cancelled: CInt = 19
    /// `serve` ended, and its report has findings.
    static let findings: CInt = 1
    static let usage: CInt = 64
    /// The input can be read, but the requested operation does not apply to it.
    static let unsuitable: CInt = 65
    static let unreadable: CInt = 66
    /// Writing to standard output failed for a reason other than EPIPE.
    static let cannotWrite: CInt = 74

    /// The exit statuses of a verdict, for the help.
    static let help = """
        0 complete; 10 api, 11 http, 12 notEventStream, 13 truncated,
        14 stalled, 15 malformedEvent, 16 protocolViolation, 17 limitExceeded,
        18 transport, 19 cancelled; 64 usage, 66 unreadable input, 74 standard
        output cannot be written; for several inputs, the first nonzero status
        """

    /// The status for a failure, 10 to 19.
    static func failed(_ kind: MessageStreamFailure.Kind) -> CInt {
        switch kind {
        case .api: 10
        case .http: 11
        case .notEventStream: 12
        case .truncated: 13
        case .stalled: 14
        case .malformedEvent: 15
        case .protocolViolation: 16
        case .limitExceeded: 17
        case .transport: 18
        case .cancelled: cancelled
        @unknown default: 70
        }
    }
}
