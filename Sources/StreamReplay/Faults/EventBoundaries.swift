internal import ServerSentEvents

/// Finds the ends of events in a body that is received in chunks.
///
/// The event stream parser of this package decides, so there is no second rule. Once the body exceeds a limit of the
/// parser, no more ends are found.
struct EventBoundaries: ~Copyable {
    private var parser = EventStreamParser()
    private var hasFailed = false
    /// The number of events that have ended.
    private(set) var count = 0

    /// Finds the end of the next event.
    ///
    /// - Parameter bytes: The bytes after those consumed so far.
    /// - Returns: The number of bytes up to the end of the event, or `nil` if no event ends in them. They are consumed.
    mutating func consume(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !hasFailed else { return nil }
        do throws(EventStreamError) {
            var isEvent = false
            // The array is contiguous and outlives the call; `UInt8` has no padding bytes.
            let consumed = try parser.consume(unsafe bytes.span.bytes) { _ in
                isEvent = true
                return false
            }
            guard isEvent else { return nil }
            count += 1
            return consumed
        } catch {
            hasFailed = true
            return nil
        }
    }
}
