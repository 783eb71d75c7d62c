#if hasFeature(Embedded)
    // There may be no C library.
#elseif canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// Copies the views of a stream into owned events that share equal types and last event IDs.
///
/// Most events of a stream have the same type as the previous one, and all have the same last event ID until the stream
/// sets another. A copier stores the last string of each and reuses it for the next event if the bytes are the same. A
/// typical event therefore costs one allocation, that of its data.
///
///     var copier = ServerSentEventCopier()
///     try parser.parse(chunk) { view in events.append(copier.copy(view)) }
///
/// A copier may be used for several streams. Its events equal those of ``ServerSentEvent/init(_:)``.
///
/// - Memory: two strings of at most 256 bytes.
public struct ServerSentEventCopier: Sendable {
    private var type = RecentText()
    private var lastEventID = RecentText()

    /// Creates a copier.
    public init() {}

    /// Copies an event.
    ///
    /// - Complexity: O(length of the event).
    public mutating func copy(_ view: EventView) -> ServerSentEvent {
        ServerSentEvent(
            view,
            type: view.eventField.isEmpty ? ServerSentEvent.defaultType : type.text(of: view.eventField),
            lastEventID: view.lastEventID.isEmpty ? "" : lastEventID.text(of: view.lastEventID)
        )
    }
}

/// The most recently decoded text, with the bytes that it was decoded from.
private struct RecentText: Sendable {
    /// The maximum length of a stored text, in bytes.
    private static let longest = 256

    /// Invariant: `bytes` decode to `text`.
    private var bytes: [UInt8] = []
    private var text = ""

    /// The text that `bytes` decode to.
    mutating func text(of bytes: RawSpan) -> String {
        if bytes.hasBytes(of: self.bytes) { return text }
        let decoded = String(decoding: bytes)
        if bytes.byteCount <= Self.longest {
            self.bytes = [UInt8](copying: bytes)
            text = decoded
        }
        return decoded
    }
}

extension String {
    /// Whether these bytes are the string's UTF-8 code units, so that decoding them replaced nothing.
    @inline(__always)
    func hasUTF8(_ bytes: RawSpan) -> Bool {
        guard utf8.count == bytes.byteCount else { return false }
        // The buffer is only read during the call.
        let isEqual = unsafe utf8.withContiguousStorageIfAvailable { buffer in
            unsafe bytes.isEqual(to: UnsafeRawBufferPointer(buffer))
        }
        return isEqual ?? utf8.elementsEqual([UInt8](copying: bytes))
    }
}

extension RawSpan {
    @inline(__always)
    fileprivate func hasBytes(of array: borrowing [UInt8]) -> Bool {
        unsafe array.withUnsafeBytes { unsafe isEqual(to: $0) }
    }

    @inline(__always)
    fileprivate func isEqual(to buffer: UnsafeRawBufferPointer) -> Bool {
        guard byteCount == buffer.count else { return false }
        // Both buffers have `byteCount` bytes, and are only read during the call.
        return unsafe withUnsafeBytes { bytes in
            #if hasFeature(Embedded)
                return unsafe bytes.elementsEqual(buffer)
            #else
                guard let one = bytes.baseAddress, let other = buffer.baseAddress else { return true }
                return unsafe memcmp(one, other, bytes.count) == 0
            #endif
        }
    }
}
