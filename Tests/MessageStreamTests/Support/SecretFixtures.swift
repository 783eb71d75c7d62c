/// Texts that contain secrets: invented ones, in the shapes that services use.
enum SecretFixtures {
    /// A text, the secrets in it, and words that must be shown.
    struct Fixture: Sendable, CustomStringConvertible {
        var text: String
        var secrets: [String]
        var words: [String]
        var description: String { text }

        init(_ text: String, hides secrets: String..., shows words: [String] = []) {
            self.text = text
            self.secrets = secrets
            self.words = words
        }
    }

    static let anthropic = "sk-ant-api03-FAKEfake0123456789-notAkey_xyzAA"
    static let jwt = "eyJmYWtlIjoiaGVhZGVyIn0.eyJmYWtlIjoicGF5bG9hZCJ9.ZmFrZXNpZ25hdHVyZTAx"

    /// Keys that are recognized by their shape.
    static let keys = [
        anthropic, "sk-proj-FAKEfake0123456789", "sk_live_FAKEfake01234567", "AIzaFAKEfake-0123456789_abcdefghijklmno",
        "AKIAFAKEFAKE01234567", "ASIAFAKEFAKE01234567", "ghp_FAKEfake0123456789abcdefghijklmnop",
        "gho_FAKEfake0123456789abcdefghijklmnop", "ghs_FAKEfake0123456789abcdefghijklmnop",
        "github_pat_11FAKEFAKE0fakefake_0123456789abcdef", "xoxb-0123456789-FAKEfakeFAKE",
        "xoxp-0123456789-FAKEfakeFAKE",
        "ABSKRkFLRWZha2UwMTIzNDU2Nzg5", "ya29.a0FAKEfake-0123456789_abc", "glpat-FAKEfake0123456789",
        "hf_FAKEfakeFAKEfake0123456789", jwt,
    ]

