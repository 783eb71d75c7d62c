internal import HTTPResponseParsing

/// Drops, repeats, moves or splits frames.
///
/// A frame is the part of the body between the ends of two events, so comments and blank lines before an event move
/// with it. The stage buffers only a frame that it moves, repeats or splits, and forwards all others immediately.
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
    /// The bytes of the frame to move, repeat or split.
    private var buffered: [UInt8] = []
    /// The number of frames after which the buffered one is sent; `nil` while it is incomplete.
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
            // The events that the buffered one was to follow never arrived, or the buffered one is incomplete.
            if distance != nil { hasApplied = true }
            if case .repeatEvent = action {} else { chunk += buffered }
            buffered = []
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
            buffered += bytes
            guard isLast else { return }
            for _ in 0..<times {
                chunk += buffered
                // Many repetitions must not use memory.
                if chunk.count >= 1 << 16 { flush(at: time, &output) }
            }
            endBuffered()
        case .reorder(event, let by):
            buffered += bytes
            if isLast { distance = by }
        case .split(event, let at, let form):
            buffered += bytes
            guard isLast else { return }
            split(at: at, form, time, &output)
            endBuffered()
        default:
            chunk += bytes
            guard isLast, let left = distance else { return }
            distance = left - 1
            if left > 1 { return }
            chunk += buffered
            distance = nil
            endBuffered()
        }
    }

    private func endBuffered() {
        hasApplied = true
        buffered = []
    }

    private func split(at place: Int?, _ form: StreamFault.SplitForm, _ time: Duration?, _ output: inout [DamagedPart])
    {
        let place = min(place ?? (form == .lines ? placeInData : nil) ?? buffered.count / 2, buffered.count)
        chunk += buffered[..<place]
        // Raw bytes: they belong in the middle of a recorded frame, which no writer of complete events can divide.
        switch form {
        case .events: chunk += Array("\n\n".utf8)
        case .lines: chunk += Array("\ndata: ".utf8)
        case .chunks: flush(at: time, &output)
        }
        chunk += buffered[place...]
    }

    /// The position after the opening brace of the data, where a line end does not change the meaning of the JSON.
    private var placeInData: Int? { buffered.firstIndex(of: UInt8(ascii: "{")).map { $0 + 1 } }

    private func flush(at time: Duration?, _ output: inout [DamagedPart]) {
        if chunk.isEmpty { return }
        output.append(DamagedPart(time: time, content: .body(chunk)))
        chunk = []
    }
}
