/// The line before a chunk's data: "chunk-size [ chunk-ext ] CRLF" (RFC 9112, section 7.1).
package enum ChunkSizeLine {
    /// Parses the chunk size.
    ///
    /// - Parameters:
    ///   - line: The line, without its LF.
    ///   - start: The offset of the line in the response.
    package static func size(_ line: [UInt8], at start: Int) throws(HTTPResponseError) -> Int {
        func error(_ reason: HTTPResponseError.Reason, at index: Int) -> HTTPResponseError {
            // The excerpt never includes an extension.
            let excerpt = line.prefix { $0 != UInt8(ascii: ";") && $0 != .carriageReturn }
            return HTTPResponseError(reason, at: start &+ index, excerpt: excerpt)
        }
        // "chunk-size = 1*HEXDIG". "Recipients MUST anticipate potentially large hexadecimal numerals and prevent
        // parsing errors due to integer conversion overflows".
        var size = 0
        var index = 0
        while index < line.count, let digit = line[index].hexadecimalValue {
            guard let longer = size.appending(digit: digit, base: 16) else {
                throw error(.chunkSizeOverflow, at: index)
            }
            size = longer
            index += 1
        }
        if index == 0 { throw error(.invalidChunkSize, at: index) }

        // "chunk-ext = *( BWS ";" BWS chunk-ext-name […] )". Whitespace without an extension is accepted as well:
        // older servers pad the size with spaces.
        while index < line.count, line[index].isWhitespace { index += 1 }
        // "A recipient MUST ignore unrecognized chunk extensions" (section 7.1.1).
        if index < line.count, line[index] == UInt8(ascii: ";") {
            index = line[index...].firstIndex(of: .carriageReturn) ?? line.count
        }
        guard index < line.count else {
            // Only the status line and the fields may end in a bare LF (section 2.2).
            throw error(.invalidChunkLineEnd, at: index)
        }
        guard line[index] == .carriageReturn else {
            throw error(.invalidChunkSize, at: index)
        }
        guard index == line.count - 1 else {
            throw error(.invalidChunkLineEnd, at: index)
        }
        return size
    }
}
