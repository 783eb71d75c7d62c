// The names that swift-http-types brings into the scope of a client's file.

public struct HTTPField: Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

public struct HTTPFields: Sendable {
    public var fields: [HTTPField] = []

    public init() {}
}

public struct HTTPRequest: Sendable {
    public init() {}
}

public struct HTTPResponse: Sendable {
    public struct Status: Sendable {
        public let code: Int

        public init(code: Int) { self.code = code }
    }

    public var status: Status
    public var headerFields = HTTPFields()

    public init(status: Status) { self.status = status }
}
