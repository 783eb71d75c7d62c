import Foundation
import HTTPResponseParsing
import TestScheduling
import Testing

/// Responses of real servers, at every split.
@Suite("Recorded responses", .takesTurns)
struct RecordedResponseTests {
    /// The stream that the Python server sends, directly or through nginx.
    private static let stream = """
        event: message_start
        data: {"type":"message_start"}

        event: ping
        data: {"type":"ping"}

        event: content_block_delta
        data: {"text":"héllo"}

        event: message_stop
        data: {"type":"message_stop"}


        """

    private static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return try Array(Data(contentsOf: folder.appending(path: name)))
    }

    @Test(arguments: ["python-chunked", "python-trailers", "nginx-chunked"])
    func chunked(name: String) throws {
        let bytes = try Self.bytes(name)
        let parsed = ParsedResponse(bytes)
        #expect(parsed.head?.status == 200)
        #expect(parsed.head?.mediaType == "text/event-stream")
        #expect(parsed.body == Array(Self.stream.utf8))
        #expect(parsed.trailers == (name == "python-trailers" ? ["x-checksum": "1", "x-more": "2"] : [:]))
        #expect(parsed.isComplete && parsed.position == bytes.count)
    }

    @Test func keepAlive() throws {
        let bytes = try Self.bytes("python-chunked-keep-alive-twice")
        let first = ParsedResponse(bytes)
        #expect(first.body == Array(Self.stream.utf8))
        let second = ParsedResponse(Array(bytes.dropFirst(first.position)))
        #expect(second.head?.status == 529)
        #expect(second.isComplete && first.position + second.position == bytes.count)
    }

    @Test func interimResponse() throws {
        let parsed = try ParsedResponse(Self.bytes("python-continue"))
        #expect(parsed.interimCount == 1)
        #expect(parsed.interimHead == ResponseHead(status: 100, reason: "Continue"))
        #expect(parsed.head?.status == 529)
        #expect(parsed.head?.mediaType == "application/json")
        #expect(parsed.text.hasSuffix("\"Overloaded\"}}"))
        #expect(parsed.isComplete)
    }

    @Test(arguments: [
        ("python-file", 200, 32), ("python-404", 404, 335), ("python-json-529", 529, 75), ("python-204", 204, 0),
        ("nginx-file", 200, 32), ("nginx-304", 304, 0), ("nginx-404", 404, 153), ("nginx-413", 413, 183),
        ("nginx-502", 502, 157),
    ])
    func plain(name: String, status: Int, count: Int) throws {
        let bytes = try Self.bytes(name)
        let parsed = ParsedResponse(bytes)
        #expect(parsed.head?.status == status)
        #expect(parsed.body.count == count)
        #expect(parsed.isComplete && parsed.position == bytes.count)
        if name.hasPrefix("nginx"), count > 0 { #expect(parsed.head?.mediaType == "text/html") }
    }

    @Test func untilClose() throws {
        let python = try ParsedResponse(Self.bytes("python-until-close"))
        #expect(python.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
        let nginx = try ParsedResponse(Self.bytes("nginx-http10-client"))
        #expect(nginx.body == Array(Self.stream.utf8))
        for parsed in [python, nginx] { #expect(parsed.ending == .complete && !parsed.isComplete) }
    }

    /// The server dies in the middle of a chunk. Through nginx, which re-chunks the body, the cut falls between two
    /// chunks.
    @Test func cut() throws {
        let python = try ParsedResponse(Self.bytes("python-chunked-cut"))
        #expect(python.ending == .truncated(in: .chunk(missingBytes: 0x40 - 17)))
        #expect(python.text.hasSuffix("event: content_bl"))
        let nginx = try ParsedResponse(Self.bytes("nginx-upstream-cut"))
        #expect(nginx.ending == .truncated(in: .chunkFraming))
        #expect(nginx.body == python.body)
    }

    @Test func compressed() throws {
        let parsed = try ParsedResponse(Self.bytes("nginx-gzip"))
        #expect(parsed.head?.contentCoding == "gzip")
        #expect(parsed.head?.mediaType == "text/event-stream")
        #expect(parsed.body.starts(with: [0x1F, 0x8B]))
        #expect(parsed.isComplete)
    }

    /// Servers send no head in response to what looks like an HTTP/0.9 request.
    @Test(arguments: ["python-bad-request", "nginx-http09"])
    func withoutHead(name: String) throws {
        #expect(try ParsedResponse(Self.bytes(name)).failure == Failure(.notHTTP, at: 0))
    }

    @Test func recordedByCurl() throws {
        let bytes = try Self.bytes("curl-include-chunked")
        let parsed = ParsedResponse(bytes, isTransferDecoded: true)
        #expect(parsed.body == Array(Self.stream.utf8))
        #expect(parsed.ending == .complete)
        // Parsed as socket bytes, the body is not validly chunked.
        #expect(ParsedResponse(bytes).failure?.reason == .invalidChunkSize)
    }
}
