/// Copies events one at a time from a chunk that its owner keeps.
///
/// Between two events it holds an offset in the chunk, but no reference to it. An error is stored in ``failure``, and
/// counts as the end of the chunk.
@usableFromInline
struct EventReader: ~Copyable {
    private var parser: EventStreamParser
    private var copier = ServerSentEventCopier()
    /// The number of bytes of the chunk that the parser has consumed.
    private var offset = 0
    /// Whether the parser has consumed all of the chunk.
    @usableFromInline private(set) var isAtChunkEnd = true
    /// The error of the parser.
    @usableFromInline private(set) var failure: EventStreamError?

    @usableFromInline
    init(limits: EventStreamLimits) {
        parser = EventStreamParser(limits: limits)
    }

    /// Begins a new chunk: the next buffer is read from its start.
    @usableFromInline
    mutating func beginChunk() {
        offset = 0
    }

    /// Returns the next event that ends in the chunk.
    ///
    /// - Parameter chunk: All bytes of the chunk, the same ones for each call.
    @usableFromInline
    mutating func nextEvent(in chunk: UnsafeBufferPointer<UInt8>) -> ServerSentEvent? {
        // The caller's buffer is valid for this call; `UInt8` has no padding bytes.
        let bytes = unsafe chunk.span.bytes
        let rest = bytes.extracting(droppingFirst: min(offset, bytes.byteCount))
        var event: ServerSentEvent?
        do throws(EventStreamError) {
            offset += try parser.consume(rest) { view in
                event = copier.copy(view)
                return false
            }
            isAtChunkEnd = offset >= bytes.byteCount
            return event
        } catch {
            failure = error
        }
        isAtChunkEnd = true
        return nil
    }
}
