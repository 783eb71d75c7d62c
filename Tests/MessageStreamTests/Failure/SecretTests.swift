import MessageStream
import TestScheduling
import TestSupport
import Testing

/// Secrets are masked regardless of how they are escaped and where the excerpt ends. Other text is not.
@Suite(.takesTurns) struct SecretTests {
    /// The ways in which a text may occur: unchanged, or inside other text.
    static let wraps: [(name: String, wrap: @Sendable (String) -> String)] = [
        ("plain", { $0 }),
        ("JSON", { #"{"message":"\#(json($0))"}"# }),
        ("JSON for HTML", { #"{"message":"\#(json($0, forHTML: true))"}"# }),
        ("JSON twice", { #"{"message":"{\"message\":\"\#(json(json($0)))\"}"}"# }),
        ("JSON three times", { json(json(json($0))) }),
        ("JSON for HTML twice", { json(json($0, forHTML: true), forHTML: true) }),
        ("percent", percentEncoded), ("percent twice", { percentEncoded(percentEncoded($0)) }),
        ("percent of JSON", { percentEncoded(#"{"message":"\#(json($0))"}"#) }),
        ("JSON of percent", { #"{"message":"\#(json("%22" + percentEncoded($0)))%22"}"# }),
    ]

    /// The content of a JSON string.
    static func json(_ text: String, forHTML: Bool = false) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            case "\"": "\\\""
            case "\\": "\\\\"
            case "/" where forHTML: "\\/"
            case "<", ">", "&", "'", "-", "+", "=": forHTML ? "\\u00" + String(scalar.value, radix: 16) : "\(scalar)"
            default: "\(scalar)"
            }
        }.joined()
    }

    /// A component of a URL.
    static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                String(Unicode.Scalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// All runs of four bytes in a text.
    private func pieces(_ text: String, droppingFirst prefix: Int = 0) -> Set<UInt32> {
        var pieces: Set<UInt32> = []
        var piece: UInt32 = 0
        for (index, byte) in text.utf8.dropFirst(prefix).enumerated() {
            piece = piece << 8 | UInt32(byte)
            if index >= 3 { pieces.insert(piece) }
        }
        return pieces
    }

    /// Whether `text` contains four consecutive bytes of `secret`. Fewer may be a coincidence, or common to all keys of
    /// a shape.
    private func shows(_ text: String, of secret: String, prefix: Int = 0) -> Bool {
        !pieces(text).isDisjoint(with: pieces(secret, droppingFirst: prefix))
    }

    @Test(arguments: SecretFixtures.keys)
    func keysOfKnownShapes(_ key: String) {
        let contexts = [
            "\(key)", "key \(key) is", "(\(key))", "key:\(key)", "/\(key)", "\u{E9}\(key)", "my_\(key)", "'\(key)'",
            "\"\(key)\"",
            "<\(key)>", "key\n\(key)\n", "key:\t\(key)", "\r\n\(key)", "=\(key)", ",\(key),\(key)", "#\(key)",
            "*\(key)*",
        ]
        for context in Sweep.sample(contexts, inDebug: 6) {
            for (name, wrap) in Self.wraps {
                let excerpt = Excerpt.shorten(wrap(context), to: 2000)
                #expect(!shows(excerpt, of: key, prefix: 4), "\(name): \(excerpt)")
                #expect(excerpt.contains("[redacted]"), "\(name): \(excerpt)")
            }
        }
    }

    /// Any character of a key may be escaped, too.
    @Test(arguments: SecretFixtures.keys)
    func escapesInsideKeys(_ key: String) {
        for index in 0..<key.utf8.count {
            let bytes = Array(key.utf8)
            let before = String(decoding: bytes[..<index], as: UTF8.self)
            let after = String(decoding: bytes[(index + 1)...], as: UTF8.self)
            let hex = String(bytes[index], radix: 16)
            for escape in ["\\u00\(hex)", "\\\\u00\(hex.uppercased())", "%\(hex)", "%25\(hex)"] {
                let excerpt = Excerpt.shorten("a: \(before)\(escape)\(after) b")
                #expect(!shows(excerpt, of: key, prefix: 4), "\(excerpt)")
                #expect(excerpt == "a: [redacted] b", "\(excerpt)")
            }
        }
    }

    @Test(arguments: SecretFixtures.announced)
    func announcedSecrets(_ fixture: SecretFixtures.Fixture) {
        for (name, wrap) in Self.wraps {
            for context in [fixture.text, "a \(fixture.text)", "a:\n\(fixture.text)", "(\(fixture.text)"] {
                let excerpt = Excerpt.shorten(wrap(context), to: 2000)
                for secret in fixture.secrets {
                    #expect(!shows(excerpt, of: secret), "\(name): \(excerpt)")
                }
            }
        }
        let excerpt = Excerpt.shorten(fixture.text, to: 2000)
        for word in fixture.words { #expect(excerpt.contains(word), "\(excerpt)") }
        let inJSON = Excerpt.shorten(#"{"message":"\#(Self.json(fixture.text))","other":7}"#, to: 2000)
        #expect(fixture.text.contains("PRIVATE KEY-----\nMII") || inJSON.hasSuffix(#""other":7}"#), "\(inJSON)")
    }

    /// Regardless of where the excerpt ends, it shows no part of a secret that it cuts off, or that follows shortly
    /// after.
    @Test func cuts() {
        let fixtures =
            SecretFixtures.announced
            + SecretFixtures.keys.map { SecretFixtures.Fixture("key \($0) is", hides: String($0.dropFirst(4))) }
        for fixture in Sweep.sample(fixtures, inDebug: 25) {
            for (name, wrap) in Self.wraps {
                let text = wrap(fixture.text)
                for padding in stride(
                    from: max(0, 118 - text.unicodeScalars.count),
                    through: 121,
                    by: Sweep.step(inDebug: 20, inRelease: 3)
                ) {
                    let excerpt = Excerpt.shorten(String(repeating: "*", count: padding) + text)
                    #expect(excerpt.unicodeScalars.count <= 120)
                    for secret in fixture.secrets {
                        #expect(!shows(excerpt, of: secret), "\(name), \(padding): \(excerpt)")
                    }
                }
            }
        }
    }

    /// Long secrets leave room for the text after them, as far as it can be classified.
    @Test func longSecrets() {
        let key = SecretFixtures.anthropic
        for length in stride(from: 100, through: 3000, by: Sweep.step(inDebug: 29, inRelease: 7)) {
            let long = "sk-" + String(repeating: "A", count: length)
            for text in [long + " " + key, "\(long) \(long) \(key) \(key)", "password=\(long)\(key) \(key)"] {
                let excerpt = Excerpt.shorten(text)
                #expect(!shows(excerpt, of: key, prefix: 4), "\(length): \(excerpt)")
                #expect(!excerpt.contains("AAAA"), "\(length): \(excerpt)")
            }
        }
        let header = "authorization: Digest " + String(repeating: "a=\"fake0123\", ", count: 500)
        #expect(Excerpt.shorten(header) == "authorization: Digest [redacted]…")
        let host = "https://" + String(repeating: "fake0123.", count: 500) + "@host.test"
        #expect(Excerpt.shorten(host) == "https://[redacted]…")
        let key0 = "-----BEGIN PRIVATE KEY-----\n" + String(repeating: "fake0123\n", count: 500)
        #expect(Excerpt.shorten(key0) == "[redacted]…")
    }

    @Test(arguments: SecretFixtures.harmless)
    func harmlessTextStays(_ text: String) {
        #expect(Excerpt.shorten(text).utf8.elementsEqual(text.utf8), "\(Excerpt.shorten(text))")
        let inJSON = #"{"message":"\#(Self.json(text))","n":1}"#
        #expect(
            Excerpt.shorten(inJSON, to: 1000).utf8.elementsEqual(inJSON.utf8),
            "\(Excerpt.shorten(inJSON, to: 1000))"
        )
    }

    /// Masked text does not change when it is shortened again.
    @Test func shorteningTwice() {
        for fixture in SecretFixtures.announced {
            let once = Excerpt.shorten(fixture.text)
            let twice = Excerpt.shorten(once)
            for secret in fixture.secrets { #expect(!shows(twice, of: secret), "\(twice)") }
        }
    }

    /// Random secrets in random text.
    @Test func randomText() {
        var random = SeededRandom(seed: 20_26)
        let letters: [Character] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        let announcements = [
            "x-api-key: ", "api_key=", "Authorization: Bearer ", "authorization: Basic ", "password=", "Bearer ", "sk-",
            "ghp_",
            "glpat-", "xoxb-", "https://me:", "?key=", "cookie: a=", "client_secret: ", "\"access_token\":\"",
            "sk-ant-",
        ]
        let noise: [Character] = Array("abc XYZ 019 .,:;=&?/\\\"'%{}[]()<>+-_\n\t\u{E9}\u{1F600}\u{202E}\u{1B}")
        for _ in 0..<Sweep.count(inDebug: 300, inRelease: 5000) {
            func word(_ alphabet: [Character], _ count: ClosedRange<Int>) -> String {
                String(
                    (0..<Int.random(in: count, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? " "
                    }
                )
            }
            // A word of letters and digits; the noise contains them only one at a time.
            let secret = word(letters, 24...60)
            let announcement = announcements.randomElement(using: &random) ?? ""
            let end = announcement.hasPrefix("https") ? "@host" : announcement.hasPrefix("\"") ? "\"" : "\n"
            let text = word(noise, 0...150) + "\n" + announcement + secret + end + word(noise, 0...40)
            let wrap = Self.wraps.randomElement(using: &random)?.wrap ?? { $0 }
            let excerpt = Excerpt.shorten(wrap(text), to: [120, 400, 2000].randomElement(using: &random) ?? 120)
            #expect(!shows(excerpt, of: secret), "\(text) → \(excerpt)")
        }
    }

    /// The work is bounded by the length that may be shown, and linear in it, even for text that repeats the start of a
    /// secret.
    @Test(arguments: [
        "://", "?", "eyJ_", "-----BEGIN ", "authorization: ", "authorization: a b c ", "token: ", "token:1",
        "\"token\":", "bearer ",
        "%25", "\\", "%5C", "sk-", "a://b?", "cookie: \"=", "x-api-key=\"", "[\"", "\"x-api-key\":[", "password='",
    ])
    func hostileText(_ unit: String) {
        let text = String(repeating: unit, count: Sweep.count(inDebug: 8000, inRelease: 160_000) / unit.utf8.count)
        // This takes less than a second if each character is scanned once, and minutes if all are scanned for each.
        #expect(ResourceUse.threadSeconds { _ = Excerpt.shorten(text, to: 40_000) } < 10, "\(unit)")
        let whole = String(repeating: unit, count: Sweep.count(inDebug: 100_000, inRelease: 1_000_000))
        #expect(ResourceUse.threadSeconds { _ = Excerpt.shorten(whole) } < 1, "\(unit)")
    }
}
