import ServerSentEvents
import TestSupport
import Testing

// Shorthands for the results that most tests use.

/// The events of a stream, fed as one chunk.
func events(_ text: String) -> [ServerSentEvent] { events(Array(text.utf8)) }

/// The events of a stream, fed as one chunk.
func events(_ bytes: [UInt8]) -> [ServerSentEvent] {
    var parser = EventStreamParser()
    return events(&parser, bytes)
}

/// The events that the next chunk completes.
func events(_ parser: inout EventStreamParser, _ text: String) -> [ServerSentEvent] {
    events(&parser, Array(text.utf8))
}

/// The events that the next chunk completes.
func events(_ parser: inout EventStreamParser, _ bytes: [UInt8]) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    do throws(EventStreamError) {
        try parser.parse(bytes) { events.append(ServerSentEvent($0)) }
    } catch {
        Issue.record(error)
    }
    return events
}

/// The events and comments that the next chunk completes, each as a line of text.
func elements(_ parser: inout EventStreamParser, _ bytes: [UInt8]) throws -> [String] {
    var elements: [String] = []
    // `UInt8` has no padding bytes.
    var rest = unsafe bytes.span.bytes
    while let element = try parser.nextElement(in: &rest) {
        switch element {
        case .event(let event): elements.append("event " + ServerSentEvent(event).data)
        case .comment(let text):
            elements.append("comment " + String(decoding: [UInt8](copyOf: text), as: UTF8.self))
        @unknown default: elements.append("unknown")
        }
    }
    return elements
}

/// The scalars of a text, for comparison: `==` on strings treats composed and decomposed text as equal.
func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }
