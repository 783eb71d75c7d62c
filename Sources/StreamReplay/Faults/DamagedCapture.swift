package import HTTPResponseParsing

/// Writes a response of a capture, with faults, as a new capture: in the format of `curl -i`, or as a body alone if the
/// capture is one and no fault requires a head.
///
/// The file contains no HTTP framing, so the fields that declare one are omitted. Times, chunks, and the way in which
/// the connection ends are not recorded; ``StreamFault/lossInFile`` describes the loss.
package struct DamagedCapture: ~Copyable {
    private var chain: FaultChain
    private let needsHead: Bool
    private var hasHead = false

    /// Why a response cannot be damaged.
    package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The response is not valid HTTP.
        case malformed(HTTPResponseError)
        /// The response ends before the place of a fault.
        case unapplied([StreamFault])

        /// A description of the problem, and of what to do.
        package var description: String {
            switch self {
            case .malformed(let error): "the response is not valid HTTP: \(error)"
            case .unapplied(let faults):
                "the response ends before the place of \(faults.map { "'\($0)'" }.joined(separator: " and ")); "
                    + "choose an earlier one, or list the events with midstream events FILE"
            }
        }
    }

    /// Begins a response.
    package init(_ faults: [StreamFault], seed: UInt64) {
        chain = FaultChain(faults, seed: seed)
        needsHead = faults.contains(where: \.needsHead)
    }

    /// Receives the next part of the response.
    ///
    /// - Parameter isBody: Whether the capture is a body without a head.
    /// - Returns: The next bytes of the file.
    package mutating func receive(_ part: CapturedPart, isBody: Bool) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in chain.receive(DamagedPart(part)) {
            switch part.content {
            case .head(let head):
                hasHead = true
                if !isBody || needsHead || head != CapturedPart.assumedHead { bytes += head.recorded }
            case .body(let body): bytes += body
            case .end(.malformed(let error)): throw .malformed(error)
            case .end, .pause, .delay: break
            }
        }
        if case .end(.malformed(let error)) = part.content, !hasHead { throw .malformed(error) }
        return bytes
    }

    /// Whether the rest of the response can be ignored.
    package var isEnded: Bool { chain.isEnded }

    /// Checks that every fault was applied.
    package func finish() throws(Problem) {
        let unapplied = chain.unapplied
        if !unapplied.isEmpty { throw .unapplied(unapplied) }
    }
}

extension ResponseHead {
    /// The head as `curl -i` writes it, without the fields that declare the framing of the body.
    fileprivate var recorded: [UInt8] {
        var head = self
        head.fields = fields.without(["transfer-encoding", "content-length"])
        return head.bytes
    }

    /// The head in wire format.
    var bytes: [UInt8] {
        // The assumed head of a bare body has no reason phrase. With other statuses, an empty phrase stays empty.
        var text = "HTTP/1.1 \(status) \(reason.isEmpty && status == 200 ? "OK" : reason)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8)
    }
}
