import Foundation
import HTTPResponseParsing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension URLRequest {
    /// The reason that the request cannot be sent, or `nil` if it can. FoundationNetworking crashes on some invalid
    /// requests.
    var validationError: TransportError.Code? {
        guard let url else { return .urlError(URLError.Code.badURL.rawValue) }
        guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
            return .urlError(URLError.Code.unsupportedURL.rawValue)
        }
        guard let host = url.host, !host.isEmpty else { return .urlError(URLError.Code.badURL.rawValue) }
        let fields = allHTTPHeaderFields ?? [:]
        guard fields.allSatisfy({ $0.key.isFieldName && $0.value.isFieldValue }) else {
            return .urlError(URLError.Code.badURL.rawValue)
        }
        return nil
    }
}

extension String {
    /// Whether the string is a token (RFC 9110, section 5.6.2).
    fileprivate var isFieldName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// "Field values containing CR, LF, or NUL characters are invalid and dangerous" (RFC 9110, section 5.5): the peer
    /// would parse the rest as another field.
    fileprivate var isFieldValue: Bool {
        !utf8.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
    }
}

extension URL {
    /// The host and the port only; the rest of the URL can contain secrets.
    var peer: String? {
        guard let host else { return nil }
        let name = host.utf8.contains(UInt8(ascii: ":")) && !host.hasPrefix("[") ? "[\(host)]" : host
        return "\(name):\(port ?? (scheme?.lowercased() == "https" ? 443 : 80))"
    }
}

extension ResponseHead {
    /// The head as reported by URLSession, which does not preserve the field order. The fields are sorted by name.
    init(_ response: HTTPURLResponse) {
        let fields = response.allHeaderFields.compactMap { name, value in
            (name.base as? String).map { ($0, "\(value)") }
        }
        self.init(status: response.statusCode, fields: ResponseFields(fields.sorted { $0.0 < $1.0 }))
    }
}
