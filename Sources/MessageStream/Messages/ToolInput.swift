import ServerSentEvents

/// The input of a tool, which a stream delivers as pieces of JSON text.
///
/// It is never repaired: a tool must not run with partial arguments.
///
/// A text is a JSON object, the beginning of one, or neither, so there will be no other cases.
public enum ToolInput: Sendable, Hashable {
    /// The complete input, a JSON object. Only a block that was stopped properly has this.
    case complete(RawJSON)
    /// The pieces received, joined: the block was not stopped, or the text ends inside the object.
    case incomplete(String)
    /// The pieces received, joined. The byte at `offset`, in UTF-8, is the first that cannot belong to a JSON object.
    case invalid(String, offset: Int)

    /// The JSON of the input, if it is complete.
    public var json: RawJSON? {
        if case .complete(let json) = self { json } else { nil }
    }

    /// Decodes the complete input with any decoder that accepts JSON as UTF-8 bytes.
    ///
    ///     let arguments = try use.input.decode { try JSONDecoder().decode(Arguments.self, from: Data($0)) }
    ///
    /// - Parameter body: A closure that receives the text of the JSON object. It is called only if the input is
    ///   complete.
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

    /// The reason why an input was not decoded.
    public enum DecodingError<Underlying: Error>: Error {
        /// The input is incomplete: see ``ToolInput/incomplete(_:)``.
        case incomplete(String)
        /// The input is not a JSON object: see ``ToolInput/invalid(_:offset:)``.
        case invalid(String, offset: Int)
        /// The input is complete, but the caller's decoder rejected it.
        case underlying(Underlying)
    }

    /// Classifies the final text of an input.
    ///
    /// - Parameter text: All `partial_json` of the block, joined. An empty text stands for an empty object.
    init(text: String) {
        guard !text.isEmpty else {
            self = .complete(.emptyObject)
            return
        }
        // A text that ends too early is incomplete only if it may be the beginning of an object.
        let first = text.utf8.enumerated().first { ![0x20, 0x09, 0x0A, 0x0D].contains($0.element) }
        if let first, first.element != UInt8(ascii: "{") {
            self = .invalid(text, offset: first.offset)
            return
        }
        do throws(JSONError) {
            // Any depth of nesting: nothing here recurses, and the code that decodes the input should set the limit.
            self = .complete(try RawJSON(validating: text, depthLimit: .max))
        } catch {
            self = error.reason == .unexpectedEnd ? .incomplete(text) : .invalid(text, offset: error.offset)
        }
    }

    /// The text received.
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
