import CaptureCorpus
import Foundation
import LoopbackServer
import TestScheduling
import TestSupport
import Testing

/// `midstream serve`, with plain connections as clients.
@Suite(.takesTurns) struct ServeCommandTests {
    private static let capture = Capture.named("text-complete.sse")

    /// A running server.
    private final class Server {
        let process = Process()
        private let output = Pipe()
        let url: String
        let port: UInt16

        /// - Parameter isFoundInPath: Whether the program is started by its name alone, from another directory.
        init(_ arguments: [String], isFoundInPath: Bool = false) throws {
            if isFoundInPath {
                process.executableURL = URL(filePath: "/usr/bin/env")
                let folder = Command.executable.deletingLastPathComponent().path
                let name = Command.executable.lastPathComponent
                process.arguments = ["PATH=\(folder)", name, "serve"] + arguments
                process.currentDirectoryURL = URL(filePath: "/")
            } else {
                process.executableURL = Command.executable
                process.arguments = ["serve"] + arguments
            }
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            var line: [UInt8] = []
            while line.last != 0x0A, let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
                line += byte
            }
            url = String(decoding: line.dropLast(), as: UTF8.self)
            port = UInt16(url.split(separator: ":").last?.dropLast() ?? "") ?? 0
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        /// Sends a request on a new connection, and reads to its end.
        func request(_ path: String, method: String = "GET", body: String = "") throws -> String {
            let length = "content-length: \(body.utf8.count)\r\n"
            return try send("\(method) \(path) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\(length)\r\n\(body)")
        }

        func send(_ text: String) throws -> String {
            let client = try LoopbackClient(port: port)
            try client.send(text)
            return String(decoding: try client.readToEnd(), as: UTF8.self)
        }

        /// Sends a signal and waits for the process to exit.
        func end(_ signal: Int32) throws -> (output: String, status: Int32) {
            kill(process.processIdentifier, signal)
            let rest = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (String(decoding: rest, as: UTF8.self), process.terminationStatus)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func goodClient(_ signal: Int32) throws {
        let server = try Server([Self.capture.url.path])
        #expect(server.url.hasPrefix("http://127.0.0.1:") && server.url.hasSuffix("/"))
        #expect(try server.request("/").hasSuffix("\r\n\r\ntext-complete.sse\n"))
        let response = try server.request("/v1/messages", method: "POST", body: "{}")
        #expect(response.contains("message_stop") && response.contains("content-type: text/event-stream"))
        let end = try server.end(signal)
        #expect(end.status == 0)
        #expect(end.output == "client: 1 request on 2 connections\nno findings\n")
    }

    @Test func badClient() throws {
        let server = try Server(["--json", "--fault", "status:code=401", Self.capture.url.path])
        for _ in 0..<2 { #expect(try server.request("/v1/messages", method: "POST").hasPrefix("HTTP/1.1 401 ")) }
        #expect(try server.request("/report").contains("non-retryable error retried: 1"))
        let end = try server.end(SIGTERM)
        #expect(end.status == 1)
        #expect(parse(end.output)?["counts"] as? [String: Int] == ["nonRetryableErrorRetried": 1])
    }

    @Test func corpus() throws {
        let server = try Server(["--corpus"])
        let names = try server.request("/").split(separator: "\n").filter {
            $0.hasSuffix(".http") || $0.hasSuffix(".sse")
        }
        #expect(names.count == Fault.all.count)
        for fault in Sweep.sample(Fault.responses, inDebug: 10) {
            #expect(
                Array(try server.request("/\(fault.name)").utf8)
                    == Array(String(decoding: fault.bytes, as: UTF8.self).utf8)
            )
        }
        _ = try server.end(SIGTERM)
    }

    #if os(Linux)
        @Test func corpusOfProgramInPath() throws {
            let server = try Server(["--corpus"], isFoundInPath: true)
            #expect(try server.request("/").contains("01-overloaded-first.http\n"))
            _ = try server.end(SIGTERM)
        }
    #endif

    @Test func everySecondResponse() throws {
        let folder = Capture.root.appending(path: "Corpus/captures").path
        let server = try Server([
            "--fault", "cut:byte=10", "--every", "2", "--for", "text-complete.sse", "--pace", "none", folder,
        ])
        let sizes = try (0..<2).map { try server.request("/v1/messages", method: "POST", body: "\($0)").utf8.count }
        #expect(sizes[0] > Self.capture.bytes.count && sizes[1] < 300)
        _ = try server.end(SIGTERM)
    }

    @Test func portInUse() async throws {
        let server = try Server([Self.capture.url.path])
        let second = try await Command.run(["serve", "--port", "\(server.port)", Self.capture.url.path])
        #expect(second.status == 66)
        #expect(
            second.errors == "midstream: port \(server.port) is in use; choose another one, or 0 for any free port\n"
        )
        #expect(second.output.isEmpty)
        _ = try server.end(SIGTERM)
    }

    @Test func unreadableFilesDoNotStopTheOthers() throws {
        let server = try Server(["/nonexistent.sse", Self.capture.url.path])
        #expect(try server.request("/").hasSuffix("text-complete.sse\n"))
        _ = try server.end(SIGTERM)
    }

    @Test(
        arguments: [
            ([], "nothing to serve", 64), (["--port", "70000", "x"], "--port", 64),
            (["--every", "0", "x"], "--every", 64),
            (["--pace", "fast", "x"], "--pace", 64), (["-"], "standard input", 64),
            (["--fault", "cut", "x"], "add byte=N", 64),
            (["/nonexistent"], "there is nothing to serve", 66),
            (["--for", "b", capture.url.path], "no capture 'b'", 64),
        ] as [([String], String, Int32)]
    )
    func usage(_ words: [String], _ message: String, _ status: Int32) async throws {
        let result = try await Command.run(["serve"] + words)
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
