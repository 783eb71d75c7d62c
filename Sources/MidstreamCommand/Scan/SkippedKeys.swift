import MessageStream
import StreamReplay

/// The keys in the output of an earlier run.
///
/// Incomplete lines are ignored. A run that was killed may leave such a line at the end, or before the lines of another
/// run.
///
/// - Memory: 16 bytes for each key. Keys are compared by 128-bit hashes.
struct SkippedKeys: Sendable {
    private struct Digest: Hashable, Comparable {
        var first: Int
        var second: Int

        init(_ key: [UInt8]) {
            var hashers = (Hasher(), Hasher())
            hashers.0.combine(0)
            hashers.1.combine(1)
            hashers.0.combine(key)
            hashers.1.combine(key)
            first = hashers.0.finalize()
            second = hashers.1.finalize()
        }

        static func < (a: Self, b: Self) -> Bool { (a.first, a.second) < (b.first, b.second) }
    }

    private var digests: [Digest] = []

    /// Reads the output of an earlier run.
    init(path: [UInt8]) throws(CaptureError) {
        let file = try CaptureFile(path: path)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var lines = NameSplitter(separator: UInt8(ascii: "\n"))
        while case .bytes(let count) = try file.read(into: &buffer) {
            for line in lines.receive(buffer.rawBytes.extracting(first: count)) where !line.isCut {
                if let key = Self.key(in: line.bytes) { digests.append(Digest(key)) }
            }
        }
        // If the last line has no line break, it may be incomplete.
        digests.sort()
    }

    func contains(_ key: [UInt8]) -> Bool {
        let digest = Digest(key)
        var (low, high) = (0, digests.count)
        while low < high {
            let middle = (low + high) / 2
            if digests[middle] < digest { low = middle + 1 } else { high = middle }
        }
        return low < digests.count && digests[low] == digest
    }

    /// The key of an output line; `nil` if the line has no key or is incomplete.
    static func key(in line: [UInt8]) -> [UInt8]? {
        var reader = JSONReader(line.rawBytes)
        var key: [UInt8]?
        do throws(JSONError) {
            try reader.beginObject()
            var isFirst = true
            while let name = try reader.nextKey() {
                let isName = isFirst && (name.equals("key") || name.equals("file"))
                let isHex = name.equals("keyHex") || name.equals("fileHex")
                isFirst = false
                if isName || isHex, try reader.peekKind() == .string {
                    var value: [UInt8] = []
                    try reader.readString().appendUTF8(to: &value)
                    key = isHex ? Hexadecimal.bytes(String(decoding: value, as: UTF8.self)) ?? key : value
                } else {
                    _ = try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
        return key
    }
}
