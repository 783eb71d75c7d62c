import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A fault that a server causes, and its expected outcome.
struct SocketFault: Sendable, CustomTestStringConvertible {
    /// The description of the fault.
    let what: String
    /// The expected outcome for each transport; `nil` where the fault cannot happen or cannot be tested.
    let expected: [Transport: Outcome]
    /// The request. It need not go to the server.
    let request: @Sendable (LoopbackServer) -> URLRequest
    let stall: StallPolicy
    /// The server's script for the connection.
    let serve: LoopbackServer.Script

    var testDescription: String { what }

    /// The transport of the stream.
    enum Transport: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case urlSession = "URLSession"
        case tcp = "TCPConnection"

        var testDescription: String { rawValue }
    }

    /// The outcome of a stream.
    struct Outcome: Sendable, Equatable {
        /// `complete`, or the kind of the failure, with the type of an API error or the expired clock.
        var kind: String
        var stage: MessageStreamFailure.Stage?
        var httpStatus: Int?
        var isTransient: Bool?
        var replaySafety: RetryAdvice.ReplaySafety?
        /// The text of the complete or partial message.
        var text: String

        static func complete(_ text: String) -> Outcome { Outcome(kind: "complete", text: text) }

        static func failure(
            _ kind: String,
            _ stage: MessageStreamFailure.Stage,
            _ httpStatus: Int?,
            isTransient: Bool,
            _ replaySafety: RetryAdvice.ReplaySafety = .safe,
            _ text: String = ""
        ) -> Outcome {
            Outcome(
                kind: kind,
                stage: stage,
                httpStatus: httpStatus,
                isTransient: isTransient,
                replaySafety: replaySafety,
                text: text
            )
        }
    }

    /// A fault with the same outcome for both transports.
    init(
        _ what: String,
        _ expected: Outcome,
        stall: StallPolicy = SocketFault.patience,
        request: @escaping @Sendable (LoopbackServer) -> URLRequest = SocketFault.defaultRequest,
        serve: @escaping LoopbackServer.Script
    ) {
        self.init(what, urlSession: expected, tcp: expected, stall: stall, request: request, serve: serve)
    }

    init(
        _ what: String,
        urlSession: Outcome? = nil,
        tcp: Outcome? = nil,
        stall: StallPolicy = SocketFault.patience,
        request: @escaping @Sendable (LoopbackServer) -> URLRequest = SocketFault.defaultRequest,
        serve: @escaping LoopbackServer.Script = { _ in }
    ) {
        self.what = what
        var expected: [Transport: Outcome] = [:]
        expected[.urlSession] = urlSession
        expected[.tcp] = tcp
        self.expected = expected
        self.stall = stall
        self.request = request
        self.serve = serve
    }

    /// Long enough that only a hang exceeds it.
    static let patience = StallPolicy(silence: .seconds(25))

    /// The default request.
    static let defaultRequest: @Sendable (LoopbackServer) -> URLRequest = { server in
        var request = URLRequest(url: URL(string: server.url("/v1/messages"))!)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = Data(#"{"stream":true}"#.utf8)
        return request
    }
}

// MARK: - Running

extension SocketFault {
    /// Runs the fault and returns its outcome. If a fault with its own stall clocks has an unexpected outcome, retries
    /// it with slower clocks, because on a slow machine they may expire too early.
    func outcome(by transport: Transport) async throws -> Outcome {
        let outcome = try await outcome(by: transport, stall: stall)
        guard stall != Self.patience, outcome != expected[transport] else { return outcome }
        return try await self.outcome(by: transport, stall: stall * 16)
    }

    private func outcome(by transport: Transport, stall: StallPolicy) async throws -> Outcome {
        let server = try LoopbackServer(script: serve)
        defer { server.stop() }
        let request = request(server)
        switch transport {
        case .urlSession:
            return await Outcome(of: URLSession.shared.messageStream(for: request, stall: stall)) { server.gate.open() }
        case .tcp:
            let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
            // A server may respond before it has read the whole request.
            let sending = Task { try? await connection.send(request.bytes) }
            let outcome = await Outcome(of: connection.messageStream(stall: stall)) { server.gate.open() }
            connection.close()
            await sending.value
            return outcome
        }
    }
}

extension SocketFault.Outcome {
    /// Reads a stream to its end.
    ///
    /// - Parameter onText: Called with each piece of text.
    init(of stream: AsyncMessageStream, onText: () -> Void) async {
        var iterator = stream.makeAsyncIterator()
        do throws(MessageStreamFailure) {
            while let event = try await iterator.next(isolation: #isolation) {
                if case .contentBlockDelta = event { onText() }
            }
            self = .complete(iterator.message?.text ?? "")
        } catch {
            var kind = error.kind.name
            switch error.kind {
            case .api(let api): kind += " \(api.type?.rawValue ?? "?")"
            case .stalled(let clock, _): kind += " \(clock.rawValue)"
            default: break
            }
            self = .failure(
                kind,
                error.stage,
                error.httpStatus,
                isTransient: error.retry.isTransient,
                error.retry.replaySafety,
                error.partial?.text ?? ""
            )
        }
    }
}

extension StallPolicy {
    fileprivate static func * (policy: StallPolicy, factor: Int) -> StallPolicy {
        StallPolicy(silence: policy.silence.map { $0 * factor }, noContent: policy.noContent.map { $0 * factor })
    }
}

extension URLRequest {
    /// The request as sent over the wire.
    fileprivate var bytes: [UInt8] {
        let body = httpBody ?? Data()
        let head =
            "\(httpMethod ?? "GET") \(url?.path ?? "/") HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)"
        return Array("\(head)\r\n\r\n".utf8) + body
    }
}

// MARK: - Responses

/// The pieces of a response.
enum Wire {
    static let start = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],\
        "model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}


        """

    static func delta(_ text: String) -> String {
        """
        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\(text)"}}


        """
    }

    static let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n"

    static let end = """
        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    /// An API error, as a body or as the data of an event.
    static func error(_ type: String) -> String {
        #"{"type":"error","error":{"type":"\#(type)","message":"No."}}"#
    }

    /// A chunk of the chunked transfer coding (RFC 9112, section 7.1).
    static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    static let streamFields = "Content-Type: text/event-stream\r\nrequest-id: req_1\r\n"
    /// The head of an event stream that lasts until the connection closes.
    static let openHead = "HTTP/1.1 200 OK\r\n\(streamFields)Connection: close\r\n\r\n"
    /// The head of a chunked event stream.
    static let chunkedHead = "HTTP/1.1 200 OK\r\n\(streamFields)Transfer-Encoding: chunked\r\n\r\n"

    /// A complete response with a body of the given type.
    static func response(_ status: String, _ type: String, _ body: String, fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
