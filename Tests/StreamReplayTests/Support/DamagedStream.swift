import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import StreamReplay

/// A response with faults, and the result of decoding it.
struct DamagedStream {
    var parts: [DamagedPart] = []
    var unapplied: [StreamFault] = []

    /// Applies faults to a body, in chunks of the given size.
    init(_ body: [UInt8], _ faults: [StreamFault], seed: UInt64 = 0, chunk size: Int = .max, status: Int = 200) {
        var chain = FaultChain(faults, seed: seed)
        let head = ResponseHead(status: status, fields: ["content-type": "text/event-stream", "request-id": "req_1"])
        parts += chain.receive(DamagedPart(content: .head(head)))
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            parts += chain.receive(DamagedPart(content: .body(Array(chunk))))
            rest = rest.dropFirst(chunk.count)
        }
        parts += chain.receive(DamagedPart(content: .end(.complete)))
        unapplied = chain.unapplied
    }

    init(_ body: [UInt8], _ fault: String, seed: UInt64 = 0, chunk size: Int = .max) throws {
        self.init(body, [try StreamFault(fault)], seed: seed, chunk: size)
    }

    var head: ResponseHead? {
        for case .head(let head) in parts.map(\.content) { return head }
        return nil
    }

    var chunks: [[UInt8]] {
        parts.compactMap { if case .body(let bytes) = $0.content { bytes } else { nil } }
    }

    var body: [UInt8] { chunks.flatMap(\.self) }

    var ending: DamagedPart.Ending? {
        if case .end(let ending) = parts.last?.content { ending } else { nil }
    }

    /// The pauses, `nil` for an endless one.
    var pauses: [Duration?] { parts.compactMap { if case .pause(let time) = $0.content { .some(time) } else { nil } } }
    var delays: [Duration] { parts.compactMap { if case .delay(let time) = $0.content { time } else { nil } } }

    /// The result of decoding the response.
    var verdict: (failure: MessageStreamFailure?, message: Message?, diagnostics: [Diagnostic]) {
        guard let head else { return (nil, nil, []) }
        var decoder = MessageStreamDecoder(input: .body(head))
        do throws(MessageStreamFailure) {
            try decoder.decode(body) { _ in }
            let message = try decoder.finish()
            return (nil, message, Array(decoder.diagnostics))
        } catch {
            return (error, error.partial, Array(decoder.diagnostics))
        }
    }
}
