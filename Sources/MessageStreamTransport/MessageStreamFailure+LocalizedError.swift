public import Foundation
public import MessageStream

extension MessageStreamFailure: LocalizedError {
    /// An English sentence that says what failed, for `localizedDescription`.
    public var errorDescription: String? { "\(lines.what)." }

    /// An English sentence that says whether and when to retry.
    public var recoverySuggestion: String? {
        lines.details.first { $0.title == "retry" }.map { "\($0.text)." }
    }
}
