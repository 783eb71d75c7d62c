import CaptureCorpus
import MessageStream
import StreamReplay
import TestScheduling
import Testing

/// Each shape of an injected error leads to the verdict in its row.
@Suite(.takesTurns) struct ErrorShapeTests {
    /// The expected verdict on a shape that is sent after event 5 of a complete response.
    struct Row: Sendable, CustomTestStringConvertible {
        var shape: InjectedError.Shape
        /// The kind of the failure, or `nil` for a complete message.
        var kind: String?
        var type: String?
        var status: Int?
        var isTransient = true
        var hasPlace = true
        var diagnostic: String?

        var testDescription: String { "shape \(shape.rawValue)" }

        init(
            _ shape: InjectedError.Shape,
            _ kind: String?,
            _ type: String? = nil,
            _ status: Int? = nil,
            isTransient: Bool = true,
            hasPlace: Bool = true,
            diagnostic: String? = nil
        ) {
            (self.shape, self.kind, self.type, self.status) = (shape, kind, type, status)
            (self.isTransient, self.hasPlace, self.diagnostic) = (isTransient, hasPlace, diagnostic)
        }
    }

    private static let overloaded = "overloaded_error"

    static let rows = [
        Row(.event, "api", overloaded, 529),
        Row(.padded, "api", overloaded, 529),
        Row(.withRequestID, "api", overloaded, 529),
        Row(.cutInFrame, "truncated"),
        Row(.empty, "truncated", hasPlace: false),
        Row(.withoutType, "api", overloaded, 529),
        Row(.stringAndStatus, "api", nil, 529),
        Row(.numericCode, "api", overloaded, 529),
        Row(.flat, "api", overloaded, 529),
        Row(.flatWithType, "api", overloaded, 529),
        Row(.raw, "api", overloaded, 529),
        Row(.stringCode, "api", overloaded, 529),
        Row(.nested, "api", overloaded, 529),
        Row(.typeInCode, "api", overloaded, 529),
        Row(.notJSON, "api", nil, nil, isTransient: false),
        Row(.otherEventName, "api", overloaded, 529),
        Row(.ignored, "api", overloaded, 529),
        Row(.afterStop, nil, hasPlace: false, diagnostic: "errorAfterStop"),
        Row(.twoDataLines, "api", overloaded, 529),
        Row(.secondStart, "protocolViolation", isTransient: false),
        Row(.unknownBlock, "protocolViolation", isTransient: false),
        Row(.jsonResponse, "api", overloaded, 529, hasPlace: false),
        Row(.htmlResponse, "http", nil, 502, hasPlace: false),
        Row(.gzip, "notEventStream", isTransient: false, hasPlace: false),
        Row(.rawArray, "api", nil, 529),
        Row(.jsonLine, "api", nil, nil, isTransient: false),
        Row(.emptyMessage, nil, hasPlace: false),
        Row(.silence, "truncated"),
        Row(.rawBeforeFrame, "api", overloaded, 529),
        Row(.rawAfterWords, "api", overloaded, 529),
        Row(.fieldNamedError, "api", overloaded, 529),
        Row(.commentOnly, "truncated", diagnostic: "errorWithoutData"),
        Row(.cutThenError, "malformedEvent"),
        Row(.statusInside, "api", "upstream_error", 503),
        Row(.object, "api", overloaded, 529),
        Row(.outerType, "api", overloaded, 529),
        Row(.brokenUTF8Response, "api", overloaded, 529, hasPlace: false),
        Row(.lastWords, "truncated"),
        Row(.forgedCompletion, nil, diagnostic: "doubtfulCompletion"),
    ]

    @Test func allShapesAreInTheTable() {
        #expect(Set(Self.rows.map(\.shape)) == Set(InjectedError.Shape.allCases))
    }

    @Test(arguments: rows)
    func verdict(_ row: Row) throws {
        let capture = Capture.named("text-complete.sse").bytes
        let after = row.shape.replacesResponse ? "" : ",after=5"
        for size in [Int.max, 1, 100] {
            let stream = try DamagedStream(capture, "error:shape=\(row.shape.rawValue)\(after)", chunk: size)
            #expect(stream.unapplied.isEmpty)
            let (failure, message, diagnostics) = stream.verdict
            #expect(failure?.kind.name == row.kind)
            var type: String?
            if case .api(let error)? = failure?.kind { type = error.type?.rawValue }
            #expect(type == row.type)
            if let failure {
                #expect(failure.equivalentStatus == row.status)
                #expect(failure.retry.isTransient == row.isTransient)
                #expect(failure.eventIndex == (row.hasPlace ? 5 : 0) || row.kind == "truncated")
            }
            if let diagnostic = row.diagnostic {
                #expect(diagnostics.contains { $0.kind.rawValue == diagnostic }, "\(diagnostics)")
            }
            if row.shape == .emptyMessage { #expect(message?.content.isEmpty == true) }
            if row.shape == .withRequestID { #expect(failure?.requestID == "req_011CInjected") }
        }
    }

    /// The members of the error are those given.
    @Test func membersAreKept() throws {
        let capture = Capture.named("text-complete.sse").bytes
        let text = #"error:shape=1,type=api_error,message=a "b"\, c,id=req_9,after=3,next=cut"#
        let stream = try DamagedStream(capture, text)
        let failure = try #require(stream.verdict.failure)
        guard case .api(let error) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(error.type == .api)
        #expect(error.message == #"a "b", c"#)
        #expect(failure.requestID == "req_9")
        #expect(failure.eventIndex == 3)
        #expect(stream.ending == .truncated)
    }

    @Test(arguments: [("end", DamagedPart.Ending.complete), ("cut", .truncated), ("continue", .complete)])
    func next(_ word: String, _ ending: DamagedPart.Ending) throws {
        let capture = Capture.named("text-complete.sse").bytes
        let stream = try DamagedStream(capture, "error:after=2,next=\(word)")
        #expect(stream.ending == ending)
        #expect((stream.body.count > capture.count) == (word == "continue"))
    }

    /// A number that is not a failure is rejected with a reason.
    @Test(arguments: [0, 6, 23, 24, 32, 33, 50, 55, 56, 61, 62, 63, 66, 68, 69, 70, 71, 72])
    func otherNumbersAreRefused(_ number: Int) {
        let error = #expect(throws: FaultSyntaxError.self) { try StreamFault("error:shape=\(number)") }
        #expect(error?.description.contains("shape \(number)") == true)
        #expect(error?.description.contains("use one of 1, 2, 3") == true)
    }
}
