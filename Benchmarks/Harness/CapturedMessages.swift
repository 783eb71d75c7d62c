internal import Foundation
package import StreamGenerators

/// Streams captured from services.
package struct CapturedMessages {
    /// The bytes of each stream.
    package let streams: [[UInt8]]

    /// The captures of this package, sorted by name. They are found relative to this file, regardless of the working
    /// directory.
    package static let corpus = CapturedMessages(
        directory: URL(filePath: #filePath).appending(path: "../../../Corpus/captures").standardized
    )

    private init(directory: URL) {
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        let captures = files.filter { $0.pathExtension == "sse" }.sorted { $0.path() < $1.path() }
        streams = captures.compactMap { file in (try? Data(contentsOf: file)).map { Array($0) } }
    }

    /// All streams in turn, repeated as needed.
    ///
    /// Its events are counted by the blank lines after them. Some do not reach a decoder, which ends at the first error, so
    /// a pass over the stream returns the number of its bytes.
    package func stream(byteCount: Int) -> GeneratedStream {
        var bytes: [UInt8] = []
        while bytes.count < byteCount, !streams.isEmpty { for stream in streams { bytes.append(contentsOf: stream) } }
        return GeneratedStream(
            bytes: bytes,
            eventCount: Self.blankLineCount(in: bytes),
            dataByteCount: 0,
            lineFeedCount: bytes.count { $0 == 0x0A }
        )
    }

    /// The number of runs of blank lines, for any kind of line end.
    private static func blankLineCount(in bytes: [UInt8]) -> Int {
        var count = 0
        var lineIsEmpty = true
        var runIsCounted = true
        for (index, byte) in bytes.enumerated() {
            let isLineEnd = byte == 0x0A || byte == 0x0D
            // CRLF is one line end.
            if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
            if isLineEnd, lineIsEmpty, !runIsCounted {
                count += 1
                runIsCounted = true
            }
            lineIsEmpty = isLineEnd
            if !isLineEnd { runIsCounted = false }
        }
        return count
    }
}
