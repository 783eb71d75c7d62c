import HTTPResponseParsing

/// What the head of the response says, as far as a verdict needs it.
struct ResponseContext: Sendable {
    /// What the body has to be.
    enum BodyRule: Sendable {
        /// The head says that it is an event stream.
        case eventStream
        /// The head does not say what it is: an event stream if it turns out to be one.
        case undeclared
        /// An error, or something else that is not a stream of events: it is collected, and judged at its end.
        case foreign
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
            if !(200...299).contains(head.status) { .foreign } else if let type = head.mediaType {
                type.utf8.elementsEqual("text/event-stream".utf8) ? .eventStream : .foreign
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
    var isFailure: Bool { !(200...299).contains(status) }
}
