/// The output of `curl --trace-time --trace`, made of records with their times.
struct TimedTrace {
    private var text = ""

    var bytes: [UInt8] { Array(text.utf8) }

    /// Adds a record.
    ///
    /// - Parameters:
    ///   - kind: Such as `<= Recv data`.
    ///   - time: The seconds and microseconds of the time of day, such as `0.250000`.
    mutating func add(_ kind: String, at time: String, _ contents: String) {
        let bytes = Array(contents.utf8)
        text += "10:00:0\(time) \(kind), \(bytes.count) bytes (0x\(String(bytes.count, radix: 16)))\n"
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let row = bytes[start..<min(start + 16, bytes.count)]
            let hex = row.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) + " " }.joined()
            let offset = String(start, radix: 16)
            text += String(repeating: "0", count: 4 - offset.utf8.count) + offset + ": " + hex
            text += String(repeating: " ", count: 48 - hex.utf8.count)
            text += row.map { (0x20...0x7E).contains($0) ? String(UnicodeScalar($0)) : "." }.joined() + "\n"
        }
    }

    /// Adds a head with these fields, and its end.
    mutating func addHead(at time: String, _ fields: String...) {
        for line in ["HTTP/1.1 200 OK"] + fields + [""] { add("<= Recv header", at: time, line + "\r\n") }
    }
}
