package import HTTPResponseParsing
package import MessageStream

extension MessageStreamDecoder.Input {
    /// The decoder input for a response in this format.
    package init(_ format: ResponseFormat) {
        switch format {
        case .body: self = .eventStream
        case .response(isTransferDecoded: false): self = .httpResponse
        case .response(isTransferDecoded: true): self = .recordedResponse
        }
    }
}

extension ResponseHead {
    /// The request ID that the service assigned.
    package var requestID: String? { fields["request-id"].flatMap { $0.isEmpty ? nil : $0 } }
}
