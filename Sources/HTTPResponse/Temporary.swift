public struct HTTPResponseLimits: Sendable, Hashable { public init() {} }
public struct HTTPResponseError: Error, Sendable, Hashable { public let excerpt: String }
public enum HTTPResponseEnding: Sendable, Hashable { case complete, truncated }
extension HTTPResponseHead { public var contentCoding: String? { nil } }

@nonexhaustive public enum HTTPResponsePart: ~Escapable {
    case head(HTTPResponseHead); case body(RawSpan); case end(trailers: HTTPFields)
}
public struct HTTPResponseParser: ~Copyable, Sendable {
    public let isTransferDecoded: Bool
    public init(limits: HTTPResponseLimits = .init(), isTransferDecoded: Bool = false) {
        self.isTransferDecoded = isTransferDecoded
    }
    public private(set) var head: HTTPResponseHead?
    public var isComplete: Bool { false }
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func next(in chunk: inout RawSpan) throws(HTTPResponseError) -> HTTPResponsePart? { nil }
    public mutating func finish() -> HTTPResponseEnding { .complete }
}
