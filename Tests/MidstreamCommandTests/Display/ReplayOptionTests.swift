import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// The options of `replay` for people and for trace collectors.
@Suite(.takesTurns) struct ReplayOptionTests {
    private static let failed = Capture.named("overloaded-after-content.sse").url.path

    // MARK: Terminals

    private static func shown(_ arguments: [String], _ environment: [String: String], columns: UInt16 = 50) async throws
        -> String
    {
        let (bytes, status) = try await Terminal().run(
            ["replay"] + arguments + [failed],
            columns: columns,
            environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 }
        )
        #expect(status == 10)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func colors() async throws {
        let colored = "\u{1B}[1;31mmidstream: failed (api)"
        #expect(try await Self.shown([], [:]).contains(colored))
        #expect(try await Self.shown(["--color=always"], ["NO_COLOR": "1", "TERM": "dumb"]).contains(colored))
        for (arguments, environment) in [
            (["--color", "never"], [:]), ([], ["NO_COLOR": "1"]), ([], ["TERM": "dumb"]), (["-q"], [:]),
        ] as [([String], [String: String])] {
            let text = try await Self.shown(arguments, environment)
            #expect(!text.contains("\u{1B}"), "\(arguments) \(environment)")
            #expect(text.contains("To prune an old apple tree"))
            #expect(text.contains("failed") == !arguments.contains("-q"))
            let verdict = text.drop { $0 != "\n" }.dropFirst()
            for line in verdict.split(separator: "\n") { #expect(line.count <= 50, "\(line)") }
        }
        let wide = try await Self.shown(["--color=never"], [:], columns: 300)
        #expect(wide.hasSuffix(try await Command.run(["replay", Self.failed]).errors))
        // Without a terminal, only `always` gives colors.
        #expect(try await Command.run(["replay", "--color=always", Self.failed]).errors.contains(colored))
        #expect(!(try await Command.run(["replay", "--color=auto", Self.failed]).errors.contains("\u{1B}")))
    }

