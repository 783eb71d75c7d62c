import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The same bytes, cut off at the same place by a close of the connection, have the same verdict with both transports
/// of the package and with a custom client whose error reports an early close.
@Suite(.runsAlone(within: .seconds(300)))
struct EarlyCloseTests {
    /// The error of a custom client when the connection closes in the middle of the body.
    private struct ClosedByPeer: ClassifiedTransportError {
        var isTransient: Bool { true }
        var isCancellation: Bool { false }
        var isEarlyClose: Bool { true }
    }

    /// The error of a client that does not report an early close.
    private struct AnyFailure: Error {}

    /// A response whose body is cut off.
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
                // The error is complete, but the whitespace after it is not.
                + [Cut(status: 529, type: "application/json", body: error + "    ", count: error.utf8.count)]
                + [Cut(status: 200, type: "text/html", body: "<html></html>", count: 6)]
        }()

        var bytes: [UInt8] { Array(body.utf8.prefix(count)) }
    }

    #if canImport(FoundationNetworking)
        @Test(arguments: Cut.all)
        func sameVerdict(_ cut: Cut) async throws {
            let server = try LoopbackServer { peer in
                _ = try peer.readRequest()
                let fields = "Content-Type: \(cut.type)\r\nContent-Length: \(cut.body.utf8.count)\r\n"
                try peer.write("HTTP/1.1 \(cut.status) X\r\n\(fields)\r\n")
                try peer.write(cut.bytes)
            }
            defer { server.stop() }
            let request = SocketFault.defaultRequest(server)
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

    /// If the client's error does not report an early close, the failure is `.transport`.
    @Test
    func unclassifiedErrorIsTransportFailure() async {
        #expect(await outcome(Cut.all[3], AnyFailure()).kind == "transport")
        #expect(await outcome(Cut.all[3], ClosedByPeer()).kind == "truncated")
    }

    /// A complete message stays complete.
    @Test
    func closeAfterMessageIsNotAFailure() async {
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
