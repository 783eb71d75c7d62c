import ServerSentEvents

/// The input of a tool, which a stream gives in pieces of JSON text.
///
/// It is never repaired: a tool must not run with half its arguments.
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

    /// What the pieces of a block that was stopped amount to.
    ///
    /// - Parameters:
    ///   - pieces: All `partial_json` of the block, joined.
    ///   - initial: The `input` that the block began with; an empty concatenation leaves it as it is.
    init(pieces: String, initial: RawJSON?) {
        guard !pieces.isEmpty else {
            self = .complete(initial ?? .emptyObject)
            return
        }
        do throws(JSONError) {
            let json = try RawJSON(validating: pieces)
            self = json.isObject ? .complete(json) : .invalid(pieces, offset: 0)
        } catch {
            // A text that ends too early may be the start of an object, and only then it is incomplete.
            let first = pieces.utf8.first { $0 > 0x20 }
            let isObject = first == nil || first == UInt8(ascii: "{")
            self =
                error.reason == .unexpectedEnd && isObject
                ? .incomplete(pieces) : .invalid(pieces, offset: isObject ? error.offset : 0)
        }
    }
}

extension RawJSON {
    /// `{}`
    static let emptyObject = RawJSON(checked: RawSpan("{}"))

    /// Whether the value is an object.
    public var isObject: Bool { utf8.first == UInt8(ascii: "{") }
}
