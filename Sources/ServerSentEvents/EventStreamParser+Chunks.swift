/// Chunks of other types than `RawSpan`.
extension EventStreamParser {
    /// Consumes `chunk` up to and including the end of the next event, and hands that event out.
    ///
    /// The same as ``next(in:)-(RawSpan)``, for a span of bytes, such as `slice.span`.
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

    /// Feeds a chunk and hands each event that it completes to `body`.
    ///
    /// Contiguous collections, such as `[UInt8]`, `ArraySlice<UInt8>` and buffer pointers, are read in place; others
    /// are copied first.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, of any number.
    ///   - body: Called for each event, in order.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, by this call and every later one.
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
