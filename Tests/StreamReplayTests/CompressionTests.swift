import StreamReplay
import TestScheduling
import Testing

/// A compressed capture is rejected, and the error states a remedy.
@Suite(.takesTurns) struct CompressionTests {
    @Test(
        arguments: [
            (Compression.gzip, [0x1F, 0x8B, 0x08, 0x00], "gzip -dc FILE"),
            (.zstd, [0x28, 0xB5, 0x2F, 0xFD], "zstd -dc FILE"), (.bzip2, Array("BZh9".utf8), "bzip2 -dc FILE"),
            (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz -dc FILE"),
            (.zip, [0x50, 0x4B, 0x03, 0x04], "unzip -p FILE"),
        ] as [(Compression, [UInt8], String)]
    )
    func refused(_ compression: Compression, _ magic: [UInt8], _ command: String) {
        for size in [1, 2, 100] {
            for input in [CaptureInput.auto, .trace] {
                #expect(ReadCapture(magic + [1, 2, 3], chunks: size, input: input).error == .compressed(compression))
            }
        }
        #expect(throws: CaptureError(name: "the capture", cause: .compressed(compression))) {
            try CapturedStream(magic)
        }
        let error = CaptureError(name: "a.gz", cause: .compressed(compression))
        #expect("\(error)" == "a.gz: the file is compressed (\(compression.name)); decompress it first: \(command)")
        // An explicit format takes precedence, and the beginning of a signature is a body.
        #expect(ReadCapture(magic, input: .body).error == nil)
        #expect(ReadCapture(Array(magic.dropLast(2))).responses.map(\.bytes) == [Array(magic.dropLast(2))])
    }
}
