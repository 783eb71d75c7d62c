internal import ServerSentEvents

extension EventStreamWriter {
    /// The bytes of one event.
    ///
    /// A CR, which data cannot contain, becomes a line feed: a message from the command line may contain one.
    ///
    /// - Parameter name: The type of the event, without line ends; `nil` for the default type.
    static func frame(_ name: String?, _ data: String) -> [UInt8] {
        var writer = EventStreamWriter(limits: EventStreamLimits(lineBytes: .max, eventBytes: .max))
        let bytes = data.utf8.map { $0 == 0x0D ? 0x0A : $0 }
        do throws(EventStreamWriterError) {
            try writer.event(name.map { Array($0.utf8) }, data: bytes)
        } catch {
            preconditionFailure("names are literals, and nothing else is refused: \(error)")
        }
        return writer.bytes
    }
}
