// From bytes to `String`.
//
// A `String` can only be made from memory, so the unsafe uses that this needs stand here and in `RawSpan+Loads.swift`.
// The library's initialisers replace ill-formed UTF-8 by U+FFFD, one for each maximal subpart. Decoding escapes first
// and repairing afterwards gives the same as the other way around: what an escape decodes to starts with a byte that
// continues no sequence, and is complete.

extension JSONStringView {
    /// The decoded string. Up to 15 bytes of UTF-8 are kept inside the `String`, without allocating.
    ///
    /// - Complexity: O(*n*).
    package func makeString() -> String {
        hasEscapes ? makeUnescapedString() : String(copyingUTF8: raw)
    }

    /// Appends the decoded string.
    ///
    /// - Complexity: O(*n*).
    package func append(to string: inout String) {
        string.append(makeString())
    }

    @inline(never)
    private func makeUnescapedString() -> String {
        // An escape is never shorter than the UTF-8 of what it stands for, so the raw length is room enough.
        let capacity = raw.byteCount
        guard capacity > 512 else {
            return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
                let count = unsafe decode(into: buffer)
                return unsafe String(decoding: UnsafeBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
            }
        }
        return unsafe String(unsafeUninitializedCapacity: capacity) { buffer in unsafe decode(into: buffer) }
    }

    /// Writes the decoded string, with ill-formed UTF-8 as it is.
    ///
    /// - Parameter buffer: room for ``raw``, checked at each write.
    /// - Returns: how many bytes were written.
    private func decode(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var count = 0
        var pieces = Pieces(of: raw)
        while true {
            let run = pieces.nextRun()
            precondition(run.byteCount <= buffer.count &- count)
            // The run fits: checked above.
            unsafe run.withUnsafeBytes { run in
                let room = UnsafeMutableRawBufferPointer(buffer)
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: run)
            }
            count &+= run.byteCount
            guard let scalar = pieces.nextEscape() else { return count }
            for byte in UTF8.encode(scalar)! {
                precondition(count < buffer.count)
                // Inside the buffer: checked above.
                unsafe buffer.initializeElement(at: count, to: byte)
                count &+= 1
            }
        }
    }
}

extension String {
    /// Copies `bytes`, with U+FFFD for each maximal subpart of an ill-formed sequence.
    @inline(__always)
    init(copyingUTF8 bytes: RawSpan) {
        let count = bytes.byteCount
        if count <= 15 {
            // So many fit into the `String` itself: room for them is at hand, and only what is not ASCII is validated.
            self = unsafe String(unsafeUninitializedCapacity: 15) { buffer in
                for offset in 0..<count { unsafe buffer[offset] = bytes.byteOrZero(at: offset) }
                return count
            }
            return
        }
        // The pointer is used inside the closure only.
        self = unsafe bytes.withUnsafeBytes { bytes in
            unsafe String(decoding: bytes.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
        }
    }
}

extension [UInt8] {
    /// Appends `bytes` as they are.
    @inline(__always)
    mutating func append(copying bytes: RawSpan) {
        // The pointer is used inside the closure only.
        unsafe bytes.withUnsafeBytes { bytes in unsafe append(contentsOf: bytes) }
    }
}
