internal import HTTPResponseParsing

/// The result of reading the bytes of one head, from `HTTP/` through the blank line.
enum HeadReading {
    /// An interim head (1xx): another head follows.
    case interim
    /// The head of a response.
    case final(RecordedHead)
    /// Not a valid head. The receiver's parser reports the same error.
    case malformed

    /// The maximum size of a head and the interim heads before it, in bytes. No parser accepts a larger one.
    static let limit = 256 << 10

    /// Reads a head.
    ///
    /// - Parameter bytes: All bytes of the head.
    init(_ bytes: ArraySlice<UInt8>) {
        var parser = HTTPResponseParser(isTransferDecoded: true)
        // The array is contiguous and outlives the call; `UInt8` has no padding bytes.
        var rest = unsafe bytes.span.bytes
        do throws(HTTPResponseError) {
            while try parser.next(in: &rest) != nil {
                if let head = parser.recordedHead {
                    self = .final(head)
                    return
                }
            }
            self = .interim
        } catch {
            self = .malformed
        }
    }
}
