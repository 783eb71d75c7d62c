internal import HTTPResponseParsing

/// Restores the line breaks of one body in a `--trace-ascii` capture, in place.
///
/// The length of the body does not change, so its framing stays intact.
struct BodyRestorer: ~Copyable {
    /// Finds the body in chunked data, or `nil` if the data are the body itself.
    private var parser: HTTPResponseParser?
    private var text: DottedText

    /// - Parameters:
    ///   - head: The head of the response, if it has a valid one.
    ///   - bytes: The bytes of the head, and of the interim heads before it.
    init(_ head: ResponseHead?, _ bytes: [UInt8], _ format: ResponseFormat) {
        text = DottedText(mediaType: head?.mediaType)
        guard format == .response(isTransferDecoded: false) else { return }
        var parser = HTTPResponseParser()
        var rest = bytes.rawBytes
        do throws(HTTPResponseError) {
            _ = try parser.next(in: &rest)
            self.parser = consume parser
        } catch {
            // Without valid framing, all data count as the body.
        }
    }

    /// Restores the line breaks in the next chunk of data.
    mutating func restore(_ bytes: inout [UInt8]) {
        guard var parser = parser.take() else { return text.restore(&bytes, in: bytes.indices) }
        var ranges: [Range<Int>] = []
        var rest = bytes.rawBytes
        do throws(HTTPResponseError) {
            while let part = try parser.next(in: &rest) {
                guard case .body(let piece) = part else { continue }
                let end = bytes.count - rest.byteCount
                ranges.append(end - piece.byteCount..<end)
            }
        } catch {
            // The receiver's parser reports the error.
        }
        for range in ranges { text.restore(&bytes, in: range) }
        self.parser = consume parser
    }
}