    /// While a stream pauses, the terminal shows what has arrived, and erases it before the text continues.
    @Test func status() async throws {
        let folder = try TemporaryFolder()
        let trace = try folder.file("slow.trace", Self.trace(pause: "0.700000"))
        let (bytes, _) = try await Terminal().run(
            ["replay", "--pace=recorded", trace.path],
            columns: 80,
            environment: ["TERM": "xterm"]
        )
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("2 events · "))
        #expect(text.contains("since the last byte"))
        #expect(text.contains("Hello"))
        let quiet = try await Terminal().run(["replay", "-q", "--pace=x0.5", trace.path], columns: 80)
        #expect(String(decoding: quiet.shown, as: UTF8.self) == "Hello\n")
    }

    // MARK: Options

    @Test func quiet() async throws {
        let result = try await Command.run(["replay", "--quiet", Self.failed, "/missing", Self.failed])
        #expect(result.status == 10)
        #expect(result.errors == "midstream: /missing: No such file or directory\n")
        #expect(result.text.hasPrefix("To prune an old apple tree"))
        let json = try await Command.run(["replay", "-q", "--json", Self.failed])
        #expect(json.objects.last?["verdict"] != nil)
    }

    @Test(arguments: [
        ["--pace", "fast"], ["--pace=x"], ["--pace=x0"], ["--pace=×-1"], ["--pace=xnan"], ["--pace=xinf"], ["--pace=2"],
        ["--color", "red"], ["--json", "--otel"], ["--quiet=1"], ["--pace=recorded", "http://127.0.0.1:1/"],
    ])
    func invalid(_ options: [String]) async throws {
        let isLive = options.last?.hasPrefix("http") == true
        let result = try await Command.run(["replay"] + options + (isLive ? [] : [Self.failed]))
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("midstream: --"))
    }

    // MARK: Pace

    /// A trace of a message whose text follows after a pause.
    private static func trace(pause: String) -> [UInt8] {
        let start =
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":3,\"cache_read_input_tokens\":4}}}\n\n"
            + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        let rest =
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
            + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
            + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n"
            + "data: {\"type\":\"message_stop\"}\n\n"
        var trace = TimedTrace()
        trace.addHead(at: "0.000000", "content-type: text/event-stream")
        trace.add("<= Recv data", at: "0.000000", start)
        trace.add("<= Recv data", at: pause, rest)
        return trace.bytes
    }

    @Test(arguments: [("none", 0.0), ("recorded", 0.3), ("×2", 0.6), ("x0.5", 0.15)])
    func pace(_ pace: String, _ seconds: Double) async throws {
        let folder = try TemporaryFolder()
        let trace = try folder.file("slow.trace", Self.trace(pause: "0.300000"))
        let start = ContinuousClock.now
        let result = try await Command.run(["replay", "--pace", pace, trace.path])
        #expect(start.duration(to: .now) >= .seconds(seconds))
        #expect(result.status == 0 && result.text == "Hello\n")
    }

    // MARK: Spans

    /// The attributes of a span, by their keys.
    private static func attributes(_ span: [String: Any]) -> [String: String] {
        let list = span["attributes"] as? [[String: Any]] ?? []
        return Dictionary(
            list.map { ($0["key"] as? String ?? "", "\($0["value"] ?? "")") },
            uniquingKeysWith: { "\($0) \($1) twice" }
        )
    }

    private static func span(_ arguments: [String]) async throws -> [String: Any] {
        let result = try await Command.run(["replay", "--otel"] + arguments)
        #expect(result.errors.isEmpty && result.lines.count == 1)
        let resource = try #require((result.objects.first?["resourceSpans"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        return try #require((scope["spans"] as? [[String: Any]])?.first)
    }

    @Test func failedSpan() async throws {
        let span = try await Self.span([Self.failed])
        #expect((span["traceId"] as? String)?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        #expect((span["spanId"] as? String)?.wholeMatch(of: /[0-9a-f]{16}/) != nil)
        #expect(span["kind"] as? Int == 3 && (span["status"] as? [String: Any])?["code"] as? Int == 2)
        #expect(span["startTimeUnixNano"] as? String == "0" && span["endTimeUnixNano"] as? String == "0")
        let attributes = Self.attributes(span)
        for (key, value) in [
            ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "anthropic"),
            ("error.type", "overloaded_error"),
            ("midstream.stage", "afterContent"), ("midstream.replay_safety", "duplicatesOutput"),
            ("midstream.byte_offset", "2748"), ("midstream.equivalent_status", "529"),
        ] {
            #expect(attributes[key]?.contains(value) == true, "\(key)")
        }
        let event = try #require((span["events"] as? [[String: Any]])?.first)
        #expect(event["name"] as? String == "gen_ai.client.operation.exception")
        // Only the bytes matter, not the chunks or the run.
        let again = try await Self.span(["--chunk-size", "7", Self.failed])
        #expect(NSDictionary(dictionary: span) == NSDictionary(dictionary: again))
        let other = try await Self.span([Capture.named("overloaded-first.sse").url.path])
        #expect(other["traceId"] as? String != span["traceId"] as? String)
    }

    @Test func timedSpan() async throws {
        let folder = try TemporaryFolder()
        let trace = try folder.file("slow.trace", Self.trace(pause: "0.300000"))
        let span = try await Self.span([trace.path])
        #expect(span["name"] as? String == "chat m" && span["endTimeUnixNano"] as? String == "300000000")
        #expect((span["events"] as? [Any])?.isEmpty == true && (span["status"] as? [String: Any])?.isEmpty == true)
        let attributes = Self.attributes(span)
        for (key, value) in [
            ("gen_ai.response.id", "msg_1"), ("gen_ai.response.model", "m"), ("gen_ai.usage.input_tokens", "\"7\""),
            ("gen_ai.usage.output_tokens", "1"), ("gen_ai.response.finish_reasons", "end_turn"),
            ("gen_ai.response.time_to_first_chunk", "0.3"), ("midstream.outcome", "complete"),
        ] {
            #expect(attributes[key]?.contains(value.filter { $0 != "\"" }) == true, "\(key): \(attributes[key] ?? "")")
        }
        #expect(attributes["error.type"] == nil)
    }

    // MARK: Completions

    /// The scripts name every command and option, and bash accepts them and completes with them.
    @Test func completions() async throws {
        let bash = try await Command.run(["completions", "bash"])
        let zsh = try await Command.run(["completions", "zsh"])
        for script in [bash, zsh] {
            #expect(script.status == 0)
            for word in ["replay", "events", "report", "--chunk-size", "--otel", "recorded", "auto", "--output"] {
                #expect(script.text.contains(word), "\(word)")
            }
        }
        #expect(zsh.text.hasPrefix("#compdef midstream\n"))
        #expect(try await Command.run(["completions", "fish"]).status == 64)
        #expect(try await Command.run(["completions", "bahs"]).errors.contains("did you mean 'bash'?"))

        guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
        let folder = try TemporaryFolder()
        let script = try folder.file("midstream.bash", bash.output)
        _ = try folder.file("request.json", [])
        for (words, expected) in [
            ("midstream rep", "replay report"), ("midstream replay --inp", "--input"),
            ("midstream replay --input t", "trace"), ("midstream replay --input = b", "body"),
            ("midstream completions z", "zsh"), ("midstream help ev", "events"), ("midstream replay -- --js", ""),
            ("midstream replay --data @requ", "@request.json"), ("midstream --v", "--version"),
        ] {
            let trial = try folder.file(
                "try.bash",
                Array(
                    "set -u\ncd '\(folder.url.path)'\nsource '\(script.path)'\nCOMP_WORDS=(\(words))\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_midstream\necho \"${COMPREPLY[*]-}\"\n"
                        .utf8
                )
            )
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = [trial.path]
            let output = Pipe()
            process.standardOutput = output
            _ = try await process.runToItsEnd()
            let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            #expect(text == expected + "\n", "\(words)")
        }
    }
}
