/// Appends HTML to an array of bytes. All text and all attribute values are escaped, and elements are always closed.
struct HTMLWriter {
    private(set) var bytes: [UInt8] = []

    /// The attributes of an element, in order.
    typealias Attributes = KeyValuePairs<String, String>

    /// Appends the program's own markup unchanged.
    mutating func markup(_ text: StaticString) { bytes += Array(text.description.utf8) }

    /// Appends the contents of a `style` element.
    mutating func style(_ sheet: String) { bytes += Array("<style>\(sheet)</style>".utf8) }

    /// Appends the program's own text.
    mutating func text(_ text: String) { appendEscaped(text) }

    /// Appends received text.
    mutating func text(_ text: VisibleText) {
        for piece in text.pieces {
            switch piece {
            case .plain(let text): appendEscaped(text)
            case .named(let name): element("span", ["class": "named"], name)
            }
        }
    }

    /// Appends received text on one line.
    mutating func received(_ text: String) { self.text(VisibleText(text)) }

    /// Appends an element with its contents.
    mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ contents: (inout HTMLWriter) -> Void)
    {
        begin(name, attributes)
        contents(&self)
        bytes += Array("</\(name)>".utf8)
    }

    /// Appends an element that contains text of the program.
    mutating func element(_ name: StaticString, _ text: String) { element(name, [:], text) }

    /// Appends an element that contains text of the program.
    mutating func element(_ name: StaticString, _ attributes: Attributes, _ text: String) {
        element(name, attributes) { $0.text(text) }
    }

    /// Appends an element that has no contents, such as `meta`.
    mutating func void(_ name: StaticString, _ attributes: Attributes) { begin(name, attributes) }

    private mutating func begin(_ name: StaticString, _ attributes: Attributes) {
        bytes += Array("<\(name)".utf8)
        for (name, value) in attributes {
            bytes += Array(" \(name)=\"".utf8)
            appendEscaped(value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func appendEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
