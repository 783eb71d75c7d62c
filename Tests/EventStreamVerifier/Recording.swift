import ReferenceEventStream
import ServerSentEvents
import TestSupport

// The results of the parser, as elements of the reference.

extension ReferenceEventStream.Event {
    /// Copies an event: the bytes from the view, and the scalars from the owned copy of it.
    init(_ view: EventView) {
        let owned = ServerSentEvent(view)
        self.init(
            type: Array(owned.type.unicodeScalars),
            eventField: ReferenceEventStream.Text(copyOf: view.eventField),
            data: ReferenceEventStream.Text(
                scalars: Array(owned.data.unicodeScalars),
                bytes: [UInt8](copyOf: view.data)
            ),
            lastEventID: ReferenceEventStream.Text(
                scalars: Array(owned.lastEventID.unicodeScalars),
                bytes: [UInt8](copyOf: view.lastEventID)
            ),
            retry: view.retry,
            offset: view.offset,
            length: view.length
        )
        precondition(owned.dataBytes == data.bytes, "the owned event keeps the bytes as received")
        precondition(owned.retry == retry && owned.offset == offset && owned.length == length)
        precondition(view.byteRange == offset..<(offset + length))
    }
}

extension ReferenceEventStream.Text {
    /// Copies and decodes bytes.
    init(copyOf span: RawSpan) {
        let bytes = [UInt8](copyOf: span)
        self.init(scalars: Array(String(decoding: bytes, as: UTF8.self).unicodeScalars), bytes: bytes)
    }
}

extension EventStreamError {
    /// The parts of an error, which tests cannot create.
    struct Expectation: Equatable {
        var limit: Limit
        var allowed: Int
        var offset: Int

        init(limit: Limit, allowed: Int, offset: Int) {
            self.limit = limit
            self.allowed = allowed
            self.offset = offset
        }

        init(_ error: EventStreamError) {
            self.init(limit: error.limit, allowed: error.allowed, offset: error.offset)
        }
    }
}
