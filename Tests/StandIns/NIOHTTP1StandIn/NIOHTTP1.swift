// The names that SwiftNIO and AsyncHTTPClient bring into the scope of a client's file.

public struct HTTPResponseStatus: Sendable {
    public let code: UInt

    public init(code: UInt) { self.code = code }
}

public struct HTTPHeaders: Sendable, RandomAccessCollection {
    private var pairs: [(String, String)]

    public init(_ pairs: [(String, String)]) { self.pairs = pairs }

    public var startIndex: Int { pairs.startIndex }
    public var endIndex: Int { pairs.endIndex }

    public subscript(position: Int) -> (name: String, value: String) {
        (name: pairs[position].0, value: pairs[position].1)
    }
}

public struct HTTPResponseHead: Sendable {
    public init() {}
}

public struct ByteBuffer: Sendable {
    public let readableBytesView: [UInt8]

    public init(_ bytes: [UInt8]) { readableBytesView = bytes }
}

public struct HTTPClientResponse: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    public var body: AsyncStream<ByteBuffer>

    public init(status: HTTPResponseStatus, headers: HTTPHeaders, body: AsyncStream<ByteBuffer>) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
