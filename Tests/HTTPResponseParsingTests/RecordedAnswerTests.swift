import Foundation
import HTTPResponseParsing
import Testing

/// The answers of real servers, at every split.
@Suite("Recorded answers")
struct RecordedAnswerTests {
    /// The stream that the Python server sends, through nginx or not.
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
        let answer = Answer(bytes)
        #expect(answer.head?.status == 200)
        #expect(answer.head?.mediaType == "text/event-stream")
        #expect(answer.body == Array(Self.stream.utf8))
        #expect(answer.trailers == (name == "python-trailers" ? ["x-checksum": "1", "x-more": "2"] : [:]))
        #expect(answer.isComplete && answer.position == bytes.count)
    }

    @Test func keepAlive() throws {
        let bytes = try Self.bytes("python-chunked-keep-alive-twice")
        let first = Answer(bytes)
        #expect(first.body == Array(Self.stream.utf8))
        let second = Answer(Array(bytes.dropFirst(first.position)))
        #expect(second.head?.status == 529)
        #expect(second.isComplete && first.position + second.position == bytes.count)
    }

    @Test func continued() throws {
        let answer = try Answer(Self.bytes("python-continue"))
        #expect(answer.interimCount == 1)
        #expect(answer.interimHead == ResponseHead(status: 100, reason: "Continue"))
        #expect(answer.head?.status == 529)
        #expect(answer.head?.mediaType == "application/json")
        #expect(answer.text.hasSuffix("\"Overloaded\"}}"))
        #expect(answer.isComplete)
    }

    @Test(arguments: [
        ("python-file", 200, 32), ("python-404", 404, 335), ("python-json-529", 529, 75), ("python-204", 204, 0),
        ("nginx-file", 200, 32), ("nginx-304", 304, 0), ("nginx-404", 404, 153), ("nginx-413", 413, 183),
        ("nginx-502", 502, 157),
    ])
    func plain(name: String, status: Int, count: Int) throws {
        let bytes = try Self.bytes(name)
        let answer = Answer(bytes)
        #expect(answer.head?.status == status)
        #expect(answer.body.count == count)
        #expect(answer.isComplete && answer.position == bytes.count)
        if name.hasPrefix("nginx"), count > 0 { #expect(answer.head?.mediaType == "text/html") }
    }

    @Test func untilClose() throws {
        let python = try Answer(Self.bytes("python-until-close"))
        #expect(python.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n")
        let nginx = try Answer(Self.bytes("nginx-http10-client"))
        #expect(nginx.body == Array(Self.stream.utf8))
        for answer in [python, nginx] { #expect(answer.ending == .complete && !answer.isComplete) }
    }

    /// The server dies in the middle of a chunk; behind nginx, which frames anew what it got, between two.
    @Test func cut() throws {
        let python = try Answer(Self.bytes("python-chunked-cut"))
        #expect(python.ending == .truncated(in: .chunk(missingBytes: 0x40 - 17)))
        #expect(python.text.hasSuffix("event: content_bl"))
        let nginx = try Answer(Self.bytes("nginx-upstream-cut"))
        #expect(nginx.ending == .truncated(in: .chunkFraming))
        #expect(nginx.body == python.body)
    }

    @Test func compressed() throws {
        let answer = try Answer(Self.bytes("nginx-gzip"))
        #expect(answer.head?.contentCoding == "gzip")
        #expect(answer.head?.mediaType == "text/event-stream")
        #expect(answer.body.starts(with: [0x1F, 0x8B]))
        #expect(answer.isComplete)
    }

    /// Servers answer without a head what looks to them like HTTP/0.9.
    @Test(arguments: ["python-bad-request", "nginx-http09"])
    func withoutHead(name: String) throws {
        #expect(try Answer(Self.bytes(name)).failure == Failure(.notHTTP, at: 0))
    }

    @Test func recordedByCurl() throws {
        let bytes = try Self.bytes("curl-include-chunked")
        let answer = Answer(bytes, isTransferDecoded: true)
        #expect(answer.body == Array(Self.stream.utf8))
        #expect(answer.ending == .complete)
        // As the bytes of a connection, the body is not chunked.
        #expect(Answer(bytes).failure?.reason == .invalidChunkSize)
    }
}
