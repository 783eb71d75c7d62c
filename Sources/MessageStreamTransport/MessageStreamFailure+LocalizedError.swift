public import Foundation
public import MessageStream

extension MessageStreamFailure: LocalizedError {
    /// What failed, in one sentence of English, for `localizedDescription`.
    public var errorDescription: String? { "\(lines.what)." }

    /// Whether and how to send the request again, in one sentence of English.
    public var recoverySuggestion: String? {
        lines.details.first { $0.title == "retry" }.map { "\($0.text)." }
    }
}
