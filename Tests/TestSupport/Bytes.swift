extension [UInt8] {
    /// Copies bytes.
    public init(copyOf span: RawSpan) {
        // The buffer is read only during the call.
        self = unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
}
