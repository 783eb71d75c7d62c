/// The bytes of a capture in a file or in memory, in chunks. Each iterator reads them from the start.
public struct CaptureChunks: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = CaptureError

    enum Source: Sendable {
        case file(path: String)
        case bytes([UInt8])
    }

    let source: Source

    /// The size of a chunk.
    static let chunkSize = 64 << 10

    /// The name of the capture, for errors.
    var name: String {
        switch source {
        case .file(let path): path
        case .bytes: "the capture"
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }

    /// Reads the chunks one after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// The file, once it is open. Iterators are copyable, and files are not.
        private final class OpenFile {
            let file: CaptureFile
            var buffer = [UInt8](repeating: 0, count: CaptureChunks.chunkSize)

            init(path: String) throws(CaptureError) { file = try CaptureFile.regularFile(path: path) }
        }

        private let source: Source
        private var file: OpenFile?
        private var position = 0

        init(source: Source) { self.source = source }

        /// The next chunk; `nil` at the end. Reading a file blocks the calling thread briefly.
        ///
        /// - Throws: ``CaptureError`` if the file cannot be opened or read.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(CaptureError) -> [UInt8]? {
            try read()
        }

        /// Reads the next chunk; `nil` at the end.
        mutating func read() throws(CaptureError) -> [UInt8]? {
            switch source {
            case .bytes(let bytes):
                let end = Swift.min(bytes.count, position + CaptureChunks.chunkSize)
                defer { position = end }
                return position < end ? Array(bytes[position..<end]) : nil
            case .file(let path):
                let open: OpenFile
                if let file { open = file } else { open = try OpenFile(path: path) }
                file = open
                guard case .bytes(let count) = try open.file.read(into: &open.buffer) else { return nil }
                return Array(open.buffer[..<count])
            }
        }
    }
}
