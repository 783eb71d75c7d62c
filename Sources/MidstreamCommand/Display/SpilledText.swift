import Foundation
import MessageStream
import MessageStreamTransport

/// The text and thinking of a long message, by block index, stored in an unnamed file so that memory use does not grow
/// with the message. An I/O error ends the program.
struct SpilledText: ~Copyable {
    /// Created when the first text is stored.
    private var file: UnnamedFile?
    private var fileSize = 0
    /// The ranges of each block's JSON-escaped text in the file.
    private var pieces: [Int: [Range<Int>]] = [:]

    /// The number of bytes to read at a time.
    private static let readSize = 64 * 1024

    /// Whether text of this block is stored.
    func contains(_ block: Int) -> Bool { pieces[block] != nil }

    /// Appends to the text of a block.
    mutating func append(_ text: String, to block: Int) {
        let bytes = JSONWriter.escape(text)
        let range = fileSize..<fileSize + bytes.count
        do throws(Errno) {
            let file = try openedFile()
            try file.write(Data(bytes), to: [range])
        } catch {
            exitAfterFailure(error)
        }
        fileSize = range.upperBound
        var pieces = self.pieces.removeValue(forKey: block) ?? []
        if let last = pieces.last, last.upperBound == range.lowerBound {
            pieces[pieces.count - 1] = last.lowerBound..<range.upperBound
        } else {
            pieces.append(range)
        }
        self.pieces[block] = pieces
    }

    private mutating func openedFile() throws(Errno) -> UnnamedFile {
        if let file { return file }
        let file = try UnnamedFile()
        self.file = file
        return file
    }

    /// Passes the JSON-escaped text of a block to `body`, in pieces of complete characters.
    func read(_ block: Int, _ body: ([UInt8]) -> Void) {
        guard let file else { return }
        var rest: [UInt8] = []
        for piece in pieces[block] ?? [] {
            for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.readSize) {
                do throws(Errno) {
                    rest += try file.read(start..<min(start + Self.readSize, piece.upperBound))
                } catch {
                    exitAfterFailure(error)
                }
                let end = rest.endOfCompleteCharacters
                body(Array(rest[..<end]))
                rest.removeSubrange(..<end)
            }
        }
        if !rest.isEmpty { body(rest) }
    }

    private func exitAfterFailure(_ error: Errno) -> Never {
        // `strerror` returns a NUL-terminated string, which is copied here.
        let reason = unsafe strerror(error.code).map { unsafe String(cString: $0) } ?? "error \(error.code)"
        var errors = Output.standardError
        errors.write(
            line: "midstream: the message text cannot be stored in a temporary file: \(reason). "
                + "Set TMPDIR to a directory with more free space."
        )
        errors.flush()
        exit(ExitStatus.cannotWrite)
    }

    /// Discards all stored text.
    mutating func removeAll() {
        self = SpilledText()
    }
}

extension [UInt8] {
    /// In well-formed but possibly truncated UTF-8, the start of an incomplete last character, or the end if there is
    /// none.
    fileprivate var endOfCompleteCharacters: Int {
        // A character has at most four bytes (RFC 3629, section 3).
        for length in 1...4 where length <= count {
            switch self[count - length] {
            case 0x80...0xBF: continue
            case 0xC0...0xDF: return length < 2 ? count - length : count
            case 0xE0...0xEF: return length < 3 ? count - length : count
            case 0xF0...0xFF: return length < 4 ? count - length : count
            default: return count
            }
        }
        return count
    }
}
