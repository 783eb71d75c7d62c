import HTTPResponseParsing

extension ResponseReader {
    /// Reads a response in a separate task, so that a wait for a piece can end early.
    ///
    /// - Parameters:
    ///   - makeReader: Creates the reader of the response, in that task.
    ///   - policy: The time limits for a wait.
    ///   - clock: Measures the waits.
    init<C: Clock<Duration>>(
        guarding makeReader: @escaping @Sendable () -> ResponseReader,
        policy: StallPolicy,
        clock: C
    ) {
        let task = ReaderTask(makeReader, clock: clock)
        var meter = StallMeter(policy)
        perform = { (request: Request, actor: isolated (any Actor)?) in
            guard case .read(let receiver, let activity) = request else {
                _ = await task.relay.request(.finish, until: nil, isolation: actor)
                return false
            }
            meter.receive(activity)
            let start = meter.isDisabled ? nil : clock.now
            let limit = meter.next
            let deadline = start.flatMap { start in limit.map { start.advanced(by: $0.remaining) } }
            switch await task.relay.request(.element, until: deadline, isolation: actor) {
            case .element(let piece):
                if let start { meter.receiveWait(start.duration(to: clock.now)) }
                switch piece {
                case .head(let head): receiver.receive(head)
                case .body(let bytes): receiver.receive(bytes)
                }
                return true
            case .end: return false
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            case .expired: throw limit?.stall ?? CancellationError() as any Error
            }
        }
    }
}

/// The task that reads a response. It is cancelled when its owner is released.
private final class ReaderTask<C: Clock<Duration>>: Sendable {
    let relay: ReadRelay<ResponsePart<[UInt8]>, C>

    init(_ makeReader: @escaping @Sendable () -> ResponseReader, clock: C) {
        relay = ReadRelay(clock: clock) { relay in
            let reader = makeReader()
            let copier = PieceCopier()
            while let request = await relay.nextRequest() {
                switch request {
                case .element:
                    do {
                        guard try await reader.perform(.read(copier, after: StreamActivity()), nil) else {
                            return relay.close(.end)
                        }
                        relay.deliver(copier.removePiece())
                    } catch {
                        return relay.close(.failed(error))
                    }
                case .finish:
                    _ = try? await reader.perform(.finish, nil)
                    return relay.close(.end)
                }
            }
        }
    }

    deinit { relay.close(.cancelled) }
}

/// Copies a piece of a response, so that another task can decode it.
private final class PieceCopier: ResponseReceiver {
    private var piece = ResponsePart<[UInt8]>.body([])

    /// A single byte is a piece, because the stall clocks measure the wait for each byte.
    var buffersLines: Bool { false }

    func receive(_ head: ResponseHead) { piece = .head(head) }

    func receive(bytes: RawSpan) {
        var copy: [UInt8] = []
        copy.append(copying: bytes)
        piece = .body(copy)
    }

    func removePiece() -> ResponsePart<[UInt8]> {
        defer { piece = .body([]) }
        return piece
    }
}
