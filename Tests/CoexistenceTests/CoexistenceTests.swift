import HTTPTypesStandIn
import MessageStream
import NIOHTTP1StandIn
import TestScheduling
import Testing

/// A file that also imports other HTTP packages can use the names of all of them.
@Suite(.takesTurns) struct CoexistenceTests {
    private static let stream = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","content":[]}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hello"}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    private static let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#

    private func response(_ status: UInt, _ type: String, _ body: String) -> HTTPClientResponse {
        HTTPClientResponse(
            status: HTTPResponseStatus(code: status),
            headers: HTTPHeaders([("Content-Type", type), ("request-id", "req_1"), ("retry-after", "3")]),
            body: AsyncStream { continuation in
                continuation.yield(ByteBuffer(Array(body.utf8)))
                continuation.finish()
            }
        )
    }

    /// The response of AsyncHTTPClient, used unchanged.
    @Test func clientResponse() async throws {
        let response = response(200, "text/event-stream", Self.stream)
        let events = response.body.map(\.readableBytesView)
            .messageEvents(status: response.status.code, headers: response.headers)
        #expect(try await events.message().text == "Hello")
    }

    @Test func clientResponseWithAnError() async throws {
        let response = response(529, "application/json", Self.error)
        let events = response.body.map(\.readableBytesView)
            .messageEvents(status: response.status.code, headers: response.headers)
        await #expect {
            try await events.message()
        } throws: { error in
            let failure = error as? MessageStreamFailure
            return failure?.httpStatus == 529 && failure?.requestID == "req_1" && failure?.retry.delay == .seconds(3)
        }
    }

    /// Other ways to write a status and header fields.
    @Test func spellings() throws {
        func check(_ input: MessageStreamDecoder.Input) {
            var decoder = MessageStreamDecoder(input: input)
            let failure = #expect(throws: MessageStreamFailure.self) {
                try decoder.decode(Array(Self.error.utf8)) { _ in }
                _ = try decoder.finish()
            }
            #expect(failure?.httpStatus == 429)
            #expect(failure?.requestID == "req_2")
        }
        check(.body(status: 429, headers: ["request-id": "req_2"]))
        check(.body(status: UInt16(429), headers: [("request-id", "req_2")]))
        check(.body(status: Int64(429), headers: [(name: "request-id", value: "req_2")]))
        let dictionary = ["request-id": "req_2"]
        check(.body(status: HTTPResponse.Status(code: 429).code, headers: dictionary))
    }

    /// A literal creates fields, which keep their order and repeated names.
    @Test func literalsAreFields() {
        let chunks = AsyncStream<[UInt8]> { $0.finish() }
        _ = chunks.messageEvents(status: 200, headers: ["a": "1", "A": "2"])
        _ = MessageStreamDecoder(input: .body(status: 200, headers: ["a": "1", "a": "2"]))
    }

    /// The names of the other packages are not ambiguous.
    @Test func namesAreFree() {
        let response = HTTPResponse(status: HTTPResponse.Status(code: 200))
        _ = HTTPFields()
        _ = HTTPField(name: "a", value: "b")
        _ = HTTPResponseHead()
        #expect(response.headerFields.fields.isEmpty)
    }
}
