import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// `midstream report`: the contents of the page, its destination, and its safety from hostile captures.
@Suite(.takesTurns) struct ReportCommandTests {
    private static func page(_ paths: [String], input: [UInt8] = []) async throws -> String {
        let result = try await Command.run(["report", "-o", "-"] + paths, input: input)
        #expect(result.status == 0 && !result.isSignal)
        #expect(result.errors.isEmpty)
        return result.text
    }

    // MARK: Contents

    @Test func failure() async throws {
        let page = try await Self.page([Capture.named("overloaded-after-content.sse").url.path])
        for words in [
            "Failed after content: The service reported overloaded_error, as status 529: Overloaded.",
            "The same request may succeed, but it would repeat output already received.", "duplicatesOutput",
            "req_011Ca5n7rbnnXYaoFcu1Eyv7", "The fault begins at byte 2,748", "<mark>event: error",
            "content_block_stop is missing",
            "not recorded: the capture has only the body", "Input tokens", "<svg role=\"img\"", "<caption>",
            "scope=\"row\"", "lang=\"en\"", "prefers-color-scheme: dark", "default-src &#39;none&#39;",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(page.contains("<h1>") && !page.contains("id=\"overview\""))
    }

    /// A trace has arrival times.
    @Test func times() async throws {
        let folder = try TemporaryFolder()
        var trace = TimedTrace()
        trace.add("=> Send header", at: "0.000000", "GET / HTTP/1.1\r\n\r\n")
        trace.addHead(at: "0.250000", "content-type: text/event-stream", "set-cookie: hunter2hunter2")
        trace.add(
            "<= Recv data",
            at: "0.500000",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"
        )
        trace.add("<= Recv data", at: "4.000000", "event: ping\ndata: {\"type\":\"ping\"}\n\n")
        let file = try folder.file("timed.trace", trace.bytes)
        let page = try await Self.page([file.path])
        for words in ["Time to first byte", "250 ms", "3.5 s", "from 500 ms on", "1 ping", "set-cookie", "[redacted]"] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(!page.contains("hunter2"))
    }

    /// Several captures have an overview first, and an unreadable one does not hide the others.
    @Test func several() async throws {
        let paths = ["text-complete.sse", "overloaded-first.sse"].map { Capture.named($0).url.path }
        let result = try await Command.run(["report", paths[0], "/missing<b>", paths[1], "-o", "-"])
        #expect(result.status == 66)
        #expect(result.errors == "midstream: /missing<b>: No such file or directory\n")
        let page = result.text
        #expect(page.contains("2 responses in 3 captures"))
        #expect(page.contains("Of 2 responses: 1 complete, 1 failed. 1 capture cannot be read"))
        #expect(page.contains("/missing&lt;b&gt;</strong>: No such file or directory"))
        for number in 1...2 {
            #expect(page.contains("href=\"#response-\(number)\"") && page.contains("id=\"response-\(number)\""))
        }
        #expect(!page.contains("id=\"response-3\""))
    }

    // MARK: Hostile captures

    private static let evil =
        "</script></style></pre><img src=x onerror=alert(1)>\" onload='x' \u{202E}\u{200B}\u{2066}\u{FEFF}\u{7F}\u{1B}[31m\u{FFFE} sk-ant-api03-hunter2hunter2hunter2"

    private static func quoted(_ text: String) -> String {
        let data = try? JSONSerialization.data(withJSONObject: [text])
        return String(String(decoding: data ?? Data(), as: UTF8.self).dropFirst().dropLast())
    }

    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static let hostile: [[UInt8]] = {
        let text = quoted(evil)
        let start = event(
            #"{"type":"message_start","message":{"id":\#(text),"model":\#(text),"content":[],"usage":{"input_tokens":1,"service_tier":\#(text)}}}"#
        )
        let blocks = ["text", "tool_use", "thinking", "x"].enumerated().map { index, type in
            let type = type == "x" ? text : "\"\(type)\""
            return event(
                #"{"type":"content_block_start","index":\#(index),"content_block":{"type":\#(type),"id":\#(text),"name":\#(text),"text":\#(text),"thinking":\#(text),"input":{}}}"#
            )
                + event(
                    #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"input_json_delta","partial_json":\#(text)}}"#
                )
        }
        let error = event(#"{"type":"error","error":{"type":\#(text),"message":\#(text)},"request_id":\#(text)}"#)
        let line = evil.filter { $0 != "\u{1B}" && $0 != "\u{7F}" }
        let bodies = [
            start + blocks[0] + error, start + blocks[1], start + blocks[2], start + blocks[3] + error, error, evil,
            "<html>\(evil)", start + "event: \(line)\ndata: \(line)\n\n",
            start + event(#"{"type":"message_delta","delta":{"stop_reason":\#(text),"stop_sequence":\#(text)}}"#),
        ]
        let heads = [
            "HTTP/1.1 200 \(line)\r\nset-cookie: \(line)\r\nx\(line): y\r\n\r\n",
            "HTTP/1.1 502 Bad\r\ncontent-type: \(line)\r\ncf-ray: \(line)\r\nretry-after: \(line)\r\n\r\n",
        ]
        var captures = bodies + heads.flatMap { head in bodies.prefix(6).map { head + $0 } }
        captures.append("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\(line)\r\n")
        let invalid: [UInt8] = [0x80, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF4, 0x90, 0x80, 0x80, 0x00, 0xFF]
        return captures.map { Array($0.utf8) } + captures.prefix(6).map { Array($0.utf8) + invalid } + [invalid, []]
    }()

    /// The tags of a page are the program's own, and it contains no hidden or invalid characters.
    @Test func hostile() async throws {
        let folder = try TemporaryFolder()
        let paths = try Self.hostile.enumerated().map {
            try folder.file("\($0.offset)\(Self.evil.prefix(3).filter { $0 != "/" })", $0.element).path
        }
        let page = try await Self.page(paths)
        let tags = Set(page.matches(of: /<\/?([a-zA-Z!][^ >]*)/).map { String($0.output.1) })
        let own: Set = [
            "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "main",
            "section", "ul", "li", "strong", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span",
            "article", "dl", "dt", "dd", "figure", "figcaption", "svg", "desc", "defs", "pattern", "rect", "text",
            "tspan", "line", "g", "details", "summary", "pre", "mark", "code", "footer",
        ]
        #expect(tags.subtracting(own).isEmpty)
        #expect(page.matches(of: /<[^>]*\son[a-z]+=/).isEmpty)
        for scalar in page.unicodeScalars {
            let isAllowed = scalar == "\n" || (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
            let isHidden = [0x202E, 0x200B, 0x2066, 0xFEFF, 0xFFFE].contains(scalar.value)
            if !isAllowed || isHidden { Issue.record("U+\(String(scalar.value, radix: 16))") }
        }
        #expect(!page.contains("hunter2"))
        for shown in ["U+202E", "U+001B", "U+FFFE", "\\xFF", "&lt;img src=x"] { #expect(page.contains(shown)) }
        // Elements are closed in order.
        var open: [Substring] = []
        let void: Set<Substring> = ["meta", "!DOCTYPE"]
        for match in page.matches(of: /<(\/?)([a-zA-Z0-9!]+)[^>]*>/) where !void.contains(match.output.2) {
            if match.output.1.isEmpty { open.append(match.output.2) } else { #expect(open.popLast() == match.output.2) }
        }
        #expect(open.isEmpty)
        let ids = page.matches(of: /\sid="([^"]*)"/).map { String($0.output.1) }
        #expect(Set(ids).count == ids.count)
        for reference in page.matches(of: /(?:href="#|aria-labelledby=")([^"]*)"/) {
            for id in reference.output.1.split(separator: " ") { #expect(ids.contains(String(id)), "\(id)") }
        }
        #expect(page.matches(of: /(?:src|href)="[^#]/).isEmpty)
    }

    /// The page does not grow with the capture.
    @Test func bounds() async throws {
        var body = "data: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"
        for index in 0..<400 {
            body +=
                "data: {\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
            if index > 2 { continue }
            for _ in 0..<200 {
                body +=
                    "data: {\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":{\"type\":\"text_delta\",\"text\":\"\(String(repeating: "é", count: 150))\"}}\n\n"
            }
        }
        let page = try await Self.page(["-"], input: Array(body.utf8))
        #expect(page.utf8.count < 250_000)
        #expect(page.contains("200 more blocks not shown") && page.contains("bytes left out"))
    }

    // MARK: The output

    @Test func output() async throws {
        let folder = try TemporaryFolder()
        let capture = Capture.named("text-complete.sse").url.path
        let old = try folder.file("page.html", Array("old".utf8))
        let link = folder.url.appending(path: "link.html")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: old)
        #expect(try await Command.run(["report", capture, "--output=\(link.path)"]).status == 0)
        let written = try String(contentsOf: old, encoding: .utf8)
        #expect(written.hasPrefix("<!DOCTYPE html>") && written.hasSuffix("</html>\n"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(Set(names) == ["page.html", "link.html"])
        #expect(try await Command.run(["report", capture, "-o", "/dev/null"]).status == 0)

        for path in ["\(folder.url.path)/none/page.html", folder.url.path] {
            let result = try await Command.run(["report", capture, "-o", path])
            #expect(result.status == 74)
            #expect(result.errors.hasPrefix("midstream: \(path) cannot be written: "))
        }
        let file = try folder.file("capture.sse", Array("data: {}\n\n".utf8)).path
        for arguments in [
            ["report", file], ["report", "-o", "x"], ["report", file, "-o", file], ["report", "-o"],
            ["report", "http://127.0.0.1:1/", "-o", "-"], ["report", file, "-o", ""],
        ] {
            #expect(try await Command.run(arguments).status == 64, "\(arguments)")
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "data: {}\n\n")
    }
}
