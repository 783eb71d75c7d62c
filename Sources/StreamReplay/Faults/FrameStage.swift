internal import HTTPResponseParsing

/// Drops, repeats, moves or splits frames.
///
/// A frame is the part of the body between the ends of two events, so comments and blank lines before an event move
/// with it. Only a frame that is moved, repeated or split is kept; all others are forwarded immediately.
final class FrameStage: FaultStage {
    /// The operation, and the event it applies to.
    enum Action {
        case drop(Range<Int>)
        case repeatEvent(Int, times: Int)
        case reorder(Int, by: Int)
        case split(Int, at: Int?, StreamFault.SplitForm)
    }

    private let action: Action
    private var boundaries = EventBoundaries()
    /// The bytes of the kept frame.
    private var kept: [UInt8] = []
    /// The number of frames after which the kept one is sent; `nil` while it is incomplete.
    private var distance: Int?
    /// The next chunk to send.
    private var chunk: [UInt8] = []
    private(set) var hasApplied = false

    init(_ action: Action) { self.action = action }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        switch part.content {
        case .body(let bytes):
            var start = 0
            while start < bytes.count {
                let length = boundaries.consume(bytes[start...])
                let end = length.map { start + $0 } ?? bytes.count
                let event = boundaries.count + (length == nil ? 1 : 0)
                receive(bytes[start..<end], of: event, isLast: length != nil, part.time, &output)
                start = end
            }
            flush(at: part.time, &output)
        case .end:
            // The events that the kept one was to follow never arrived, or the kept one is incomplete.
            if distance != nil { hasApplied = true }
            if case .repeatEvent = action {} else { chunk += kept }
            kept = []
            flush(at: part.time, &output)
            output.append(part)
        case .head, .pause, .delay: output.append(part)
        }
    }

    /// Receives bytes of an event.
    private func receive(
        _ bytes: ArraySlice<UInt8>,
        of event: Int,
        isLast: Bool,
        _ time: Duration?,
        _ output: inout [DamagedPart]
    ) {
        switch action {
        case .drop(let events) where events.contains(event): if isLast { hasApplied = true }
        case .repeatEvent(event, let times):
            chunk += bytes
            kept += bytes
            guard isLast else { return }
            for _ in 0..<times {
                chunk += kept
                // Many repetitions must not use memory.
                if chunk.count >= 1 << 16 { flush(at: time, &output) }
            }
            endKept()
        case .reorder(event, let by):
            kept += bytes
            if isLast { distance = by }
        case .split(event, let at, let form):
            kept += bytes
            guard isLast else { return }
            split(at: at, form, time, &output)
            endKept()
        default:
            chunk += bytes
            guard isLast, let left = distance else { return }
            distance = left - 1
            if left > 1 { return }
            chunk += kept
            distance = nil
            endKept()
        }
    }

    private func endKept() {
        hasApplied = true
        kept = []
    }

    private func split(at place: Int?, _ form: StreamFault.SplitForm, _ time: Duration?, _ output: inout [DamagedPart])
    {
        let place = min(place ?? (form == .lines ? placeInData : nil) ?? kept.count / 2, kept.count)
        chunk += kept[..<place]
        // Raw bytes: they belong in the middle of a recorded frame, which no writer of complete events can divide.
        switch form {
        case .events: chunk += Array("\n\n".utf8)
        case .lines: chunk += Array("\ndata: ".utf8)
        case .chunks: flush(at: time, &output)
        }
        chunk += kept[place...]
    }

    /// The position after the opening brace of the data, where a line end does not change the meaning of the JSON.
    private var placeInData: Int? { kept.firstIndex(of: UInt8(ascii: "{")).map { $0 + 1 } }

    private func flush(at time: Duration?, _ output: inout [DamagedPart]) {
        if chunk.isEmpty { return }
        output.append(DamagedPart(time: time, content: .body(chunk)))
        chunk = []
    }
}
