public import HTTPResponseParsing

// The types of `headers:` that other HTTP clients use: sequences of pairs with different labels. To generic code, these
// are different types, so each has an overload. The overloads are disfavored so that a literal creates
// `ResponseFields`, which keeps the order of the fields and repeated names.

extension MessageStreamDecoder.Input {
    /// The body of a response with header fields as pairs of name and value, such as the headers of SwiftNIO.
    @_disfavoredOverload
    public static func body(
        status: some BinaryInteger,
        headers: some Sequence<(name: String, value: String)>
    ) -> Self {
        body(status: status, headers: ResponseFields(headers))
    }

    /// The body of a response with header fields as pairs of key and value, such as a dictionary.
    @_disfavoredOverload
    public static func body(
        status: some BinaryInteger,
        headers: some Sequence<(key: String, value: String)>
    ) -> Self {
        body(status: status, headers: ResponseFields(headers))
    }

    /// The body of a response with header fields as unlabeled pairs of name and value.
    @_disfavoredOverload
    public static func body(
        status: some BinaryInteger,
        headers: some Sequence<(String, String)>
    ) -> Self {
        body(status: status, headers: ResponseFields(headers))
    }
}

extension AsyncSequence where Self: Sendable, Element: Collection<UInt8> {
    /// The events of the response with this body, whose header fields are pairs of name and value, such as the headers
    /// of SwiftNIO.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(name: String, value: String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }

    /// The events of the response with this body, whose header fields are pairs of key and value, such as a dictionary.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(key: String, value: String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }

    /// The events of the response with this body, whose header fields are unlabeled pairs of name and value.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(String, String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }
}

extension AsyncSequence where Self: Sendable, Element == UInt8 {
    /// The events of the response with this body, whose header fields are pairs of name and value, such as the headers
    /// of SwiftNIO.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(name: String, value: String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }

    /// The events of the response with this body, whose header fields are pairs of key and value, such as a dictionary.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(key: String, value: String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }

    /// The events of the response with this body, whose header fields are unlabeled pairs of name and value.
    @_disfavoredOverload
    @inlinable
    public func messageEvents(
        status: some BinaryInteger,
        headers: some Sequence<(String, String)>,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) -> AsyncMessageStream {
        messageEvents(
            status: status,
            headers: ResponseFields(headers),
            limits: limits,
            keepsContent: keepsContent
        )
    }
}
