extension HTTPResponseHead {
    /// The type and subtype of the `Content-Type` field (RFC 9110, section 8.3), in lower case and without parameters;
    /// nil if there is no such field or if it is empty.
    public var mediaType: String? {
        guard let value = fields.values(of: "content-type").first else { return nil }
        let type = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let bytes = type.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self).lowercased()
    }
}
