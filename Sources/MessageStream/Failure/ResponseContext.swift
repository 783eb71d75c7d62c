import HTTPResponseParsing

/// The facts of a response's head that a verdict and a failure depend on.
struct ResponseContext: Sendable {
    /// What kind of body the head announces.
    enum BodyRule: Sendable {
        /// An event stream.
        case eventStream
        /// Nothing: the body is an event stream if its bytes are one.
        case undeclared
        /// An error or another document: it is collected and judged at its end.
        case document
    }

    /// Where a head comes from.
    enum HeadSource: Sendable {
        /// Over the connection, or from a client beside the body.
        case received
        /// There is a body alone: the head is what such a body should have had.
        case assumed
    }

    let head: ResponseHead
    let headSource: HeadSource
    /// The value of the field `content-type`.
    let contentType: String?
    let bodyRule: BodyRule
    /// The field `request-id`.
    let requestID: String?
    /// The ids that gateways give a request.
    let gatewayIDs: ResponseFields
    let retry: RetryFields

    init(_ head: ResponseHead, _ headSource: HeadSource = .received) {
        self.head = head
        self.headSource = headSource
        contentType = head.fields["content-type"]
        // "non-2xx" comes before the content type.
        bodyRule =
            if !head.isSuccess { .document } else if let type = head.mediaType {
                type.utf8.elementsEqual("text/event-stream".utf8) ? .eventStream : .document
            } else { .undeclared }
        requestID = head.fields["request-id"]
        gatewayIDs = ResponseFields(
            ["x-amzn-requestid", "cf-ray", "x-request-id"].compactMap { name in
                head.fields[name].map { (name, $0) }
            }
        )
        retry = RetryFields(head.fields)
    }

    /// The status as sent.
    var status: Int { head.status }

    /// Whether the response as such is a failure.
    var isFailure: Bool { !head.isSuccess }
}
