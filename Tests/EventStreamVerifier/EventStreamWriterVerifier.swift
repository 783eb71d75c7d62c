import ServerSentEvents
import TestSupport

/// Checks that a parser reads back what an ``EventStreamWriter`` wrote.
public struct EventStreamWriterVerifier: Sendable {
    /// An element that is written, and that a parser must read back.
    public enum Element: Sendable, Hashable {
        case event(type: [UInt8], data: [UInt8], id: [UInt8], retry: Int?)
        case comment([UInt8])
    }

    /// Creates a verifier.
    public init() {}

    /// Parses a stream, writes its elements, and parses the written stream.
    ///
    /// - Returns: The first difference, or `nil`.
    public func mismatch(_ stream: [UInt8]) -> String? {
        let elements = Self.elements(of: stream)
        for lineEnd in EventStreamWriter.LineEnd.allCases {
            var writer = EventStreamWriter(lineEnd: lineEnd)
            var id: [UInt8] = []
            for element in elements {
                do throws(EventStreamWriterError) {
                    try writer.write(element, after: id)
                } catch {
                    return "\(element) is rejected: \(error); stream: \(stream.escaped)"
                }
                if case .event(_, _, let next, _) = element { id = next }
            }
            let copy = Self.elements(of: writer.bytes)
            if copy != elements { return "\(copy) instead of \(elements); stream: \(stream.escaped)" }
        }
        return nil
    }

    /// The elements of a stream, as returned by the parser.
    public static func elements(of stream: [UInt8]) -> [Element] {
        var parser = EventStreamParser(keepsComments: true)
        var elements: [Element] = []
        let bytes = stream[...]
        // `UInt8` has no padding bytes.
        var rest = unsafe bytes.span.bytes
        do throws(EventStreamError) {
            while let element = try parser.nextElement(in: &rest) {
                switch element {
                case .event(let view):
                    elements.append(
                        .event(
                            type: [UInt8](copyOf: view.eventField),
                            data: [UInt8](copyOf: view.data),
                            id: [UInt8](copyOf: view.lastEventID),
                            retry: view.retry
                        )
                    )
                case .comment(let text): elements.append(.comment([UInt8](copyOf: text)))
                @unknown default: break
                }
            }
        } catch {
            // Bytes after an exceeded limit are not part of the stream.
        }
        return elements
    }
}

extension EventStreamWriter {
    /// Writes an element. The ID is written only if it changes.
    fileprivate mutating func write(
        _ element: EventStreamWriterVerifier.Element,
        after lastID: [UInt8]
    ) throws(EventStreamWriterError) {
        switch element {
        case .event(let type, let data, let id, let retry):
            try event(type, data: data, id: id == lastID ? nil : id, retry: retry)
        case .comment(let text): try comment(text)
        }
    }
}
