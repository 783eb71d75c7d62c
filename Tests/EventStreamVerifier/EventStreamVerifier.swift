public import ReferenceEventStream
public import ServerSentEvents
public import TestSupport

/// Compares the parser with the reference on one stream, fed in one way.
public struct EventStreamVerifier: Sendable {
    /// The function of the parser that receives the chunks.
    public enum EntryPoint: Sendable, CaseIterable {
        /// `parse(_:_:)` of spans.
        case parse
        /// `parse(_:_:)` of collections, both contiguous and not.
        case parseCollection
        /// `next(in:)` of raw spans.
        case next
        /// `next(in:)` of spans of bytes.
        case nextInSpan
        /// `consume(_:while:)`.
        case consume
        /// `nextElement(in:)`, with a parser that keeps comments.
        case elements
        /// Any of these in turn, with a parser that keeps comments.
        case mixed
    }

    /// How the stream is split into chunks.
    public var chunking: Chunking
    /// The function that receives the chunks.
    public var entryPoint: EntryPoint
    /// The limits that the parser must enforce.
    public var limits: EventStreamLimits
    /// Whether feeding stops at random positions within chunks, and then continues with the rest.
    public var stops: Bool
    /// The seed of all random choices.
    public var seed: UInt64

    /// Creates a verifier.
    public init(
        _ chunking: Chunking,
        _ entryPoint: EntryPoint,
        limits: EventStreamLimits = EventStreamLimits(),
        stops: Bool = true,
        seed: UInt64 = 0
    ) {
        self.chunking = chunking
        self.entryPoint = entryPoint
        self.limits = limits
        self.stops = stops
        self.seed = seed
    }

    /// The elements that the reference finds in `stream`, with these limits.
    public func reference(_ stream: [UInt8], after earlier: ReferenceEventStream? = nil) -> ReferenceEventStream {
        ReferenceEventStream(
            stream,
            lastEventID: earlier?.lastEventID ?? ReferenceEventStream.Text(),
            reconnectionTime: earlier?.reconnectionTime,
            lineBytes: limits.lineBytes,
            eventBytes: limits.eventBytes
        )
    }

    /// Feeds `stream` to a parser over `connections` connections, each of which carries the complete stream.
    ///
    /// - Parameters:
    ///   - stream: The bytes of each connection.
    ///   - expected: The elements that the reference finds in the first connection, if the caller knows them.
    ///   - connections: The number of times the stream is fed.
    /// - Returns: The first difference between the parser and the reference, or `nil`.
    public func mismatch(
        _ stream: [UInt8],
        expected: ReferenceEventStream? = nil,
        connections: Int = 1
    ) -> String? {
        var feeder = Feeder(self)
        var earlier: ReferenceEventStream?
        for connection in 0..<connections {
            let known = connection == 0 ? expected : nil
            let reference = known ?? reference(stream, after: earlier)
            if let difference = feeder.feed(stream, expected: reference) {
                return "connection \(connection), \(self): \(difference); stream: \(stream.escaped)"
            }
            earlier = reference
        }
        return nil
    }
}

extension [UInt8] {
    /// The bytes as text on one line, with escapes for those outside printable ASCII; only the beginning of a long
    /// text.
    var escaped: String {
        var text = ""
        for byte in prefix(4096) {
            switch byte {
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return count > 4096 ? text + "… (\(count) bytes)" : text
    }
}
