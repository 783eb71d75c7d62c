/// Parts of the syntax of event streams that other modules use to recognize one.
package enum EventStreamSyntax {
    /// U+FEFF in UTF-8, which may precede an event stream: "one leading UTF-8 Byte Order Mark".
    package static let byteOrderMark: [UInt8] = (0..<3).map(EventStreamParser.byteOrderMark)

    /// The names of the fields that section 9.2.6 defines.
    package static let fieldNames: [[UInt8]] = ["event", "data", "id", "retry"].map { Array($0.utf8) }
}
