/// The line before the data of a chunk: "chunk-size [ chunk-ext ] CRLF" (RFC 9112, section 7.1).
enum ChunkSizeLine {
    /// Reads the size.
    ///
    /// - Parameters:
    ///   - line: The line up to its LF, without that.
    ///   - start: The offset of the line in the response.
    static func size(_ line: [UInt8], at start: Int) throws(HTTPResponseError) -> Int {
        func error(_ reason: HTTPResponseError.Reason, at index: Int) -> HTTPResponseError {
            // Of an extension nothing is shown.
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

        // "chunk-ext = *( BWS ";" BWS chunk-ext-name […] )". White space without an extension is no error either: old
        // servers pad the size with it.
        while index < line.count, line[index].isWhiteSpace { index += 1 }
        // "A recipient MUST ignore unrecognized chunk extensions" (section 7.1.1).
        if index < line.count, line[index] == UInt8(ascii: ";") {
            index = line[index...].firstIndex(of: .carriageReturn) ?? line.count
        }
        guard index < line.count else {
            // The leave to take a single LF for a line end is given for the status line and fields only (section 2.2).
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
