import MessageStream
import StreamReplay

/// A scan of the captures contained in standard input.
struct MemberStage: ~Copyable {
    /// How standard input contains captures.
    enum Form: Sendable {
        /// As records: each capture after a line with its length and its key.
        case records
        /// As the files of an archive.
        case tar
    }

    private static let bufferSize = 128 << 10

    /// Runs the scan.
    ///
    /// - Returns: The exit status.
    static func run(_ form: Form, _ options: ScanOptions) -> CInt {
        var members = MemberScanner(options)
        do throws(CaptureError) {
            switch form {
            case .records:
                var reader = RecordReader()
                try readInput { reader.receive($0, &members) }
                reader.finish(&members)
            case .tar:
                var reader = TarReader()
                try readInput { reader.receive($0, &members) }
                reader.finish(&members)
            }
        } catch {
            _ = members.finish()
            Output.printError("\(error)")
            return ExitStatus.unreadable
        }
        return members.finish()
    }

    private static func readInput(_ body: (RawSpan) -> Void) throws(CaptureError) {
        let file = try CaptureFile(path: Array("-".utf8))
        var buffer = [UInt8](repeating: 0, count: bufferSize)
        while case .bytes(let count) = try file.read(into: &buffer) {
            body(buffer.rawBytes.extracting(first: count))
        }
    }
}

/// Judges members, and reports each one as soon as it has ended.
private struct MemberScanner: MemberSink, ~Copyable {
    private let options: ScanOptions
    private var reporter: ScanReporter
    private var key: [UInt8] = []
    /// `nil` to skip the member.
    private var judge: CaptureJudge?
    private var byteCount = 0

    init(_ options: ScanOptions) {
        self.options = options
        reporter = ScanReporter(options)
    }

    mutating func begin(_ key: [UInt8]) {
        self.key = key
        byteCount = 0
        if options.skippedKeys?.contains(key) == true {
            judge = nil
            reporter.passOver()
        } else {
            judge = CaptureJudge(options.input)
        }
    }

    mutating func receive(_ bytes: RawSpan) {
        byteCount += bytes.byteCount
        guard var judge = judge.take() else { return }
        if judge.needsMore { judge.receive(bytes) }
        self.judge = consume judge
    }

    mutating func end(_ problem: MemberProblem?) {
        guard var judge = judge.take() else { return }
        if let problem { return report(ScanReport(unreadable: key, "\(problem)", style: options.style)) }
        do throws(CaptureError.Cause) {
            let verdict = try judge.finish()
            report(ScanReport(verdict, of: key, byteCount: byteCount, style: options.style))
        } catch {
            report(ScanReport(unreadable: key, "\(error)", style: options.style))
        }
    }

    mutating func reject(_ problem: MemberProblem) {
        report(ScanReport(unreadable: nil, "\(problem)", style: options.style))
    }

    private mutating func report(_ report: ScanReport) {
        reporter.report(report)
        reporter.flush()
    }

    mutating func finish() -> CInt { reporter.finish(isInterrupted: false, duration: .zero) }
}
