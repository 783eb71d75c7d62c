import CaptureCorpus
import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite(.runsAlone(within: .seconds(300)))
struct URLSessionMessageStreamTests {
    @Test
    func textArrivesInPieces() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.delta(" world") + Wire.end)
        }
        defer { server.stop() }
        var pieces: [String] = []
        for try await text in URLSession.shared.messageStream(for: SocketFault.defaultRequest(server)).text {
            pieces.append(text)
        }
        #expect(pieces == ["Hello", " world"])
    }

    @Test
    func eventIsDeliveredOnItsLastByte() async throws {
        let gates = [Gate(), Gate(), Gate()]
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start)
            for (index, gate) in gates.enumerated() {
                try peer.wait(for: gate)
                try peer.write(Wire.delta("\(index)"))
            }
            try peer.write(Wire.end)
            peer.waitForClose()
        }
        defer { server.stop() }
        var texts = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server)).text.makeAsyncIterator()
        for (index, gate) in gates.enumerated() {
            gate.open()
            #expect(try await texts.next(isolation: nil) == "\(index)")
        }
        #expect(try await texts.next(isolation: nil) == nil)
    }

    /// Every capture produces the same events and the same outcome as without a connection.
    @Test(arguments: Capture.all)
    func captures(_ capture: Capture) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Array(Wire.openHead.utf8) + capture.bytes)
        }
        defer { server.stop() }
        let stream = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server))
        let expected = await events(of: OneChunk(bytes: capture.bytes).messageEvents())
        let found = await events(of: stream)
        #expect(found.events == expected.events)
        #expect(found.failure?.kind == expected.failure?.kind)
        #expect(found.failure?.partial == expected.failure?.partial)
    }

    // MARK: Failures

    @Test
    func failureContainsTransportError() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        var request = SocketFault.defaultRequest(server)
        request.url = URL(string: "http://user:hunter2@127.0.0.1:\(server.port)/path?key=sk-secret-key")
        let failure = try #require(await events(of: URLSession.shared.messageStream(for: request)).failure)
        guard case .transport(let fault) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        let error = try #require(fault.error as? TransportError)
        #expect(error.isConnectionFailure)
        #expect(error.progress == .nothingSent)
        #expect(error.peer == "127.0.0.1:\(server.port)")
        #expect(failure.retry.isSafe)
        for secret in ["hunter2", "sk-secret", "user", "path"] { #expect(!"\(failure)".contains(secret)) }
        #expect("\(failure)".contains("127.0.0.1:\(server.port)"))
        #expect(!"\(failure)".contains(".."))
        #expect(!"\(fault)".contains("…"))
    }

    /// After a redirect, the failure names the host that failed and does not claim that nothing was sent.
    @Test(arguments: ["connect", "reset", "resolve"])
    func failureOfRedirectedRequest(_ fault: String) async throws {
        let second = try LoopbackServer { peer in
            _ = try peer.readHead()
            peer.reset()
        }
        defer { second.stop() }
        if fault == "connect" { second.stop() }
        let target = fault == "resolve" ? "no-such-host.invalid:80" : "127.0.0.1:\(second.port)"
        let first = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://\(target)/x?key=hunter2\r\nContent-Length: 0\r\n\r\n"
            )
            peer.waitForClose()
        }
        defer { first.stop() }
        let stream = URLSession.shared.messageStream(for: SocketFault.defaultRequest(first))
        let failure = try #require(await expectPromptly(within: .seconds(25)) { await events(of: stream) }.failure)
        guard case .transport(let fault) = failure.kind, let error = fault.error as? TransportError else {
            Issue.record("\(failure)")
            return
        }
        #expect(error.peer == target)
        #expect(error.progress == .received)
        #expect(!error.isConnectionFailure)
        #expect(!"\(failure)".contains("nothing was sent"))
        #expect(!"\(failure)".contains("hunter2"))
    }

    @Test
    func requestTimeoutIsKept() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        var request = SocketFault.defaultRequest(server)
        request.timeoutInterval = 1
        let failure = await expectPromptly { await events(of: URLSession.shared.messageStream(for: request)) }.failure
        guard case .transport(let fault) = failure?.kind else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect((fault.error as? TransportError)?.kind == .timeout)
        #expect(failure?.retry.isTransient == true)
    }

    /// An address reserved for documentation (RFC 5737) never responds, even where packets to it are routed.
    @Test
    func unreachableHostStalls() async throws {
        let request = URLRequest(url: URL(string: "http://192.0.2.1/v1/messages")!)
        let stream = URLSession.shared.messageStream(for: request, stall: StallPolicy(silence: .milliseconds(300)))
        let failure = await expectPromptly { await events(of: stream) }.failure
        #expect(["stalled", "transport"].contains(failure?.kind.name))
        #expect(failure?.stage == .beforeResponse)
        #expect(failure?.retry.isSafe == true)
    }

    @Test
    func retries() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            if peer.index == 0 { return }
            let overload = Wire.response("529 ", "application/json", Wire.error("overloaded_error"))
            try peer.write(peer.index == 1 ? overload : Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.end)
        }
        defer { server.stop() }
        let policy = RetryPolicy(initialBackoff: .milliseconds(1))
        let stream = retrying(policy) { _ in URLSession.shared.messageStream(for: SocketFault.defaultRequest(server)) }
        #expect(try await stream.message().text == "Hello")
        #expect(server.connectionCount == 3)
    }

    // MARK: Cancellation

    /// While the consumer waits for the head, or for more of the body.
    @Test(arguments: [false, true])
    func cancellationEndsWaitImmediately(afterText: Bool) async throws {
        let (waiting, closed) = (Gate(), Gate())
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            if afterText { try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello")) } else { waiting.open() }
            if peer.waitForClose() { closed.open() }
        }
        defer { server.stop() }
        let task = Task {
            let stream = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server))
            return await SocketFault.Outcome(of: stream) { waiting.open() }
        }
        #expect(await onDedicatedThread { waiting.wait() })
        task.cancel()
        let outcome = await expectPromptly { await task.value }
        #expect(outcome.kind == "cancelled")
        #expect(outcome.stage == (afterText ? .afterContent : .beforeResponse))
        #expect(outcome.httpStatus == (afterText ? 200 : nil))
        #expect(outcome.isTransient == false)
        #expect(outcome.replaySafety == .never)
        #expect(outcome.text == (afterText ? "Hello" : ""))
        #expect(await onDedicatedThread { closed.wait() })
    }

    @Test
    func cancellationDiscardsRestOfChunk() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.delta(" world"))
            peer.waitForClose()
        }
        defer { server.stop() }
        let begun = Gate()
        let task = Task {
            var texts: [String] = []
            do throws(MessageStreamFailure) {
                for try await text in URLSession.shared.messageStream(for: SocketFault.defaultRequest(server)).text {
                    texts.append(text)
                    begun.open()
                    while !Task.isCancelled { await Task.yield() }
                }
                return (texts, nil as MessageStreamFailure?)
            } catch {
                return (texts, error)
            }
        }
        #expect(await onDedicatedThread { begun.wait() })
        task.cancel()
        let (texts, failure) = await expectPromptly { await task.value }
        #expect(texts == ["Hello"])
        #expect(failure?.kind == .cancelled)
    }

    @Test
    func releasedIteratorClosesConnection() async throws {
        let closed = Gate()
        let server = try LoopbackServer { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start)
            if peer.waitForClose() { closed.open() }
        }
        defer { server.stop() }
        do {
            var iterator = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server)).makeAsyncIterator()
            #expect(try await iterator.next(isolation: nil) != nil)
        }
        #expect(await onDedicatedThread { closed.wait() })
    }
}

/// The events of a stream, and its failure.
private func events(
    of stream: AsyncMessageStream
) async -> (events: [MessageStreamEvent], failure: MessageStreamFailure?) {
    var events: [MessageStreamEvent] = []
    do throws(MessageStreamFailure) {
        for try await event in stream { events.append(event) }
        return (events, nil)
    } catch {
        return (events, error)
    }
}

/// A sequence of one chunk.
private struct OneChunk: AsyncSequence, AsyncIteratorProtocol {
    var bytes: [UInt8]?

    func makeAsyncIterator() -> OneChunk { self }

    mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> [UInt8]? { bytes.take() }
}
