import Foundation
import MessageStream
import MessageStreamTransport

/// The text and the reasoning of a long message, by block index, in a file without a name, so that the memory of the
/// program does not grow with the message. A file that cannot be written or read ends the program.
struct SetAsideText: ~Copyable {
    /// Made for the first text.
    private var file: UnnamedFile?
    private var fileSize = 0
    /// Where in the file the pieces of a block's text stand, with the escapes of JSON.
    private var pieces: [Int: [Range<Int>]] = [:]

    /// How many bytes are read at once.
    private static let readSize = 64 * 1024

    /// Whether there is a text of this block.
    func contains(_ block: Int) -> Bool { pieces[block] != nil }

    /// Appends to the text of a block.
    mutating func append(_ text: String, to block: Int) {
        let bytes = JSONWriter.escape(text)
        let range = fileSize..<fileSize + bytes.count
        do throws(Errno) {
            let file = try openedFile()
            try file.write(Data(bytes), to: [range])
        } catch {
            giveUp(error)
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

    /// Hands out the text of a block, with the escapes of JSON, some whole characters at a time.
    func read(_ block: Int, _ body: ([UInt8]) -> Void) {
        guard let file else { return }
        var rest: [UInt8] = []
        for piece in pieces[block] ?? [] {
            for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.readSize) {
                do throws(Errno) {
                    rest += try file.read(start..<min(start + Self.readSize, piece.upperBound))
                } catch {
                    giveUp(error)
                }
                let end = rest.endOfWholeCharacters
                body(Array(rest[..<end]))
                rest.removeSubrange(..<end)
            }
        }
        if !rest.isEmpty { body(rest) }
    }

    private func giveUp(_ error: Errno) -> Never {
        // `strerror` gives a string that ends with NUL; it is copied at once.
        let reason = unsafe strerror(error.code).map { unsafe String(cString: $0) } ?? "error \(error.code)"
        var errors = Output.standardError
        errors.write(
            line: "midstream: the text of the message cannot be kept in a temporary file: \(reason). "
                + "Set TMPDIR to a directory with more room."
        )
        errors.flush()
        exit(ExitStatus.cannotWrite)
    }

    /// Forgets all texts.
    mutating func removeAll() {
        self = SetAsideText()
    }
}

extension [UInt8] {
    /// Where the last character begins that is not whole, in well-formed UTF-8 that was cut; else the end.
    fileprivate var endOfWholeCharacters: Int {
        // A character has four bytes at most (RFC 3629, section 3).
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
