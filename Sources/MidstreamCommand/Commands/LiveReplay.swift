import Foundation
import MessageStream
import MessageStreamTransport
import StreamReplay

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// `midstream replay` of a live connection.
enum LiveReplay {
    /// Replays a stream and waits for its end.
    ///
    /// - Parameter name: The name of the source to show, or nil to omit it.
    /// - Returns: the exit status.
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
                isJSON: arguments.isJSON,
                name: name
            )
        case .tcp(let host, let port):
            await run(
                TCPExchange(host: host, port: port, request: arguments.request.body ?? [])
                    .messageEvents(input: arguments.reading.input == .body ? .eventStream : .httpResponse)
                    .guarded(by: arguments.request.stalls),
                isJSON: arguments.isJSON,
                name: name
            )
        }
    }

    private static func run(
        _ stream: AsyncMessageStream,
        isJSON: Bool,
        name: String?
    ) async -> CInt {
        let shared = SharedDisplay(isJSON: isJSON, name: name)
        var events = stream.observingFrames { event, frame in shared.display.withLock { $0.show(event, frame) } }
            .makeAsyncIterator()
        var failure: MessageStreamFailure?
        do throws(MessageStreamFailure) {
            // Show the events before waiting for more bytes.
            while try await events.next(isolation: nil) != nil { shared.display.withLock { $0.flush() } }
        } catch {
            failure = error
        }
        let verdict = Verdict(
            message: failure == nil ? events.message : failure?.partial,
            failure: failure,
            diagnostics: failure?.diagnostics ?? events.diagnostics,
            requestID: events.head?.requestID
        )
        return shared.display.withLock { $0.conclude(verdict, response: nil) }
    }
}

/// A display for an escaping closure.
private final class SharedDisplay: Sendable {
    let display: Locked<ReplayDisplay>

    init(isJSON: Bool, name: String?) {
        display = Locked(ReplayDisplay(isJSON: isJSON, name: name))
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
