/// The format of the bytes of a captured response.
package enum ResponseFormat: Sendable, Hashable {
    /// The body alone, as written by `curl -N`.
    case body
    /// The response with its head.
    ///
    /// - isTransferDecoded: Whether the chunked framing that the head declares has already been removed, as in the
    ///   output of `curl -i`. A recording of the socket still contains it.
    case response(isTransferDecoded: Bool)
}

/// Receives the responses of a capture one after another.
package protocol ResponseSink: ~Copyable {
    /// A response begins.
    mutating func begin(_ format: ResponseFormat)
    /// The bytes that follow were received at this time.
    ///
    /// - Parameter time: The time since the request was sent, or since the head was received if the capture does not
    ///   contain the request. It never decreases within a response.
    mutating func advance(to time: Duration)
    /// Receives the next bytes of the response, at least one.
    ///
    /// In a trace, each call after the head has the bytes of one recorded chunk, or a part of it if it is very large.
    /// In other captures, the sizes have no meaning.
    mutating func receive(_ bytes: RawSpan)
    /// The response has ended, and another one follows.
    mutating func end()
}

extension ResponseSink where Self: ~Copyable {
    package mutating func advance(to time: Duration) {}
}
