/// Chunks of types other than `RawSpan`.
extension EventStreamParser {
    /// Consumes `chunk` through the end of the next event, and returns that event.
    ///
    /// Same as ``next(in:)-(RawSpan)``, but for a span of bytes, such as `slice.span`.
    @inlinable
    @_lifetime(&self, copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func next(in chunk: inout Span<UInt8>) throws(EventStreamError) -> EventView? {
        // `UInt8` has no padding bytes.
        var bytes = unsafe chunk.bytes
        let count = bytes.byteCount
        let event = try next(in: &bytes)
        chunk = chunk.extracting(droppingFirst: count - bytes.byteCount)
        return event
    }

    /// Parses a chunk and calls `body` with each event that it completes.
    ///
    /// Contiguous collections, such as `[UInt8]`, `ArraySlice<UInt8>` and buffer pointers, are read in place; others
    /// are copied first.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, in any amount.
    ///   - body: Called for each event, in order.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, and on every later call.
    /// - Complexity: O(`chunk.count`).
    @inlinable
    public mutating func parse(
        _ chunk: some Collection<UInt8>,
        _ body: (EventView) -> Void
    ) throws(EventStreamError) {
        var failure: EventStreamError?
        let isContiguous: Void? = chunk.withContiguousStorageIfAvailable { buffer in
            do throws(EventStreamError) {
                // The buffer is valid for this call.
                try parse(unsafe buffer.span.bytes, body)
            } catch {
                failure = error
            }
        }
        if isContiguous == nil {
            // `UInt8` has no padding bytes.
            try parse(unsafe ContiguousArray(chunk).span.bytes, body)
        }
        if let failure { throw failure }
    }
}
