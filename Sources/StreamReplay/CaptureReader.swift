/// Reads a capture of any format: bytes in; responses out, or one error.
///
/// The reader performs no I/O and never blocks. The capture can be split into chunks of any size, at any byte; the
/// responses do not depend on it.
///
/// - Memory: bounded, whatever the size of the capture: see the reader of each format.
package struct CaptureReader: ~Copyable {
    /// The position in the capture, and its transitions.
    private enum State: ~Copyable {
        /// In the first bytes. → one of the readers, once the format is known; → `failed`.
        case beginning([UInt8])
        case responses(ResponseSplitter)
        case trace(TraceReader)
        case verbose(VerboseReader)
        /// Ignores all input.
        case failed(CaptureError.Cause)
    }

    /// `nil` only while a method runs.
    private var state: State?
    /// The name of the capture, for errors.
    private let name: String
    private let input: CaptureInput
    /// The format, or `nil` until it is known. `trace` may become `asciiTrace` at the first record.
    package private(set) var format: CaptureFormat?

    /// Whether no other response can follow the current one.
    package private(set) var isLast = false

    /// The number of bytes kept.
    package private(set) var bufferedCount = 0

    /// - Parameter name: The name of the capture, for errors.
    package init(_ input: CaptureInput = .auto, name: String) {
        self.name = name
        self.input = input
        state = .beginning([])
    }

    /// The maximum number of bytes before the format is known. Every format is recognizable in fewer.
    private static let beginningLimit = 4096

    /// Receives the next bytes of the capture.
    ///
    /// - Throws: ``CaptureError``, and the same error on every later call.
    package mutating func receive(
        _ chunk: RawSpan,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError) {
        guard !chunk.isEmpty, let current = state.take() else { return }
        do throws(CaptureError.Cause) {
            state = try Self.receive(chunk, current, input, &sink)
        } catch {
            try fail(error)
        }
        update()
    }

    private static func receive(
        _ chunk: RawSpan,
        _ current: consuming State,
        _ input: CaptureInput,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) -> State {
        switch consume current {
        case .beginning(var bytes):
            // Only the first bytes matter; the rest of the chunk is forwarded unchanged.
            let count = min(chunk.byteCount, max(0, beginningLimit - bytes.count))
            bytes += chunk.extracting(first: count).copy()
            guard let format = try recognize(bytes.rawBytes, input, isFinal: false) else { return .beginning(bytes) }
            let next = try receive(bytes.rawBytes, reader(for: format, bytes.rawBytes, input, &sink), input, &sink)
            guard count < chunk.byteCount else { return next }
            return try receive(chunk.extracting(droppingFirst: count), next, input, &sink)
        case .responses(var splitter):
            splitter.receive(chunk, &sink)
            return .responses(splitter)
        case .trace(var reader):
            try reader.receive(chunk, &sink)
            return .trace(reader)
        case .verbose(var reader):
            reader.receive(chunk, &sink)
            return .verbose(reader)
        case .failed(let cause): throw cause
        }
    }

    /// Ends the capture and forwards the bytes kept so far.
    ///
    /// - Parameter isResponse: Whether an empty capture is a response rather than a body.
    /// - Throws: ``CaptureError``, and the same error on every later call.
    package mutating func finish(
        _ sink: inout some ResponseSink & ~Copyable,
        emptyIsResponse isResponse: Bool = false
    ) throws(CaptureError) {
        guard let current = state.take() else { return }
        do throws(CaptureError.Cause) {
            state = try Self.finish(current, input, emptyIsResponse: isResponse, &sink)
        } catch {
            try fail(error)
        }
        update()
    }

    private static func finish(
        _ current: consuming State,
        _ input: CaptureInput,
        emptyIsResponse isResponse: Bool,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) -> State {
        switch consume current {
        case .beginning(let bytes):
            let format = try recognize(bytes.rawBytes, input, isFinal: true) ?? .response
            var next = reader(for: format, bytes.rawBytes, input, &sink)
            if !bytes.isEmpty { next = try receive(bytes.rawBytes, next, input, &sink) }
            return try finish(next, input, emptyIsResponse: isResponse, &sink)
        case .responses(var splitter):
            splitter.finish(&sink, emptyIsResponse: isResponse)
            return .responses(splitter)
        case .trace(var reader):
            try reader.finish(&sink)
            return .trace(reader)
        case .verbose(var reader):
            reader.finish(&sink)
            return .verbose(reader)
        case .failed(let cause): throw cause
        }
    }

    private mutating func fail(_ cause: CaptureError.Cause) throws(CaptureError) {
        state = .failed(cause)
        throw CaptureError(name: name, cause: cause)
    }

    /// Copies the format and the flags from the current reader.
    private mutating func update() {
        switch state {
        case .beginning(let bytes)?: bufferedCount = bytes.count
        case .responses(let splitter)?:
            (isLast, bufferedCount) = (splitter.isLast, splitter.buffered.count)
            format = splitter.hasHead ? .response : splitter.isLast ? .body : nil
        case .trace(let reader)?:
            (format, bufferedCount) = (reader.isLossy ? .asciiTrace : .trace, reader.bufferedCount)
        case .verbose(let reader)?: (format, bufferedCount) = (.verbose, reader.bufferedCount)
        case .failed?: break
        case nil: break
        }
    }

    private static func reader(
        for format: CaptureFormat,
        _ beginning: RawSpan,
        _ input: CaptureInput,
        _ sink: inout some ResponseSink & ~Copyable
    ) -> State {
        switch format {
        case .body: .responses(ResponseSplitter(bodyFor: &sink))
        case .response: .responses(ResponseSplitter(isResponse: input == .response))
        case .trace, .asciiTrace: .trace(TraceReader(isRecognized: beginsTrace(beginning) != false))
        case .verbose: .verbose(VerboseReader())
        }
    }

    /// The format of a capture, or `nil` if its first bytes do not suffice for a decision. `response` includes bodies,
    /// which the splitter distinguishes.
    private static func recognize(
        _ bytes: RawSpan,
        _ input: CaptureInput,
        isFinal: Bool
    ) throws(CaptureError.Cause) -> CaptureFormat? {
        switch input {
        case .body: return .body
        case .response: return .response
        case .auto, .trace: break
        }
        var isUndecided = false
        switch Compression.match(bytes) {
        case .format(let compression): throw .compressed(compression)
        case .undecided: isUndecided = true
        case .none: break
        }
        let mayWait = !isFinal && bytes.byteCount < beginningLimit
        if input == .trace {
            isUndecided = isUndecided || beginsTrace(bytes) == nil
            return isUndecided && mayWait ? nil : .trace
        }
        if let (start, hasMeter) = VerboseLog.skipBeginning(bytes) {
            let rest = bytes.extracting(droppingFirst: start)
            let trace = TraceAnnotation.begins(rest)
            if trace == true { return .trace }
            let log = VerboseLog.begins(rest)
            if log == true { return .verbose }
            if trace == nil || log == nil { isUndecided = true }
            // A body after a progress meter.
            if hasMeter, !isUndecided || isFinal { return .verbose }
        } else {
            isUndecided = true
        }
        return isUndecided && mayWait ? nil : .response
    }

    /// Whether a capture begins like a trace, or `nil` if its first bytes do not suffice for a decision.
    private static func beginsTrace(_ bytes: RawSpan) -> Bool? {
        guard let (start, _) = VerboseLog.skipBeginning(bytes) else { return nil }
        return TraceAnnotation.begins(bytes.extracting(droppingFirst: start))
    }
}
