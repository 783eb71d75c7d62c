import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The same bytes, cut in the same place by a close of the connection, have the same verdict whatever brings them: both
/// transports of the package, and a client of the user whose error says so.
@Suite(.timeLimit(.minutes(5)))
struct EarlyCloseTests {
    /// What a user's client throws when the connection is closed in mid-body.
    private struct ClosedByPeer: TransportFailure {
        var isTransient: Bool { true }
        var isCancellation: Bool { false }
        var isEarlyClose: Bool { true }
    }

    /// What a client throws that says nothing of it.
    private struct AnyFailure: Error {}

    /// A body under a head, cut after some bytes.
    struct Cut: Sendable, CustomTestStringConvertible {
        let status: Int
        let type: String
        let body: String
        let count: Int

        var testDescription: String { "\(status), \(type), \(count) of \(body.utf8.count) bytes" }

        static let all: [Cut] = {
            let message = Wire.start + Wire.delta("Hello") + Wire.end
            let error = Wire.error("overloaded_error")
            let firstDelta = (Wire.start + Wire.delta("Hello")).utf8.count
            let counts = [0, 1, 7, Wire.start.utf8.count, firstDelta - 1, firstDelta, message.utf8.count - 1]
            return counts.map { Cut(status: 200, type: "text/event-stream", body: message, count: $0) }
                + [0, 20].map { Cut(status: 529, type: "application/json", body: error, count: $0) }
                // The reported error is whole, and the space after it is not.
                + [Cut(status: 529, type: "application/json", body: error + "    ", count: error.utf8.count)]
                + [Cut(status: 200, type: "text/html", body: "<html></html>", count: 6)]
        }()

        var bytes: [UInt8] { Array(body.utf8.prefix(count)) }
    }

    #if canImport(FoundationNetworking)
        @Test(arguments: Cut.all)
        func verdictsAreTheSame(_ cut: Cut) async throws {
            let server = try LoopbackServer { peer in
                _ = try peer.readRequest()
                let fields = "Content-Type: \(cut.type)\r\nContent-Length: \(cut.body.utf8.count)\r\n"
                try peer.write("HTTP/1.1 \(cut.status) X\r\n\(fields)\r\n")
                try peer.write(cut.bytes)
            }
            defer { server.stop() }
            let request = SocketFault.usualRequest(server)
            let ofSession = await SocketFault.Outcome(of: URLSession.shared.messageStream(for: request)) {}
            let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
            try await connection.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            let ofConnection = await SocketFault.Outcome(of: connection.messageStream()) {}
            let ofClient = await outcome(cut, ClosedByPeer())
            #expect(ofSession == ofConnection)
            #expect(ofClient == ofConnection)
            #expect(Array(ofClient.text.utf8) == Array(ofConnection.text.utf8))
            if cut.type == "text/event-stream" { #expect(ofClient.kind == "truncated") }
        }
    #endif

    /// Without the word of the client, the failure is one of the transport.
    @Test
    func anErrorThatSaysNothingIsOneOfTheTransport() async {
        #expect(await outcome(Cut.all[3], AnyFailure()).kind == "transport")
        #expect(await outcome(Cut.all[3], ClosedByPeer()).kind == "truncated")
    }

    /// A message that is whole stays so.
    @Test
    func aCloseAfterTheMessageIsNoFailure() async {
        let body = Cut.all[0].body
        let whole = Cut(status: 200, type: "text/event-stream", body: body, count: body.utf8.count)
        #expect(await outcome(whole, ClosedByPeer()) == .complete("Hello"))
    }

    private func outcome(_ cut: Cut, _ error: any Error) async -> SocketFault.Outcome {
        let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
            if !cut.bytes.isEmpty { continuation.yield(cut.bytes) }
            continuation.finish(throwing: error)
        }
        let headers = ResponseFields([("content-type", cut.type)])
        return await SocketFault.Outcome(of: stream.messageEvents(status: cut.status, headers: headers)) {}
    }
}
