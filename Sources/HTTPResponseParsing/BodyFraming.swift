/// How the body of a response is delimited, according to the header fields read so far (RFC 9112, section 6.3).
struct BodyFraming {
    /// Whether `Transfer-Encoding` declares a chunked body.
    private(set) var isChunked = false
    /// The value of `Content-Length`, or `nil` if the field is absent.
    private(set) var contentLength: Int?
    /// Whether a `Transfer-Encoding` field of any kind was present.
    private var hasTransferEncoding = false

    /// Whether a response with `status` can have a body: "Any response to a HEAD request and any response with a 1xx
    /// (Informational), 204 (No Content), or 304 (Not Modified) status code is always terminated by the first empty
    /// line after the header fields, regardless of the header fields present in the message" (rule 1).
    static func hasBody(status: Int) -> Bool { status >= 200 && status != 204 && status != 304 }

    /// Updates the framing with a header field.
    ///
    /// - Parameters:
    ///   - line: The field.
    ///   - start: The offset of its line in the response.
    ///   - isHTTP10: Whether the response is an HTTP/1.0 response.
    ///   - isTransferDecoded: Whether the transfer coding has already been removed.
    mutating func add(
        _ line: FieldLine,
        at start: Int,
        isHTTP10: Bool,
        isTransferDecoded: Bool
    ) throws(HTTPResponseError) {
        let isLength = line.isNamed("content-length")
        let isCoding = line.isNamed("transfer-encoding")
        guard isLength || isCoding else { return }
        // "If a message is received with both a Transfer-Encoding and a Content-Length header field, the
        // Transfer-Encoding overrides the Content-Length. Such a message might indicate an attempt to perform request
        // smuggling or response splitting and ought to be handled as an error" (rule 3).
        if isLength ? hasTransferEncoding : contentLength != nil {
            throw HTTPResponseError(.bothLengths, at: start, excerpt: line.name)
        }
        if isLength {
            try addContentLength(line, at: start)
        } else {
            try addTransferEncoding(line, at: start, isHTTP10: isHTTP10, isTransferDecoded: isTransferDecoded)
        }
    }

    private mutating func addContentLength(_ line: FieldLine, at start: Int) throws(HTTPResponseError) {
        // An invalid value is "an unrecoverable error, unless the field value can be successfully parsed as a
        // comma-separated list […], all values in the list are valid, and all values in the list are the same" (rule
        // 5).
        for element in line.value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let digits = element.trimmingWhitespace
            // "Content-Length = 1*DIGIT" (RFC 9110, section 8.6).
            guard !digits.isEmpty, digits.allSatisfy({ $0.isDigit }) else {
                throw HTTPResponseError(.invalidContentLength, at: start, excerpt: line.name)
            }
            // "a recipient MUST anticipate potentially large decimal numerals and prevent parsing errors due to integer
            // conversion overflows" (RFC 9110, section 8.6).
            var length = 0
            for digit in digits {
                guard let longer = length.appending(digit: Int(digit - UInt8(ascii: "0")), base: 10) else {
                    throw HTTPResponseError(.contentLengthOverflow, at: start, excerpt: line.name)
                }
                length = longer
            }
            // Rule 5 again; it also covers a list spread over several fields.
            guard contentLength == nil || contentLength == length else {
                throw HTTPResponseError(.conflictingContentLengths, at: start, excerpt: line.name)
            }
            contentLength = length
        }
    }

    private mutating func addTransferEncoding(
        _ line: FieldLine,
        at start: Int,
        isHTTP10: Bool,
        isTransferDecoded: Bool
    ) throws(HTTPResponseError) {
        hasTransferEncoding = true
        if isTransferDecoded { return }
        // "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header field MUST treat
        // the message as if the framing is faulty" (section 6.1).
        if isHTTP10 { throw HTTPResponseError(.transferCodingInHTTP10, at: start, excerpt: line.name) }
        for element in line.value.split(separator: UInt8(ascii: ",")) {
            let coding = element.trimmingWhitespace
            if coding.isEmpty { continue }
            // "All transfer-coding names are case-insensitive" (section 7). "The chunked coding does not define any
            // parameters. Their presence SHOULD be treated as an error" (section 7.1).
            guard coding.lowercasedText == "chunked" else {
                throw HTTPResponseError(.unsupportedTransferCoding, at: start, excerpt: coding)
            }
            // "A sender MUST NOT apply the chunked transfer coding more than once to a message body" (section 6.1).
            if isChunked { throw HTTPResponseError(.invalidTransferCoding, at: start, excerpt: line.name) }
            isChunked = true
        }
        if !isChunked { throw HTTPResponseError(.invalidTransferCoding, at: start, excerpt: line.name) }
    }
}

extension Int {
    /// This number with `digit` appended, or `nil` if the result exceeds `Int.max`.
    func appending(digit: Int, base: Int) -> Int? {
        let (product, overflow) = multipliedReportingOverflow(by: base)
        let (sum, carry) = product.addingReportingOverflow(digit)
        return overflow || carry ? nil : sum
    }
}
