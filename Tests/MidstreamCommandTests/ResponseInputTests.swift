import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// Files that contain a response with its head.
@Suite(.takesTurns) struct ResponseInputTests {
    private static let fields = "Content-Type: text/event-stream; charset=utf-8\r\nrequest-id: req_7\r\n"

    /// A body in chunks of `size` bytes (RFC 9112, section 7.1).
    private static func chunked(_ body: [UInt8], _ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// A capture, recorded in different ways.
    private static func recordings(_ body: [UInt8]) -> [(name: String, bytes: [UInt8])] {
        let chunkedHead = Array("HTTP/1.1 200 OK\r\n\(fields)Transfer-Encoding: chunked\r\n\r\n".utf8)
        return [
            ("socket", chunkedHead + chunked(body, 700)),
            ("curl -i", chunkedHead + body),
            ("curl -i of HTTP/2", Array("HTTP/2 200 \r\n\(fields)\r\n".utf8) + body),
            ("until close", Array("HTTP/1.0 200 OK\r\n\(fields)\r\n".utf8) + body),
            ("length", Array("HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body),
            ("proxy", Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8) + chunkedHead + body),
        ]
    }

    /// The verdict is that of the body, for every kind of recording, with an explicit or a detected format.
    @Test(arguments: [
        "text-complete.sse", "overloaded-after-content.sse", "cut-inside-frame.sse", "tool-use-complete.sse",
    ])
    func replay(_ name: String) async throws {
        let capture = Capture.named(name)
        let bare = try await Command.run(["replay", "--json", "-"], input: capture.bytes)
        for (name, bytes) in Self.recordings(capture.bytes) {
            let allOptions = [
                [], ["--input", "response"], ["--chunk-size", "1"], ["--input=auto", "--chunk-seed", "3"],
            ]
            for options in Sweep.sample(allOptions, inDebug: 1) {
                let result = try await Command.run(["replay", "--json"] + options + ["-"], input: bytes)
                #expect(result.status == bare.status, "\(name) \(options)")
                #expect(result.objects.count == bare.objects.count, "\(name) \(options)")
                let verdict = result.objects.last?["verdict"] as? [String: Any]
                let expected = bare.objects.last?["verdict"] as? [String: Any]
                #expect(verdict?["outcome"] as? String == expected?["outcome"] as? String)
                #expect(
                    Array((verdict?["text"] as? String ?? "").utf8) == Array((expected?["text"] as? String ?? "").utf8)
                )
                guard let failure = verdict?["failure"] as? [String: Any] else { continue }
                let expectedFailure = expected?["failure"] as? [String: Any]
                #expect(failure["kind"] as? String == expectedFailure?["kind"] as? String)
                #expect(failure["byteOffset"] as? Int == expectedFailure?["byteOffset"] as? Int)
                // The ID in the body takes precedence over that in the head.
                #expect(failure["requestID"] as? String == expectedFailure?["requestID"] as? String ?? "req_7")
            }
        }
    }

    @Test func events() async throws {
        let capture = Capture.named("text-complete.sse")
        let bare = try await Command.run(["events", "--json", "-"], input: capture.bytes)
        for (name, bytes) in Self.recordings(capture.bytes) {
            let result = try await Command.run(["events", "--json", "--chunk-seed", "5", "-"], input: bytes)
            #expect(result.status == 0)
            #expect(result.output == bare.output, "\(name)")
        }
    }

    /// An explicit format disables detection.
    @Test func explicitFormat() async throws {
        let response = Self.recordings(Capture.named("text-complete.sse").bytes)[3].bytes
        let result = try await Command.run(["replay", "--json", "--input", "body", "-"], input: response)
        // The lines of the head are not fields of an event stream, and the frames after them are complete.
        #expect(result.status == 0)
        let body = try await Command.run(
            ["replay", "--json", "--input", "response", "-"],
            input: Array("data: x\n\n".utf8)
        )
        #expect(body.status == 18)
        #expect((body.objects.last?["verdict"] as? [String: Any])?["text"] as? String == "")
    }

    /// An empty body does not reveal how the connection ended, because its framing may have been removed.
    @Test func emptyChunkedBody() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        let result = try await Command.run(["replay", "-"], input: Array(head.utf8))
        #expect(result.status == 13)
        #expect(result.errors.contains("the body is empty\n"))
    }

    /// The exit statuses of the kinds of failure that require a head.
    @Test(
        arguments: [
            ("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>", "http", 11),
            ("HTTP/1.1 429 \r\nretry-after: 7\r\n\r\n{\"error\":{\"type\":\"rate_limit_error\"}}", "api", 10),
            ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}", "notEventStream", 12),
            ("HTTP/1.1 200 OK\r\n\(fields)Content-Encoding: br\r\n\r\n\u{1}\u{2}", "notEventStream", 12),
            ("HTTP/1.1 200 OK\r\n\(fields)Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "transport", 18),
            ("HTTP/1.1 200 OK\r\n\(fields)Transfer-Encoding: chunked\r\n\r\n5\r\ndatax: y\r\n", "transport", 18),
            ("HTTP/1.1 20", "truncated", 13), ("HTTP/1.1 200 OK\r\n\(fields)\r\n", "truncated", 13),
            ("HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 70_000))\r\n\r\n", "limitExceeded", 17),
        ]
    )
    func statuses(_ response: String, _ kind: String, _ status: CInt) async throws {
        let result = try await Command.run(["replay", "--json", "-"], input: Array(response.utf8))
        #expect(result.status == status)
        let failure = (result.objects.last?["verdict"] as? [String: Any])?["failure"] as? [String: Any]
        #expect(failure?["kind"] as? String == kind)
        let human = try await Command.run(["replay", "-"], input: Array(response.utf8))
        #expect(human.status == status)
        #expect(human.errors.hasPrefix("midstream: failed (\(kind)): "))
        #expect(human.errors.utf8.count < 1200)
    }

    @Test func retryAfter() async throws {
        func seconds(_ fields: String) async throws -> Any? {
            let response =
                "HTTP/1.1 529 \r\n\(fields)\r\n\r\n{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}"
            let result = try await Command.run(["replay", "--json", "-"], input: Array(response.utf8))
            let failure = (result.objects.last?["verdict"] as? [String: Any])?["failure"] as? [String: Any]
            return failure?["retryAfterSeconds"]
        }
        #expect(try await seconds("retry-after: 12") as? Int == 12)
        #expect(try await seconds("retry-after-ms: 1500") as? Double == 1.5)
        #expect(try await seconds("x: y") is NSNull)
        // A date in the past.
        #expect(try await seconds("retry-after: Sun, 06 Nov 1994 08:49:37 GMT") as? Int == 0)
        let future = try await seconds("retry-after: Fri, 31 Dec 9999 23:59:59 GMT") as? Int
        #expect(try #require(future) > 200_000_000_000)
    }
}
