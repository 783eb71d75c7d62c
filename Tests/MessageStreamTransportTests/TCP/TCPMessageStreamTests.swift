import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

@Suite(.runsAlone(within: .seconds(300)))
struct TCPMessageStreamTests {
    @Test
    func closedConnectionIsCancelled() async throws {
        let server = try LoopbackServer { peer in
            try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello"))
            peer.waitForClose()
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        let outcome = await expectPromptly {
            await SocketFault.Outcome(of: connection.messageStream()) { connection.close() }
        }
        #expect(outcome.kind == "cancelled")
        #expect(outcome.replaySafety == .never)
        #expect(outcome.text == "Hello")
    }

    @Test
    func failedConnectionIsRetried() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        let stream = retrying(RetryPolicy(maxAttempts: 3, initialBackoff: .milliseconds(1))) { _ in
            try await TCPConnection.connect(host: "127.0.0.1", port: server.port).messageStream()
        }
        do throws(MessageStreamFailure) {
            _ = try await stream.message()
            Issue.record("the connection was not refused")
        } catch {
            #expect(error.kind.name == "transport")
            #expect(error.stage == .beforeResponse)
            #expect(error.retry.isSafe)
            #expect(error.earlierAttempts.count == 2)
        }
    }

    @Test
    func pipeIsAStream() async throws {
        let (reading, writing) = try makePipe()
        writeAll(Array((Wire.start + Wire.delta("Hello") + Wire.end).utf8), to: writing)
        let message = try await FileDescriptorChunks(reading, ownership: .owned).messageEvents().message()
        // The pipe is still open.
        close(writing)
        #expect(message.text == "Hello")
    }
}
