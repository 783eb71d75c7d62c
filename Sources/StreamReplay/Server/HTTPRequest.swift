internal import HTTPResponseParsing

/// The head of a request (RFC 9112, section 3).
package struct HTTPRequest: Sendable, Hashable {
    package var method: String
    /// The request target as received.
    package var target: String
    /// The minor version: 0 for HTTP/1.0, 1 for HTTP/1.1 and above.
    package var minorVersion: Int
    /// The fields that the server uses: the last value of each, keyed by lowercase name.
    package var fields: [String: String] = [:]

    package init(method: String, target: String, minorVersion: Int, fields: [String: String] = [:]) {
        (self.method, self.target, self.minorVersion, self.fields) = (method, target, minorVersion, fields)
    }

    /// The path of the target, percent-decoded and without the query.
    ///
    /// "origin-form = absolute-path [ "?" query ]" (section 3.2.1). In a target in absolute form, which clients send to
    /// a proxy, the scheme and authority are removed.
    package var path: String {
        var bytes = Array(target.utf8)[...]
        if !bytes.starts(with: "/".utf8), let slashes = target.firstRange(of: "://") {
            let rest = target[slashes.upperBound...]
            bytes = Array((rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/").utf8)[...]
        }
        bytes = bytes.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return String(decoding: bytes.removingPercentEncoding, as: UTF8.self)
    }

    /// The media types that the client accepts, in lowercase, without parameters.
    ///
    /// "a quality value of 0 means 'not acceptable'" (RFC 9110, section 12.4.2): such a type is left out.
    package var acceptedTypes: [String] {
        (fields["accept"] ?? "").split(separator: ",").compactMap { type in
            let words = type.lowercased().filter { $0 != " " && $0 != "\t" }.split(separator: ";")
            let isRefused = words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            return isRefused ? nil : words.first.map(String.init)
        }
    }

    /// Whether the connection can serve another request: "HTTP/1.1 defaults to the use of persistent connections"
    /// (section 9.3). In HTTP/1.0, the client must request persistence, which this server does not support.
    package var keepsConnection: Bool {
        minorVersion >= 1
            && !(fields["connection"] ?? "").lowercased().split(separator: ",").contains {
                $0.filter { $0 != " " && $0 != "\t" } == "close"
            }
    }
}

extension Collection<UInt8> {
    /// The bytes with each `%XX` replaced by its byte (RFC 3986, section 2.1). A percent sign without two digits stays
    /// as it is.
    fileprivate var removingPercentEncoding: [UInt8] {
        let source = Array(self)
        var result: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = HeadSyntax.hexadecimalValue(source[index + 1]),
                let low = HeadSyntax.hexadecimalValue(source[index + 2])
            {
                result.append(UInt8(high << 4 | low))
                index += 3
            } else {
                result.append(source[index])
                index += 1
            }
        }
        return result
    }
}

extension String {
    /// The path with every byte percent-encoded except unreserved ones (RFC 3986, section 2.3) and slashes.
    var percentEncodedPath: String {
        var result = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (byte < 16 ? "0" : "") + digits
            }
        }
        return result
    }
}

/// A request that the server refuses.
package struct HTTPRequestError: Error, Sendable, Hashable {
    /// The status of the response: 400, 408, 413, 414, 417, 431, 501 or 505.
    package let status: Int
    /// A description of the error, and of what to send instead, as a sentence without a period.
    package let reason: String

    package init(status: Int, reason: String) { (self.status, self.reason) = (status, reason) }
}
