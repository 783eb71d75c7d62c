import HTTPResponseParsing
import TestScheduling
import Testing

/// Fields and heads, as client code builds and queries them.
@Suite("Fields", .takesTurns)
struct ResponseFieldsTests {
    let fields: ResponseFields = ["Set-Cookie": "a=1", "request-id": "req_1", "set-cookie": "b=2", "X-Empty": ""]

    @Test func namesAreFoundInAnyCase() {
        #expect(fields["REQUEST-ID"] == "req_1")
        #expect(fields["request-ids"] == nil)
        #expect(fields["request_id"] == nil)
        #expect(fields["x-empty"] == "")
        // Only letters have a case: `[` and `{` differ in the same bit.
        #expect(ResponseFields([("a[", "1")])["a{"] == nil)
        #expect(ResponseFields([("É", "1")])["é"] == nil)
    }

    @Test func repeatedFields() {
        #expect(fields["set-cookie"] == "a=1, b=2")
        #expect(fields.values(of: "SET-COOKIE") == ["a=1", "b=2"])
        #expect(fields.values(of: "x") == [])
    }

    @Test func keepsOrder() {
        var fields = self.fields
        fields.append(ResponseField(name: "last", value: "1"))
        #expect(fields.count == 5)
        #expect(fields.map(\.name) == ["Set-Cookie", "request-id", "set-cookie", "X-Empty", "last"])
        #expect(fields[4] == ResponseField(name: "last", value: "1"))
        #expect(ResponseFields().isEmpty)
    }

    @Test(arguments: [
        ("text/event-stream", "text/event-stream"), ("Text/Event-Stream;charset=utf-8", "text/event-stream"),
        ("application/json ; a=\";\"", "application/json"), ("\ttext/html\t;", "text/html"), ("", nil), (" ;x", nil),
        ("text", "text"),
    ])
    func mediaType(value: String, expected: String?) {
        #expect(ResponseHead(status: 200, fields: ["content-TYPE": value]).mediaType == expected)
    }

    @Test func mediaTypeOfSeveral() {
        #expect(ResponseHead(status: 200).mediaType == nil)
        let head = ResponseHead(status: 200, fields: ["Content-Type": "text/html", "content-type": "text/css"])
        #expect(head.mediaType == "text/css")
    }

    @Test(arguments: [
        ([], nil), (["identity"], nil), (["GZIP"], "gzip"), (["Identity , ,"], nil), ([""], nil),
        (["gzip,\tBr"], "gzip, br"), (["deflate", "identity", "zstd"], "deflate, zstd"),
    ])
    func contentCoding(values: [String], expected: String?) {
        let fields = ResponseFields(values.map { ("content-encoding", $0) })
        #expect(ResponseHead(status: 200, fields: fields).contentCoding == expected)
    }
}
