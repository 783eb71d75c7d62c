internal import HTTPResponseParsing
internal import ServerSentEvents

/// Acts at one position in the body.
///
/// The body is forwarded as it arrives, even in the middle of a frame. The stage only searches for the position and
/// keeps nothing.
final class PositionStage: FaultStage {
    /// The action at the position.
    enum Action {
        case end(DamagedPart.Ending)
        /// `nil` means forever.
        case pause(Duration?)
        case insert([UInt8], InjectedError.Next)
        case pings(count: Int, every: Duration)
    }

    private enum State {
        /// → `after`, at the position, if the response continues; → `ended`.
        case before
        /// → `ended`, by the end of the response.
        case after
        /// Ignores everything.
        case ended
    }

    private let position: StreamFault.Position
    private let action: Action
    private var state = State.before
    private var boundaries = EventBoundaries()
    private var byteCount = 0
    private(set) var hasApplied = false

    init(_ position: StreamFault.Position, _ action: Action) {
        self.position = position
        self.action = action
    }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        switch state {
        case .ended: return
        case .after: output.append(part)
        case .before:
            switch part.content {
            case .head:
                output.append(part)
                if isHere { act(at: part.time, &output) }
            case .body(let bytes):
                let end = place(in: bytes)
                let first = bytes[..<(end ?? bytes.count)]
                if !first.isEmpty { output.append(DamagedPart(time: part.time, content: .body(Array(first)))) }
                guard let end else { return }
                act(at: part.time, &output)
                let rest = bytes[end...]
                if state == .after, !rest.isEmpty {
                    output.append(DamagedPart(time: part.time, content: .body(Array(rest))))
                }
            case .pause, .delay, .end: output.append(part)
            }
        }
        if case .end = part.content { state = .ended }
    }

    /// Whether the position is the start of the body.
    private var isHere: Bool {
        switch position {
        case .byte(let count): count == 0
        case .event(let count): count == 0
        }
    }

    /// The offset of the position in the next bytes, if they contain it.
    private func place(in bytes: [UInt8]) -> Int? {
        switch position {
        case .byte(let place):
            defer { byteCount += bytes.count }
            return place <= byteCount + bytes.count ? place - byteCount : nil
        case .event(let count):
            var end = 0
            while let length = boundaries.consume(bytes[end...]) {
                end += length
                if boundaries.count == count { return end }
            }
            return nil
        }
    }

    private func act(at time: Duration?, _ output: inout [DamagedPart]) {
        func append(_ content: DamagedPart.Content) { output.append(DamagedPart(time: time, content: content)) }
        func end(_ ending: DamagedPart.Ending) {
            append(.end(ending))
            state = .ended
        }
        hasApplied = true
        state = .after
        switch action {
        case .end(let ending): end(ending)
        case .pause(let duration):
            append(.pause(duration))
            if duration == nil { end(.truncated) }
        case .insert(let bytes, let next):
            if !bytes.isEmpty { append(.body(bytes)) }
            switch next {
            case .end: end(.complete)
            case .cut: end(.truncated)
            case .continue: break
            }
        case .pings(let count, let every):
            for _ in 0..<count {
                if every > .zero { append(.delay(every)) }
                append(.body(Self.ping))
            }
            end(.complete)
        }
    }

    private static let ping = EventStreamWriter.frame("ping", #"{"type": "ping"}"#)
}
