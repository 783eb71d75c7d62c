import MessageStream
import TestScheduling
import Testing

/// The excerpt of a failure that a person reads: short, on one line, without secrets.
@Suite(.takesTurns) struct ExcerptTests {
    /// The failure of an `error` event with `data`.
    private func failure(_ data: String) -> MessageStreamFailure? {
        // Line ends are kept, in a frame of several lines.
        let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return Playback("event: error\n\(lines)\n").failure
    }

    /// All printed forms of a failure.
    private func descriptions(_ failure: MessageStreamFailure) -> [String] {
        [
            failure.description, "\(failure)", String(reflecting: failure), "\(failure as any Error)",
            "\(failure.kind)",
            failure.excerpt ?? "", "\(failure.diagnostics)",
        ]
    }

    @Test func lengthAndLines() throws {
        #expect(failure("short")?.excerpt == "short")
        let exact = String(repeating: "é", count: 120)
        #expect(failure(exact)?.excerpt == exact)
        for long in [
            exact + "x", String(repeating: "\u{1F600}", count: 5000), String(repeating: "e\u{301}", count: 900),
        ] {
            let excerpt = try #require(self.failure(long)?.excerpt)
            #expect(excerpt.unicodeScalars.count == 120)
            #expect(excerpt.last == "…")
            #expect(excerpt.unicodeScalars.dropLast().elementsEqual(long.unicodeScalars.prefix(119)))
        }
        let control = try #require(self.failure("a\nb\tc\u{1B}[31md\u{7F}e\u{9B}f\u{0}g")?.excerpt)
        #expect(control == "a b c [31md e f g")
    }

    /// The message of an error is shortened in a description, and complete in the error.
    @Test func longMessages() throws {
        let message = String(repeating: "word ", count: 200_000)
        let data = #"{"type":"error","error":{"type":"api_error","message":"\#(message)"}}"#
        let failure = try #require(self.failure(data))
        #expect(failure.description.utf8.count < 2800)
        #expect(failure.description.contains("word word"))
        guard case .api(let error) = failure.kind else { return }
        #expect(error.message == message)
        #expect("\(error)".utf8.count < 2200)
        // Names chosen by the stream are shortened, too.
        let long = Playback(
            frame("error", #"{"error":{"type":"\#(message)","code":"\#(message)"},"request_id":"\#(message)"}"#)
        )
        #expect(long.failure.map { $0.description.utf8.count < 1200 } == true)
        let odd = Playback(MessageParts.start + frame(String(repeating: "n", count: 100_000), "x") + MessageParts.end)
        #expect(odd.diagnostics.first?.detail.unicodeScalars.count == 120)
    }

    static let keys = ["sk-ant-api03-AbCdEf_1234567890-xyzAA", "sk-proj-abcdefghijkl", "SK-ANT-ABCDEFGHIJKL"]

    @Test(arguments: keys)
    func keysAreRedacted(_ key: String) throws {
        let contexts = [
            "\(key)", "key \(key) is wrong", "(\(key))", "?api_key=\(key)&x=1", "x-api-key:\(key)", "/\(key)",
            "é\(key)",
            "my_\(key)", "'\(key)'", "\(key),\(key)", #"{"error":{"message":"invalid \#(key)"}}"#,
            #"{"error":{"type":"\#(key)","code":"\#(key)","message":"m"},"request_id":"\#(key)"}"#,
            String(repeating: "x ", count: 57) + key,
        ]
        for context in contexts {
            let failure = try #require(self.failure(context))
            for description in descriptions(failure) {
                #expect(!description.contains(key.suffix(8)), "\(description)")
            }
            #expect(failure.excerpt?.contains("[redacted]") == true || context.hasPrefix("x x"))
        }
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func bearerTokensAreRedacted(_ word: String) throws {
        let token = "eyJhbGciOi.JIUzI1NiJ9~_-+/=="
        for context in [
            "\(word) \(token)", "authorization: \(word)  \(token)", #"{"a":"\#(word) \#(token)"}"#, "=\(word) \(token)",
        ] {
            let failure = try #require(self.failure(context))
            for description in descriptions(failure) { #expect(!description.contains("JIUzI1NiJ9"), "\(description)") }
            #expect(failure.excerpt?.contains("\(word) ") == true)
        }
    }

    /// Errors of clients contain the URL of the request.
    @Test(arguments: [
        "https://user:pa55word@host.test/v1?key=pa55word", "no answer from http://host.test:80/?pa55word, again",
        #"URLError(url: "https://host.test/v1/messages?a=1&key=pa55word#x")"#, "<http://pa55word@[::1]>",
        "wss://h?pa55word", "a://b c://user:pa55word@d?e://pa55word",
    ])
    func urlsAreRedacted(_ text: String) throws {
        struct ClientError: Error, CustomStringConvertible {
            var description: String
        }
        var decoder = MessageStreamDecoder(input: .httpResponse)
        let fault = MessageStreamFailure.UnderlyingError(ClientError(description: text))
        let aborted = decoder.abort(.transport(fault))
        let failure = try #require(aborted)
        for description in descriptions(failure) + ["\(fault)"] {
            #expect(!description.contains("pa55word"), "\(description)")
        }
        #expect(fault.description.contains("[redacted]"))
    }

    /// The same in failures other than errors, and in diagnostics.
    @Test(arguments: keys)
    func keysAreRedactedEverywhere(_ key: String) throws {
        let bodies = [
            key, "{\"key\": \"\(key)\"}", frame("ping", key),
            frame("message_start", #"{"message":{"id":["\#(key)"]}}"#),
            MessageParts.start + frame(key, "x") + MessageParts.overloaded,
            MessageParts.start + MessageParts.blockStart(0, #"{"type":"\#(key)"}"#) + frame("ping", "\"\(key)"),
        ]
        for body in bodies {
            let failure = try #require(Playback(body).failure)
            for description in descriptions(failure) { #expect(!description.contains(key.suffix(8)), "\(description)") }
        }
        let whole = MessageParts.start + MessageParts.end + frame("error", key) + frame(key, "x")
        #expect(!"\(Playback(whole).diagnostics)".contains(key.suffix(8)))
    }

    /// Text with only a slight resemblance to a secret is not redacted.
    @Test(arguments: [
        "risk-management-of-things", "sk-1", "the bearer of this", "Bearer", "task-sk-x", "ask-someone-else-first",
        "what? nothing", "see https://host.test/a:b@c", "at 12:30", "a?b=c", "::1",
    ])
    func otherWordsStay(_ text: String) {
        #expect(failure(text)?.excerpt == text)
    }

    /// One paragraph that says what failed, when, and what to do.
    @Test func description() {
        let before = MessageParts.start + MessageParts.textBlock("a") + MessageParts.textStart(1)
        let failure = Playback(
            before
                + frame(
                    "error",
                    #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#
                )
        ).failure
        #expect(
            failure?.description == "The service reported overloaded_error, as status 529: Overloaded. "
                + "At byte \(before.utf8.count), after 5 events: 1 of 2 content blocks complete. "
                + #"The bytes at fault begin: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"#
                + #""request_id":"r"} "#
                + "The same request may succeed, but it would repeat output already received. Request id: r."
        )
    }
}
