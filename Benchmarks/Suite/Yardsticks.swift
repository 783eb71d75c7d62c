internal import BenchmarkHarness
internal import StreamGenerators

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The speed of the C library on the same bytes, which bounds the speed of all other rows.
var yardstickRows: [Row] {
    [
        Row("yardstick/memcpy", on: .messages(.text)) { stream in
            let copy = Scratch(byteCount: stream.bytes.count)
            return { .bytes(copy.fill(from: stream.bytes)) }
        },
        Row("yardstick/memchr", on: .messages(.text)) { stream in
            memchrWalk(stream)
        },
    ]
}

/// The walk that `memchrRatio` refers to: it visits each line feed of the stream.
func memchrWalk(_ stream: GeneratedStream) -> Row.Pass {
    { .lineFeeds(lineFeedCount(in: stream.bytes)) }
}

private func lineFeedCount(in bytes: [UInt8]) -> Int {
    // unsafe: the pointers stay within the bytes of the array during the call
    unsafe bytes.withUnsafeBytes { buffer in
        guard var start = buffer.baseAddress else { return 0 }
        let end = unsafe start + buffer.count
        var count = 0
        while let lineFeed = unsafe memchr(start, 0x0A, end - start) {
            count += 1
            unsafe start = UnsafeRawPointer(lineFeed) + 1
        }
        return count
    }
}

/// Memory to copy into.
private final class Scratch {
    private var bytes: [UInt8]

    init(byteCount: Int) {
        bytes = Array(repeating: 0, count: byteCount)
    }

    /// Copies as many of the bytes as fit, and returns their number.
    func fill(from source: [UInt8]) -> Int {
        // unsafe: both have at least the smaller number of bytes
        unsafe source.withUnsafeBytes { source in
            unsafe bytes.withUnsafeMutableBytes { target in
                guard let start = target.baseAddress, let from = source.baseAddress else { return 0 }
                let count = min(source.count, target.count)
                _ = unsafe memcpy(start, from, count)
                return count
            }
        }
    }
}
