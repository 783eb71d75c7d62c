import Foundation
import MessageStream
import MessageStreamTransport
import ServerSentEvents
import StreamReplay

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// `midstream replay` of a live connection.
enum LiveReplay {
    /// Replays a stream and waits for its end.
    ///
    /// - Parameter name: The name of the source to show, or `nil` to omit it.
    /// - Returns: The exit status.
    static func run(_ source: LiveSource, _ arguments: ReplayCommand, name: String?) -> CInt {
        let status = Locked<CInt>(ExitStatus.complete)
        let end = DispatchSemaphore(value: 0)
        let task = Task {
            let result = await Self.replay(source, arguments, name: name)
            status.withLock { $0 = result }
            end.signal()
        }
        // Cancellation ends the stream immediately.
        Interruption.shared.arm { task.cancel() }
        end.wait()
        return status.withLock { $0 }
    }

    private static func replay(_ source: LiveSource, _ arguments: ReplayCommand, name: String?) async -> CInt {
        switch source {
        case .http(let url):
            await run(
                URLSession(configuration: .ephemeral)
                    .messageStream(for: arguments.request.urlRequest(to: url), stall: arguments.request.stalls),
                arguments,
                name: name
            )
        case .tcp(let host, let port):
            await run(
                TCPExchange(host: host, port: port, request: arguments.request.body ?? [])
                    .messageEvents(input: arguments.reading.input == .body ? .eventStream : .httpResponse)
                    .guarded(by: arguments.request.stalls),
                arguments,
                name: name
            )
        }
    }

    private static func run(_ stream: AsyncMessageStream, _ arguments: ReplayCommand, name: String?) async -> CInt {
        let shared = SharedDisplay(arguments, name: name)
        let ticker = Task { await shared.showStatus() }
        defer { ticker.cancel() }
        var events = stream.observingFrames { event, frame in shared.show(event, frame) }.makeAsyncIterator()
        var failure: MessageStreamFailure?
        do throws(MessageStreamFailure) {
            // Show the events before waiting for more bytes.
            while try await events.next(isolation: nil) != nil { shared.flush() }
        } catch {
            failure = error
        }
        let verdict = Verdict(
            message: failure == nil ? events.message : failure?.partial,
            failure: failure,
            diagnostics: failure?.diagnostics ?? events.diagnostics,
            requestID: events.head?.requestID
        )
        return shared.conclude(verdict)
    }
}

/// A display for an escaping closure, and for the status line, which is drawn independently.
private final class SharedDisplay: Sendable {
    private struct State: ~Copyable {
        var display: ReplayDisplay
        let start = ContinuousClock.now
        var lastEvent = ContinuousClock.now
        var isConcluded = false
    }

    private let state: Locked<State>
    private let interval: Duration?

    init(_ arguments: ReplayCommand, name: String?) {
        var display = ReplayDisplay(arguments.style, name: name)
        display.beginResponse(to: arguments.request.body)
        interval = display.statusInterval
        state = Locked(State(display: display))
    }

    func show(_ event: MessageStreamEvent, _ frame: EventView) {
        state.withLock { state in
            state.lastEvent = .now
            state.display.advance(to: state.start.duration(to: state.lastEvent))
            state.display.show(event, frame)
            state.display.receive(byteCount: frame.length)
        }
    }

    func flush() { state.withLock { $0.display.flush() } }

    func conclude(_ verdict: Verdict) -> CInt {
        state.withLock { state in
            state.isConcluded = true
            return state.display.conclude(verdict, response: nil)
        }
    }

    /// Shows the status at intervals, until the task is cancelled.
    func showStatus() async {
        guard let interval else { return }
        while (try? await Task.sleep(for: interval)) != nil {
            state.withLock { state in
                let silence = state.lastEvent.duration(to: .now)
                // Between events in quick succession, the line would only flicker.
                if !state.isConcluded, silence >= interval {
                    state.display.showStatus(silence: silence, since: "event")
                }
            }
        }
    }
}

/// The bytes that a server sends over a TCP connection. The iterator opens the connection on the first call of `next`.
private struct TCPExchange: AsyncSequence, Sendable {
    let host: String
    let port: UInt16
    /// The bytes to send first.
    let request: [UInt8]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(exchange: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let exchange: TCPExchange
        private var chunks: FileDescriptorChunks.AsyncIterator?

        init(exchange: TCPExchange) {
            self.exchange = exchange
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            if chunks == nil {
                let connection = try await TCPConnection.connect(
                    host: exchange.host,
                    port: exchange.port,
                    keepAlive: TCPKeepAlive()
                )
                try await connection.send(exchange.request)
                chunks = connection.chunks.makeAsyncIterator()
            }
            return try await chunks?.next(isolation: actor)
        }
    }
}
