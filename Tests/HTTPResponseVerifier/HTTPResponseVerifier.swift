public import HTTPResponseParsing
public import ReferenceHTTPResponse
public import TestSupport

/// Compares the parser with the reference on one response, fed in one way.
public struct HTTPResponseVerifier: Sendable {
    /// How the response is split into chunks.
    public var chunking: Chunking
    /// The limits that the parser must enforce.
    public var limits: HTTPResponseLimits
    /// Whether the transfer coding has already been removed.
    public var isTransferDecoded: Bool
    /// The seed of every random choice.
    public var seed: UInt64

    /// Creates a verifier.
    public init(
        _ chunking: Chunking,
        limits: HTTPResponseLimits = HTTPResponseLimits(),
        isTransferDecoded: Bool = false,
        seed: UInt64 = 0
    ) {
        self.chunking = chunking
        self.limits = limits
        self.isTransferDecoded = isTransferDecoded
        self.seed = seed
    }

    /// The reference's result for `response`.
    public func reference(_ response: [UInt8]) -> ReferenceHTTPResponse {
        ReferenceHTTPResponse(
            response,
            limits: ReferenceHTTPResponse.Limits(
                headBytes: limits.headBytes,
                fieldCount: limits.fieldCount,
                trailerBytes: limits.trailerBytes,
                chunkLineBytes: limits.chunkLineBytes
            ),
            isTransferDecoded: isTransferDecoded
        )
    }

    /// The first difference between the parser and the reference, or `nil`.
    ///
    /// - Parameters:
    ///   - response: The bytes of the connection.
    ///   - expected: The reference's result, if the caller already has it.
    public func mismatch(_ response: [UInt8], expected: ReferenceHTTPResponse? = nil) -> String? {
        let found = Recording(response, self)
        guard let difference = found.difference(from: expected ?? reference(response)) else { return nil }
        return "\(self): \(difference); response: \(response)"
    }
}

/// The result of feeding a response to the parser.
struct Recording {
    private var head: ResponseHead?
    private var body: [UInt8] = []
    private var trailers: ResponseFields?
    private var error: HTTPResponseError?
    private var position = 0
    private var isComplete = false
    private var ending = HTTPResponseEnding.complete
    private var interimCount = 0
    private var interimHead: ResponseHead?
    /// Whether the parser wants more bytes, or the response has ended.
    private var isUsedUp = false
    /// The first violated invariant of the parser, independent of the response.
    private var fault: String?

    /// Feeds a response, with each chunk between poison bytes that would be valid parts of a response.
    init(_ response: [UInt8], _ verifier: HTTPResponseVerifier) {
        var parser = HTTPResponseParser(limits: verifier.limits, isTransferDecoded: verifier.isTransferDecoded)
        var random = SeededRandom(seed: verifier.seed)
        var memory = PoisonedMemory(Self.poison)
        var start = 0
        chunks: for end in verifier.chunking.ends(count: response.count) {
            repeat {
                memory.put(response[start..<end], &random)
                do throws(HTTPResponseError) {
                    let most = random.chance(30) ? 1 : .max
                    // `UInt8` has no padding bytes.
                    var rest = unsafe memory.chunk.bytes
                    start += try receiveParts(from: &parser, &rest, atMost: most)
                } catch {
                    self.error = error
                    check(parser.failure == error, "failure")
                    // A failed parser throws the same error again and consumes nothing.
                    let failed = parser.position
                    var again = RawSpan()
                    do throws(HTTPResponseError) {
                        _ = try parser.next(in: &again)
                        check(false, "the error was not thrown again")
                    } catch let second {
                        check(second == error && parser.position == failed, "a different error: \(second)")
                    }
                    break chunks
                }
                check(parser.position == start, "position \(parser.position), not \(start)")
            } while !isUsedUp && fault == nil
            if trailers != nil || fault != nil { break }
        }
        if error == nil, trailers == nil { check(start == response.count, "\(start) consumed") }
        position = parser.position
        isComplete = parser.isComplete
        ending = parser.finish()
        interimCount = parser.interimCount
        interimHead = parser.interimHead
        check(parser.head == head, "head")
    }

