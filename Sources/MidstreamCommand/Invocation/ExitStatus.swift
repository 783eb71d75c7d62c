import MessageStream

/// The statuses with which the command ends.
enum ExitStatus {
    static let complete: CInt = 0
    static let usage: CInt = 64
    static let unreadable: CInt = 66
    /// Standard output takes no more, for another reason than that its reader has gone.
    static let cannotWrite: CInt = 74

    /// The status of a verdict; 10 to 19.
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
        case .cancelled: 19
        @unknown default: 70
        }
    }
}
