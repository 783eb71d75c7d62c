/// A trace in curl's format.
struct WrittenTrace {
    private(set) var bytes: [UInt8] = []
    var isASCII = false
    /// The text before each annotation.
    var prefix = ""

    init(isASCII: Bool = false) { self.isASCII = isASCII }

    mutating func info(_ text: String) { bytes += Array("\(prefix)== Info: \(text)\n".utf8) }

    mutating func record(_ kind: String, _ data: [UInt8]) {
        bytes += Array("\(prefix)\(kind), \(data.count) bytes (0x\(String(data.count, radix: 16)))\n".utf8)
        if isASCII { dumpText(data) } else { dumpPairs(data) }
    }

    mutating func record(_ kind: String, _ text: String) { record(kind, Array(text.utf8)) }

    /// A response with a head and chunks of data.
    mutating func response(_ fields: [String], _ chunks: [[UInt8]]) {
        for line in fields + [""] { record("<= Recv header", line + "\r\n") }
        for chunk in chunks { record("<= Recv data", chunk) }
    }

    private static func hexadecimal(_ value: Int, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func shown(_ byte: UInt8) -> UInt8 { (0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: ".") }

    private mutating func dumpPairs(_ data: [UInt8]) {
        for start in stride(from: 0, to: data.count, by: 16) {
            let row = data[start..<min(start + 16, data.count)]
            let pairs = row.map { Self.hexadecimal(Int($0), width: 2) + " " }.joined()
            let padding = String(repeating: "   ", count: 16 - row.count)
            bytes += Array("\(Self.hexadecimal(start, width: 4)): \(pairs)\(padding)".utf8) + row.map(Self.shown)
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    private mutating func dumpText(_ data: [UInt8]) {
        var start = 0
        while start < data.count {
            var end = start
            while end < data.count, end < start + 64, !data[end...].starts(with: "\r\n".utf8) { end += 1 }
            bytes += Array("\(Self.hexadecimal(start, width: 4)): ".utf8) + data[start..<end].map(Self.shown)
            bytes.append(UInt8(ascii: "\n"))
            start = data[end...].starts(with: "\r\n".utf8) ? end + 2 : end
        }
    }
}
