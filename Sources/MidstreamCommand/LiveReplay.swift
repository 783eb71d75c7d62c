import Foundation
import MessageStream
import MessageStreamTransport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// `midstream replay` of a stream that comes over a connection, as it comes.
enum LiveReplay {
    /// - Returns: the exit status.
    static func run(_ source: LiveSource, _ arguments: Arguments) async -> CInt {
        switch source {
        case .http(let url):
            await run(
                URLSession(configuration: .ephemeral)
                    .messageStream(for: arguments.request.urlRequest(to: url), stall: arguments.request.stalls),
                arguments
            )
        case .tcp(let host, let port):
            await run(
                TCPExchange(host: host, port: port, request: arguments.request.body ?? [])
                    .messageEvents(input: arguments.input == .body ? .eventStream : .httpResponse)
                    .guarded(by: arguments.request.stalls),
                arguments
            )
        }
    }

    private static func run<Base>(_ stream: AsyncMessageStream<Base>, _ arguments: Arguments) async -> CInt {
        let shared = SharedDisplay(isJSON: arguments.isJSON)
        var events = stream.observingFrames { event, frame in shared.display.withLock { $0.show(event, frame) } }
            .makeAsyncIterator()
        var failure: MessageStreamFailure?
        do throws(MessageStreamFailure) {
            // What is known is shown before the next bytes are waited for.
            while try await events.next(isolation: nil) != nil { shared.display.withLock { $0.flush() } }
        } catch {
            failure = error
        }
        let verdict = Verdict(
            message: failure == nil ? events.message : failure?.partial,
            failure: failure,
            diagnostics: failure?.diagnostics ?? events.diagnostics
        )
        return shared.display.withLock { $0.conclude(verdict) }
    }
}

/// A display for a closure that outlives the call.
private final class SharedDisplay: Sendable {
    let display: Locked<ReplayDisplay>

    init(isJSON: Bool) {
        display = Locked(ReplayDisplay(isJSON: isJSON))
    }
}

/// The bytes that a server sends over a TCP connection, which is opened when they are first asked for.
private struct TCPExchange: AsyncSequence, Sendable {
    let host: String
    let port: UInt16
    /// What is sent first.
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
