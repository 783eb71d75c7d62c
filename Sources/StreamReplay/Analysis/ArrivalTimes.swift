/// When the bytes and the content of a response arrived.
///
/// Feed it each recorded chunk, in order. All results are times as ``ResponseSink/advance(to:)`` reports them: since
/// the request was sent, or since the head was received if the capture does not contain the request. They are `nil` if
/// the capture has no times.
package struct ArrivalTimes: Sendable, Hashable {
    /// A pause between two chunks.
    package struct Gap: Sendable, Hashable {
        /// The time during which no bytes arrived.
        package var duration: Duration
        /// The start: the time of the last byte before the pause.
        package var start: Duration
        /// The number of body bytes before the pause.
        package var byteOffset: Int

        package init(duration: Duration, start: Duration, byteOffset: Int) {
            self.duration = duration
            self.start = start
            self.byteOffset = byteOffset
        }
    }

    /// When the first bytes arrived: the head, if the capture has one.
    package private(set) var firstByte: Duration?
    /// When the last bytes arrived.
    package private(set) var lastByte: Duration?
    /// When the first content arrived, according to ``MessageStreamEvent/contribution``.
    package private(set) var firstContent: Duration?
    /// When the last content arrived.
    package private(set) var lastContent: Duration?
    /// The longest pause after the first bytes; of several equal pauses, the first one. `nil` if all bytes arrived at
    /// once.
    package private(set) var largestGap: Gap?
    /// The number of bytes of the body so far.
    package private(set) var byteCount = 0

    package init() {}

    /// The time from the first bytes to the last.
    package var duration: Duration? {
        guard let firstByte, let lastByte else { return nil }
        return lastByte - firstByte
    }

    /// Receives a chunk of the response.
    ///
    /// - Parameters:
    ///   - byteCount: The number of body bytes in the chunk: 0 for a head, or for a chunk with framing only.
    ///   - time: The arrival time, or `nil` if it is not recorded. A time before an earlier one counts as the earlier
    ///     one.
    ///   - deliversContent: Whether the chunk completed an event with content.
    package mutating func receive(_ byteCount: Int, at time: Duration?, deliversContent: Bool) {
        defer { self.byteCount += byteCount }
        guard let recorded = time else { return }
        let time = max(recorded, lastByte ?? recorded)
        if let last = lastByte {
            let gap = time - last
            if gap > largestGap?.duration ?? .zero {
                largestGap = Gap(duration: gap, start: last, byteOffset: self.byteCount)
            }
        }
        if firstByte == nil { firstByte = time }
        lastByte = time
        guard deliversContent else { return }
        if firstContent == nil { firstContent = time }
        lastContent = time
    }
}
