import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The README example, verbatim. Its output goes to the `print` below.
private final class Printer: Sendable {
    let output = Locked("")

    func print(_ items: Any..., terminator: String = "\n") {
        let text = items.map { "\($0)" }.joined(separator: " ") + terminator
        output.withLock { $0 += text }
    }

    func show(_ request: URLRequest) async {
        let events = retrying { _ in URLSession.shared.messageStream(for: request) }
        do throws(MessageStreamFailure) {
            for try await text in events.text { print(text, terminator: "") }
        } catch {
            print("\n\(error)")
        }
    }
}

@Suite(.runsAlone(within: .seconds(300))) struct ReadmeTransportTests {
    /// The first attempt fails before delivering anything, and the second one delivers the message.
    @Test func retriedStream() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            if peer.index == 0 {
                try peer.write("HTTP/1.1 529 \r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n")
            } else {
                try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.end)
            }
        }
        defer { server.stop() }
        let printer = Printer()
        await printer.show(SocketFault.defaultRequest(server))
        #expect(printer.output.withLock { Array($0.utf8) } == Array("Hello".utf8))
        #expect(server.connectionCount == 2)
    }

    @Test func failedStream() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello"))
        }
        defer { server.stop() }
        let printer = Printer()
        await printer.show(SocketFault.defaultRequest(server))
        #expect(printer.output.withLock { $0.hasPrefix("Hello\nThe stream ended before message_stop") })
        #expect(server.connectionCount == 1)
    }
}
