/// The progress of a scan, as one line of a terminal.
struct ScanProgress: Sendable {
    /// The files and bytes scanned so far.
    var files = 0
    var bytes = 0
    /// The files and bytes to scan; `nil` until all of them were found.
    var total: (files: Int, bytes: Int)?

    /// The fraction of the bytes scanned, or of the files if all of them are empty; `nil` if unknown.
    private var fraction: Double? {
        guard let total else { return nil }
        let (done, all) = total.bytes > 0 ? (bytes, total.bytes) : (files, total.files)
        return all > 0 ? min(1, Double(done) / Double(all)) : nil
    }

    /// The line, in at most `width` columns. The less important parts are omitted if they do not fit.
    ///
    /// - Parameter seconds: The time since the start of the scan.
    func line(width: Int, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(bytes) / seconds : 0
        var parts: [(rank: Int, text: String)] = []
        if let fraction { parts.append((0, "\(Int(fraction * 100))%")) }
        let noun = (total?.files ?? files) == 1 ? "file" : "files"
        parts.append((2, "\(Units.number(files))\(total.map { "/\(Units.number($0.files))" } ?? "") \(noun)"))
        parts.append((1, total.map { "\(Units.bytes(bytes)) of \(Units.bytes($0.bytes))" } ?? Units.bytes(bytes)))
        if seconds >= 0.5 { parts.append((4, "\(Units.bytes(Int(rate)))/s")) }
        if let fraction, let total, seconds >= 1, rate > 0, fraction < 1 {
            let left = Double(max(0, total.bytes - bytes)) / rate
            parts.append((3, "\(Units.time(.seconds(Int(min(left, 1e9).rounded(.up))))) left"))
        }
        func joined() -> String { parts.map(\.text).joined(separator: "  ") }
        while parts.count > 1, joined().utf8.count > width {
            let last = parts.map(\.rank).max() ?? 0
            parts.removeAll { $0.rank == last }
        }
        let text = String(joined().prefix(max(0, width)))
        let room = min(Self.barLimit, width - text.utf8.count - 4)
        guard let fraction, room >= Self.shortestBar else { return text }
        let filled = Int(Double(room) * fraction)
        let head = filled < room ? ">" : ""
        let bar = String(repeating: "=", count: filled) + head
        return "[\(bar)\(String(repeating: " ", count: room - bar.utf8.count))]  \(text)"
    }

    private static let barLimit = 40
    private static let shortestBar = 8
}
