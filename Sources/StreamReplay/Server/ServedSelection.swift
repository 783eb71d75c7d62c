internal import HTTPResponseParsing

/// The response of a capture to serve, and how it was recorded.
struct ServedSelection: Sendable, Hashable {
    /// The number of the response in the capture.
    var number: Int
    var form: Form

    /// How a response was recorded.
    enum Form: Sendable, Hashable {
        /// With the framing of the connection. The server sends it byte for byte.
        case framed
        /// Without framing, or without the framing that its head declares. The server adds its own framing.
        case unframed
        /// As a head that declares a body, without any byte of it.
        ///
        /// The recording does not show whether curl removed an empty body's framing, or the server went silent. The
        /// server adds nothing to it: it sends the head byte for byte, and closes the connection without a last chunk.
        case headAlone
    }
}

extension ServedCapture {
    /// Selects the response to serve: the last one.
    ///
    /// - Complexity: O(n) for a capture with heads, because the responses must be counted.
    func selection() throws(CaptureError) -> ServedSelection {
        if capture.format == .body { return ServedSelection(number: 1, form: .unframed) }
        let number = try capture.responseCount()
        guard capture.format == .response || capture.format == .verbose else {
            return ServedSelection(number: number, form: .unframed)
        }
        let playback = RawPlayback(capture.input, number: number)
        var chunks = capture.chunks.makeAsyncIterator()
        while playback.format == nil, let chunk = try chunks.read() { try playback.receive(chunk) }
        if playback.format == nil { try playback.finish() }
        let isFramed = playback.format == .response(isTransferDecoded: false)
        return ServedSelection(number: number, form: isFramed ? .framed : Self.form(ofDecoded: playback.bytes))
    }

    /// The form of a response without the framing that its head declares.
    ///
    /// - Parameter bytes: The first bytes of the response. They include bytes of the body, if it has any.
    private static func form(ofDecoded bytes: [UInt8]) -> ServedSelection.Form {
        var parser = HTTPResponseParser()
        var rest = bytes.rawBytes
        do throws(HTTPResponseError) {
            guard case .head? = try parser.next(in: &rest), rest.isEmpty else { return .unframed }
        } catch {
            return .unframed
        }
        // Some responses end with their head, whatever it declares.
        return parser.isComplete ? .framed : .headAlone
    }
}
