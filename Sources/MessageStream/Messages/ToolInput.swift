import ServerSentEvents

/// The input of a tool, which a stream gives in pieces of JSON text.
///
/// It is never repaired: a tool must not run with half its arguments.
///
/// A text is a JSON object, the beginning of one, or neither, so there will be no other cases.
public enum ToolInput: Sendable, Hashable {
    /// The whole input, a JSON object. Only a block that was stopped in order has this.
    case complete(RawJSON)
    /// The pieces that came, joined: the block was not stopped, or the text ends inside the object.
    case incomplete(String)
    /// The pieces that came, joined; `offset` is that of the first UTF-8 byte that cannot belong to a JSON object.
    case invalid(String, offset: Int)

    /// The whole input, if it is that.
    public var json: RawJSON? {
        if case .complete(let json) = self { json } else { nil }
    }

    /// Decodes the whole input by any means that takes JSON as bytes of UTF-8.
    ///
    ///     let arguments = try use.input.decode { try JSONDecoder().decode(Arguments.self, from: Data($0)) }
    ///
    /// - Parameter body: Called with the text of the JSON object, only if it is whole.
    /// - Throws: ``DecodingError``.
    public func decode<Value, Underlying: Error>(
        _ body: ([UInt8]) throws(Underlying) -> Value
    ) throws(DecodingError<Underlying>) -> Value {
        switch self {
        case .incomplete(let text): throw .incomplete(text)
        case .invalid(let text, let offset): throw .invalid(text, offset: offset)
        case .complete(let json):
            do throws(Underlying) {
                return try body(json.utf8)
            } catch {
                throw .underlying(error)
            }
        }
    }

    /// Why an input could not be decoded.
    public enum DecodingError<Underlying: Error>: Error {
        /// The input is not whole: see ``ToolInput/incomplete(_:)``.
        case incomplete(String)
        /// The input is no JSON object: see ``ToolInput/invalid(_:offset:)``.
        case invalid(String, offset: Int)
        /// The input is whole, and not what the caller's own decoding takes.
        case underlying(Underlying)
    }

    /// Classifies the final text of an input.
    ///
    /// - Parameter text: All `partial_json` of the block, joined; an empty concatenation stands for an empty object.
    init(text: String) {
        guard !text.isEmpty else {
            self = .complete(.emptyObject)
            return
        }
        // A text that ends too early may be the beginning of an object, and only then it is incomplete.
        let first = text.utf8.enumerated().first { ![0x20, 0x09, 0x0A, 0x0D].contains($0.element) }
        if let first, first.element != UInt8(ascii: "{") {
            self = .invalid(text, offset: first.offset)
            return
        }
        do throws(JSONError) {
            // However deep it is nested: nothing here recurses, and a limit is for the one to set that decodes it.
            self = .complete(try RawJSON(validating: text, depthLimit: .max))
        } catch {
            self = error.reason == .unexpectedEnd ? .incomplete(text) : .invalid(text, offset: error.offset)
        }
    }

    /// The text that came.
    var text: String {
        switch self {
        case .complete(let json): json.description
        case .incomplete(let text), .invalid(let text, _): text
        }
    }
}

extension RawJSON {
    /// `{}`
    static let emptyObject = RawJSON(checked: RawSpan("{}"))

    /// Whether the value is an object.
    public var isObject: Bool { utf8.first == UInt8(ascii: "{") }

    /// Whether the value is `null`.
    var isNull: Bool { utf8.first == UInt8(ascii: "n") }
}
