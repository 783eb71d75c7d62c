import MessageStream
import ServerSentEvents

extension JSONWriter {
    /// Writes the `replay --json` line for an event.
    ///
    /// The members of the event's data follow the line's own members. If any of them has a reserved name, all of them
    /// go under `payload` instead, so that no event can look like a verdict.
    mutating func eventLine(_ event: MessageStreamEvent, _ frame: EventView) {
        beginObject()
        member("event", event.name)
        member("offset", frame.offset)
        if Self.hasReservedMember(frame.data) {
            key("payload")
            var reader = JSONReader(frame.data)
            do throws(JSONError) {
                try copyValue(from: &reader)
            } catch {
                preconditionFailure("the data was parsed as JSON before but is not valid JSON: \(error)")
            }
        } else {
            members(ofEventData: frame.data, except: [])
        }
        endObject()
        endLine()
    }

    private static let reservedNames = ["event", "offset", "verdict", "file", "response"]

    /// Whether the data is a JSON object with a reserved member name.
    private static func hasReservedMember(_ data: RawSpan) -> Bool {
        var isReserved = false
        var reader = JSONReader(data)
        do throws(JSONError) {
            guard try reader.peekKind() == .object else { return false }
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.makeString()
                if reservedNames.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { isReserved = true }
                _ = try reader.skipValue()
            }
            try reader.finish()
        } catch {
            // Data that is not JSON is written as a string.
            return false
        }
        return isReserved
    }
}