    /// Secrets that are announced by the text before them.
    static let announced: [Fixture] = [
        Fixture(
            "Authorization: Bearer fake0123token, once",
            hides: "fake0123token",
            shows: ["Authorization: Bearer ", "once"]
        ),
        Fixture("sent Bearer   fake0123token as told", hides: "fake0123token", shows: ["sent Bearer ", " as told"]),
        Fixture(
            "authorization: Basic ZmFrZTpmYWtlcGFzcw== was sent",
            hides: "ZmFrZTpmYWtlcGFzcw",
            shows: ["Basic", "was sent"]
        ),
        Fixture(
            "PROXY-AUTHORIZATION:Basic ZmFrZTpmYWtlcGFzcw==",
            hides: "ZmFrZTpmYWtlcGFzcw",
            shows: ["PROXY-AUTHORIZATION"]
        ),
        Fixture("authorization: Negotiate YIIfake0123456789==", hides: "YIIfake0123456789", shows: ["Negotiate"]),
        Fixture(
            #"Authorization: Digest username="fakeuser", realm="a b", response="0123fake4567"#,
            hides: "fakeuser",
            "0123fake4567",
            shows: ["Digest"]
        ),
        Fixture(
            "authorization: AWS4-HMAC-SHA256 Credential=FAKEID0/2026/us/bedrock, Signature=0123fake4567",
            hides: "FAKEID0",
            "0123fake4567",
            shows: ["AWS4-HMAC-SHA256"]
        ),
        Fixture("authorization: Odd fake01 fake02scheme", hides: "fake01", "fake02scheme", shows: ["authorization: "]),
        Fixture("authorization: fake0123bare", hides: "fake0123bare"),
        Fixture(
            "got x-api-key: fake0123header, refused",
            hides: "fake0123header",
            shows: ["got x-api-key: ", " refused"]
        ),
        Fixture("X-API-KEY:fake0123header", hides: "fake0123header", shows: ["X-API-KEY:"]),
        Fixture("x-goog-api-key : fake0123header", hides: "fake0123header", shows: ["x-goog-api-key : "]),
        Fixture("x-amz-security-token: fake0123header", hides: "fake0123header"),
        Fixture("Invalid API key: fake0123spaced!", hides: "fake0123spaced", shows: ["Invalid API key: "]),
        Fixture("api_key=fake0123value&model=claude", hides: "fake0123value", shows: ["api_key=", "&model=claude"]),
        Fixture("OPENAI_API_KEY=fake0123value make", hides: "fake0123value", shows: ["OPENAI_API_KEY=", " make"]),
        Fixture("run --api-key=fake0123value now", hides: "fake0123value", shows: [" now"]),
        Fixture("run --api-key='fake0123 value' now", hides: "fake0123 value", shows: [" now"]),
        Fixture("{'apikey': 'fake01\"23', 'n': 5}", hides: "fake01", shows: ["'n': 5}"]),
        Fixture("{b'x-api-key': b'fake0123bytes', 'n': 5}", hides: "fake0123bytes", shows: ["'n': 5}"]),
        Fixture(
            #"{"api_key":"fake0123member","n":5}"#,
            hides: "fake0123member",
            shows: [#""api_key":""#, #"","n":5}"#]
        ),
        Fixture(#"{"accessToken" : "fake, 0123 member","n":5}"#, hides: "fake, 0123 member", shows: [#"","n":5}"#]),
        Fixture(#"{"refresh_token":"fake0123member"}"#, hides: "fake0123member", shows: ["refresh_token"]),
        Fixture(#"{"id_token":"fake0123member"}"#, hides: "fake0123member", shows: ["id_token"]),
        Fixture(#"{"token":"fake0123member","tokens":12}"#, hides: "fake0123member", shows: [#""tokens":12"#]),
        Fixture(#"{"client_secret":"fake0123member"}"#, hides: "fake0123member", shows: ["client_secret"]),
        Fixture(#"{"password":1234567890,"n":5}"#, hides: "1234567890", shows: [#""n":5}"#]),
        Fixture(
            #"{"x-api-key":["fake0123]a","fake0123b"],"n":5}"#,
            hides: "fake0123]a",
            "fake0123b",
            shows: [#""n":5}"#]
        ),
        Fixture(#"{"authorization":"Bearer fake0123member","n":5}"#, hides: "fake0123member", shows: [#""n":5}"#]),
        Fixture(#"{"Cookie":"sid=fake0123; b=fake4567","n":5}"#, hides: "fake0123", "fake4567", shows: [#""n":5}"#]),
        Fixture(
            "cookie: sid=fake0123; b=\"fake4567\"; c=fake89\nnext",
            hides: "fake0123",
            "fake4567",
            "fake89",
            shows: ["next"]
        ),
        Fixture("Set-Cookie: sid=fake0123; Path=/", hides: "fake0123", shows: ["Set-Cookie: "]),
        Fixture("passwd=fake0123 login=me", hides: "fake0123", shows: [" login=me"]),
        Fixture("password: fake!\u{E9}0123 login: me", hides: "fake!\u{E9}0123", shows: [" login: me"]),
        Fixture("secret=fake0123;login=me", hides: "fake0123", shows: [";login=me"]),
        Fixture("the token: fake0123value is old", hides: "fake0123value", shows: ["the token: ", " is old"]),
        Fixture("session=fake0123value", hides: "fake0123value"),
        Fixture("got&sig=fake0123%2Bvalue&n=5", hides: "fake0123", "value", shows: ["&n=5"]),
        Fixture(
            "X-Amz-Credential=FAKEID0%2Fus&X-Amz-Signature=0123fake&X-Amz-Security-Token=FAKE4567&n=5",
            hides: "FAKEID0",
            "0123fake",
            "FAKE4567",
            shows: ["&n=5"]
        ),
        Fixture(
            "GET /v1/models?key=fake0123value HTTP/1.1",
            hides: "fake0123value",
            shows: ["GET /v1/models?key=", " HTTP/1.1"]
        ),
        Fixture("to https://me:fake0123@host.test/a, refused", hides: "fake0123", shows: ["@host.test/a", "refused"]),
        Fixture(
            "to https://host.test/a?b=1&c=fake0123#d refused",
            hides: "fake0123",
            shows: ["https://host.test/a?", " refused"]
        ),
        Fixture(
            "-----BEGIN RSA PRIVATE KEY-----\nMIIfake0123\nfake4567==\n-----END RSA PRIVATE KEY-----\nrefused",
            hides: "MIIfake0123",
            "fake4567",
            shows: ["refused"]
        ),
        Fixture("-----BEGIN PRIVATE KEY-----\nMIIfake0123\n", hides: "MIIfake0123"),
    ]

    /// Texts with only a slight resemblance to secrets.
    static let harmless = [
        "x-api-key header is required", "Missing x-api-key", "authentication_error: invalid x-api-key",
        "input_tokens: 12", "max_tokens: 200000 > 64000", "max_tokens=4096", "token count: 12", "total tokens: 200000",
        "the token limit is 200000", #"{"usage":{"input_tokens":25,"output_tokens":30}}"#,
        #"{"token":12,"max_token":4096}"#, #"{"token":[12, 13],"n":5}"#,
        "max_output_token=4096", "token: 200000", #"{"token":null,"secret":null,"session":{"id":1}}"#, "password=",
        "secret: null",
        #"SyntaxError: Unexpected token: '<'"#, "Unexpected token < in JSON at position 0", "unexpected token: null",
        "Bearer authentication is required", "use a Bearer token", "the bearer of this", "Bearer",
        "the password is too short", "wrong password", "your session has expired", "in this session: the model",
        "authorization: you may not use this model here", "Authorization header is missing", "cookie was not set",
        #"{"type":"signature_delta","signature":"EqQBfakefakefakefake0123456789"}"#, "signature: not valid",
        "risk-free", "disk-usage-monitoring-of-things", #"C:\disk-usage-monitoring"#, "task-sk-x", "sk-1",
        "std::token::Kind",
        "what? nothing", "see https://host.test/a:b@c", "at 12:30", "a?b=c", "::1", "100% sure", "50%25 off",
        "key: value",
        "monkey=banana", "AIzak", "hf_hub", "ghp_", "eyJ", "keyboard: us", #"{"stop_sequence":"sk-"}"#,
        "obsession: none",
        #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011Ca5n7rbnXYaoFc"}"#,
    ]
}
