/// Reads the output of `curl --trace` and `curl --trace-ascii`.
///
/// ## Theory of operation
///
/// A trace is a sequence of records: an annotation, which states the kind and the size of the record, and the lines of
/// its dump. The reader splits the capture into lines, decodes the dumps of received heads and data, and passes each
/// complete record to a ``TransferQueue``. It skips everything else: curl's own messages, sent data, TLS records, and
/// lines that are not part of the trace, such as a body or a progress meter in the same file.
///
/// A record of data is one chunk as curl received it. If the capture ends within a record, the reader forwards the
/// bytes so far. A record that lacks lines elsewhere is an error.
///
/// A capture without any annotation is an error only if its first bytes do not begin one: a capture that ends within
/// its first line is a truncated trace without a response.
///
/// - Memory: one line, one record up to ``pieceLimit``, and the memory of ``TransferQueue``.
struct TraceReader: ~Copyable {
    /// The position of the next line, and its transitions.
    private enum State {
        /// Between records. → `dump`, by an annotation with bytes.
        case between
        /// In the dump of a record. → `between`, once it is complete.
        case dump(TraceDump, Header)
    }

    /// The contents of the annotation of a record.
    private struct Header {
        var kind: TraceAnnotation.Kind
        var transfer: Int?
        var time: TraceTime?
    }

    private var state = State.between
    /// The line cut by the end of the last chunk, or its last bytes if it is long.
    private var line: [UInt8] = []
    /// Whether `line` lacks its first bytes.
    private var isLineCut = false
    /// The offset in the capture of the next byte, between chunks, and of the first byte of the current line.
    private var position = 0
    private var lineStart = 0
    private var style: TraceDump.Style?
    private var queue = TransferQueue()
    /// The time of the last annotation, and the midnight before it.
    private var lastTime = TraceTime(microseconds: 0)
    private var midnight: Int64 = 0
    /// Whether an annotation has been read, or the capture begins like one.
    private var hasStarted: Bool

    /// The maximum number of bytes of a line to keep. The lines of a dump have at most 86.
    static let lineLimit = 1024
    /// The maximum size of a chunk, in bytes. A larger record is forwarded in pieces.
    static let pieceLimit = 1 << 20
    /// The number of bytes without an annotation after which a capture is not a trace.
    private static let beginningLimit = 64 << 10
    private static let day: Int64 = 86_400_000_000

    /// - Parameter isRecognized: Whether the capture begins like a trace.
    init(isRecognized: Bool) { hasStarted = isRecognized }

    /// Whether the dumps show each byte other than printable ASCII as a dot.
    var isLossy: Bool { style == .ascii }

    /// The number of bytes kept.
    var bufferedCount: Int {
        if case .dump(let dump, _) = state { return line.count + dump.bytes.count + queue.bufferedCount }
        return line.count + queue.bufferedCount
    }

    /// Receives the next bytes of the capture.
    mutating func receive(
        _ chunk: RawSpan,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) {
        var start = 0
        while let end = chunk.firstOffset(of: UInt8(ascii: "\n"), from: start) {
            if line.isEmpty {
                try receiveLine(chunk.extracting(start..<end), &sink)
            } else {
                keep(chunk.extracting(start..<end))
                // Moved out and back, so that it is not accessed while it changes.
                var complete = line
                line = []
                try receiveLine(complete.rawBytes, &sink)
                complete.removeAll(keepingCapacity: true)
                line = complete
            }
            isLineCut = false
            start = end + 1
            lineStart = position + start
        }
        keep(chunk.extracting(droppingFirst: start))
        position += chunk.byteCount
        if !hasStarted, position > Self.beginningLimit { throw .notTrace }
    }

    /// Appends bytes to `line`. Only the end of a long line matters, because an annotation may follow foreign bytes.
    private mutating func keep(_ bytes: RawSpan) {
        let count = min(bytes.byteCount, Self.lineLimit)
        if count < bytes.byteCount {
            line.removeAll(keepingCapacity: true)
            isLineCut = true
        } else if line.count + count > Self.lineLimit {
            line = Array(line.suffix(TraceAnnotation.longest))
            isLineCut = true
        }
        line += bytes.extracting(last: count).copy()
    }

    private mutating func receiveLine(
        _ line: RawSpan,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) {
        guard case .dump(var dump, let header) = state else { return try receiveAnnotation(line, &sink) }
        // Moved out and back, so that its bytes are not copied.
        state = .between
        switch isLineCut ? .missing : dump.read(line, &style) {
        case .read:
            if dump.isComplete {
                try pass(dump.removeBytes(), header, &sink)
            } else {
                if dump.bytes.count >= Self.pieceLimit { try pass(dump.removeBytes(), header, &sink) }
                state = .dump(dump, header)
            }
        case .none:
            try pass(dump.removeBytes(), header, &sink)
            try receiveAnnotation(line, &sink)
        case .missing: throw .damagedTrace(offset: lineStart)
        }
    }

    private mutating func receiveAnnotation(
        _ line: RawSpan,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) {
        guard let annotation = TraceAnnotation(line) else { return }
        hasStarted = true
        let time = annotation.prefix.timeOfDay.map { self.time($0) }
        let transfer = annotation.prefix.transfer
        switch annotation.kind {
        case .info(endsTransfer: true): try queue.receive(.end, of: transfer, at: time, &sink)
        case .info: return
        case .sentHeader: try queue.receive(.request, of: transfer, at: time, &sink)
        case .receivedHeader, .receivedData, .other: break
        }
        guard annotation.count > 0 else { return }
        let isKept = annotation.kind == .receivedHeader || annotation.kind == .receivedData
        let header = Header(kind: annotation.kind, transfer: transfer, time: time)
        state = .dump(TraceDump(size: annotation.count, isKept: isKept), header)
    }

    /// Converts a time of day, which restarts at midnight.
    private mutating func time(_ timeOfDay: Int64) -> TraceTime {
        var time = TraceTime(microseconds: midnight + timeOfDay)
        if time.microseconds < lastTime.microseconds - Self.day / 2 {
            midnight += Self.day
            time.microseconds += Self.day
        }
        // The clock may have been set back.
        lastTime.microseconds = max(lastTime.microseconds, time.microseconds)
        return lastTime
    }

    private mutating func pass(
        _ bytes: [UInt8],
        _ header: Header,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) {
        guard !bytes.isEmpty else { return }
        queue.isLossy = isLossy
        let event: TransferEvent = header.kind == .receivedHeader ? .header(bytes) : .data(bytes)
        try queue.receive(event, of: header.transfer, at: header.time, &sink)
    }

    /// Ends the capture.
    mutating func finish(_ sink: inout some ResponseSink & ~Copyable) throws(CaptureError.Cause) {
        if case .dump(var dump, let header) = state {
            state = .between
            var isWhole = false
            if !line.isEmpty {
                let last = line
                let result = dump.read(last.rawBytes, &style, isCut: true)
                if case .none = result { isWhole = true }
            }
            if !isWhole { dump.finish(style) }
            try pass(dump.removeBytes(), header, &sink)
        }
        line = []
        queue.finish(&sink)
        if !hasStarted { throw .notTrace }
    }
}
