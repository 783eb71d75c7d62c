/// The location of a value in a text, for decoding the value later, when its meaning is known.
struct ValueLocation {
    /// The offset of the first byte.
    let offset: Int
    /// The offset after the last byte.
    let end: Int
    let kind: JSONKind
    private var hasEscapes = false
    private var isASCII = true

    /// Consumes a value of any type, or a key.
    init(reading reader: inout JSONReader) throws(JSONError) {
        kind = try reader.peekKind()
        offset = reader.position
        switch kind {
        case .string:
            let view = try reader.readQuoted()
            hasEscapes = view.hasEscapes
            isASCII = view.isASCII
        case .number: reader.position = try JSONToken.number(in: reader.bytes, from: offset).end
        case .object, .array, .true, .false, .null: try reader.skipValue()
        }
        end = reader.position
    }

    /// The range between the quotation marks of a string.
    var string: Range<Int> { offset &+ 1..<end &- 1 }

    /// Whether the value is a string of ASCII characters without escapes.
    var isPlainString: Bool { kind == .string && isASCII && !hasEscapes }

    /// The string, still encoded.
    ///
    /// - Precondition: The value is a string of `data`.
    @_lifetime(copy data)
    func view(in data: RawSpan) -> JSONStringView {
        JSONStringView(raw: data.extracting(string), hasEscapes: hasEscapes, isASCII: isASCII)
    }

    /// The string; `nil` for `null`. Any other value is an error.
    func makeString(_ data: RawSpan) throws(JSONError) -> String? {
        switch kind {
        case .string: return view(in: data).makeString()
        case .null: return nil
        default: throw JSONError(.typeMismatch, at: offset)
        }
    }
}
