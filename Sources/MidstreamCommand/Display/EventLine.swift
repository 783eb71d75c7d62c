import MessageStream
import ServerSentEvents

extension JSONWriter {
    /// Writes the line of `replay --json` for an event.
    ///
    /// The members of the event's data stand beside those of the line. Where one of them has a name that means something
    /// in a line, all of them stand under `payload` instead, so that no event looks like a verdict.
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
                preconditionFailure("a member was read in data that is not JSON: \(error)")
            }
        } else {
            members(ofEventData: frame.data, except: [])
        }
        endObject()
        endLine()
    }

    private static let reservedNames = ["event", "offset", "verdict", "file", "response"]

    /// Whether the data is a JSON object with a member that has a name of the line's own.
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
            // Data that is not JSON stands in the line as text.
            return false
        }
        return isReserved
    }
}
