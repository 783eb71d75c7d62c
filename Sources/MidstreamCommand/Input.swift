import MessageStream
import StreamReplay

extension CaptureFile {
    /// Finds out what the file is, if that is not said.
    mutating func format(_ said: Arguments.InputFormat) throws(CaptureError) -> CaptureFormat {
        switch said {
        case .body: .body
        case .auto: try recogniseFormat(CaptureFormat.init(recognising:isAll:))
        case .response: try recogniseFormat(CaptureFormat.init(recognisingResponse:isAll:))
        }
    }
}

extension MessageStreamDecoder.Input {
    /// What a decoder is fed with if it is fed with a file of this format.
    init(_ format: CaptureFormat) {
        switch format {
        case .body: self = .eventStream
        case .response(_, isTransferDecoded: false): self = .httpResponse
        case .response(_, isTransferDecoded: true): self = .recordedResponse
        }
    }
}