    /// Parses up to `most` parts of `rest` and returns the number of bytes consumed.
    private mutating func receiveParts(
        from parser: inout HTTPResponseParser,
        _ rest: inout RawSpan,
        atMost most: Int
    ) throws(HTTPResponseError) -> Int {
        let count = rest.byteCount
        isUsedUp = false
        for _ in 0..<most {
            guard let part = try parser.next(in: &rest) else {
                check(rest.isEmpty || trailers != nil, "no part, but \(rest.byteCount) bytes remain")
                isUsedUp = true
                break
            }
            check(trailers == nil, "a part after the end")
            switch part {
            case .head(let head):
                check(self.head == nil && body.isEmpty, "a second head")
                self.head = head
            case .body(let bytes):
                check(!bytes.isEmpty && head != nil, "a misplaced or empty body piece of \(bytes.byteCount) bytes")
                body += [UInt8](copyOf: bytes)
            case .end(let trailers):
                check(head != nil && parser.isComplete, "a premature end")
                self.trailers = trailers
            @unknown default:
                check(false, "a part of an unknown kind")
            }
        }
        return count - rest.byteCount
    }

    private mutating func check(_ isRight: Bool, _ fault: @autoclosure () -> String) {
        if !isRight, self.fault == nil { self.fault = fault() }
    }

    private static let poison = ["\n", "\r\n", "0\r\n\r\n", "HTTP/1.1 204\r\n\r\n", "x", ": "].map { Array($0.utf8) }
}

extension Recording {
    /// The first difference, or `nil`.
    func difference(from expected: ReferenceHTTPResponse) -> String? {
        if let fault { return fault }
        if error?.reason.rawValue != expected.error?.reason || error?.offset != expected.error?.offset {
            return "\(String(describing: error)), not \(String(describing: expected.error))"
        }
        if position != expected.consumed { return "position \(position), not \(expected.consumed)" }
        if let difference = Self.difference(head, expected.head) { return "head: \(difference)" }
        if interimCount != expected.interim.count { return "\(interimCount) interim responses" }
        if let difference = Self.difference(interimHead, expected.interim.last) { return "interim: \(difference)" }
        if body != expected.body { return "body \(body), not \(expected.body)" }
        if (trailers == nil) != (expected.trailers == nil) { return "the end: \(String(describing: trailers))" }
        if let difference = Self.difference(trailers ?? [:], expected.trailers ?? []) {
            return "trailers: \(difference)"
        }
        if error != nil { return isComplete ? "complete in spite of an error" : nil }
        if isComplete != (expected.trailers != nil) { return "complete: \(isComplete)" }
        if ending.name != expected.missing?.place || ending.missingBytes != (expected.missing?.bytes ?? 0) {
            return "\(ending), not \(String(describing: expected.missing))"
        }
        return nil
    }

    private static func difference(_ head: ResponseHead?, _ expected: ReferenceHTTPResponse.Head?) -> String? {
        guard let head, let expected else {
            return (head == nil) == (expected == nil) ? nil : "\(String(describing: head))"
        }
        guard head.status == expected.status, hasBytes(head.reason, expected.reason) else { return "\(head)" }
        return difference(head.fields, expected.fields)
    }

    private static func difference(_ fields: ResponseFields, _ expected: [ReferenceHTTPResponse.Field]) -> String? {
        let isSame =
            fields.count == expected.count
            && zip(fields, expected).allSatisfy { hasBytes($0.name, $1.name) && hasBytes($0.value, $1.value) }
        return isSame ? nil : "\(fields), not \(expected)"
    }

    /// Whether the bytes decode to `text`.
    private static func hasBytes(_ text: String, _ bytes: [UInt8]) -> Bool {
        text.utf8.elementsEqual(String(decoding: bytes, as: UTF8.self).utf8)
    }
}

extension HTTPResponseEnding {
    /// The reference's name for the place of the cut.
    var name: String? {
        guard case .truncated(let place) = self else { return nil }
        return switch place {
        case .start: "start"
        case .statusLine: "statusLine"
        case .fields: "fields"
        case .body: "body"
        case .chunk: "chunk"
        case .chunkFraming: "chunkFraming"
        case .trailers: "trailers"
        @unknown default: "unknown"
        }
    }

    /// The number of missing bytes, if known.
    var missingBytes: Int {
        switch self {
        case .truncated(.body(let count)), .truncated(.chunk(let count)): count
        default: 0
        }
    }
}
