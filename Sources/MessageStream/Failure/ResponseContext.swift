import HTTPResponseParsing

/// The parts of a response's head that a verdict and a failure depend on.
struct ResponseContext: Sendable {
    /// The kind of body that the head declares.
    enum BodyRule: Sendable {
        /// An event stream.
        case eventStream
        /// No content type: the bytes decide whether the body is an event stream.
        case undeclared
        /// An error or another document, collected and judged at its end.
        case document
    }

    /// The origin of a head.
    enum HeadSource: Sendable {
        /// Received over the connection, or from a client together with the body.
        case received
        /// There is only a body, which is assumed to have the head of an event stream.
        case assumed
    }

    let head: ResponseHead
    let headSource: HeadSource
    /// The value of the field `content-type`.
    let contentType: String?
    let bodyRule: BodyRule
    /// The field `request-id`.
    let requestID: String?
    /// The IDs that gateways assigned to the request.
    let gatewayIDs: ResponseFields
    let retry: RetryFields

    init(_ head: ResponseHead, _ headSource: HeadSource = .received) {
        self.head = head
        self.headSource = headSource
        contentType = head.fields["content-type"]
        // The status takes precedence over the content type.
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

    /// Whether the status of the response is not 2xx.
    var isFailure: Bool { !head.isSuccess }
}
