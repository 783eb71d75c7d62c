package import MessageStream
package import TestSupport

/// Checks the decoder on one stream, which may consist of any bytes: the result depends neither on the chunks nor on
/// whether spellings are learned, a truncated stream is complete only after `message_stop`, and the beginning of a
/// stream keeps its meaning.
package struct MessageStreamVerifier: Sendable {
    private let chunking: Chunking
    private let input: MessageStreamDecoder.Input
    private let limits: MessageStreamLimits
    private let cut: Int

    /// Creates a verifier.
    ///
    /// - Parameters:
    ///   - chunking: How the stream is split, in addition to one chunk and single bytes.
    ///   - input: The form of the bytes.
    ///   - limits: The limits that the decoder must enforce.
    ///   - cut: The offset at which the stream is truncated, at most its length.
    package init(
        _ chunking: Chunking,
        _ input: MessageStreamDecoder.Input,
        limits: MessageStreamLimits = MessageStreamLimits(),
        cut: Int
    ) {
        self.chunking = chunking
        self.input = input
        self.limits = limits
        self.cut = cut
    }

    /// The first rule that the decoder violates, or `nil`.
    package func mismatch(_ bytes: [UInt8]) -> String? {
        let whole = Decoding(bytes, input, limits, .whole)
        let single = Decoding(bytes, input, limits, .fixed(1))
        if let difference = difference(whole, single) { return "byte by byte: \(difference)" }
        let unlearned = Decoding(bytes, input, limits, .whole, learnsSpellings: false)
        if let difference = difference(whole, unlearned) { return "without learning spellings: \(difference)" }
        let pieces = Decoding(bytes, input, limits, chunking)
        if let difference = difference(whole, pieces) { return "\(chunking): \(difference)" }
        let beginning = Decoding(Array(bytes[..<cut]), input, limits, .whole)
        return mismatch(of: beginning, with: single).map { "the first \(cut) bytes: \($0)" }
    }

    /// The first difference between the results of two chunkings.
    private func difference(_ a: Decoding, _ b: Decoding) -> String? {
        if a.events != b.events { return "other events" }
        if let difference = a.failure.differenceBesidePartial(from: b.failure) { return difference }
        if a.message != b.message { return "another message" }
        return a.diagnostics == b.diagnostics
            ? nil : "diagnostics \(b.diagnostics.map(Array.init) ?? []), not \(a.diagnostics.map(Array.init) ?? [])"
    }

    /// The first difference between the beginning of a stream and the complete stream, fed byte by byte.
    private func mismatch(of beginning: Decoding, with whole: Decoding) -> String? {
        let isComplete = beginning.failure == nil
        // The message is complete if and only if `message_stop` is.
        let wasComplete = whole.completeAt.map { $0 <= cut } ?? false
        if isComplete != wasComplete { return "complete: \(isComplete)" }
        // A failure that the received bytes cause does not depend on later ones.
        if let failedAt = whole.failedAt, failedAt <= cut,
            let difference = whole.failure.differenceBesidePartial(from: beginning.failure)
        {
            return difference
        }
        if !whole.events.starts(with: beginning.events) { return "the events are not the first events" }
        if !whole.text.starts(with: beginning.text), beginning.message != nil, whole.inputs.count < 2 {
            return "the text is not the beginning of the text"
        }
        for (early, late) in zip(beginning.inputs, whole.inputs) where early != nil && early != late {
            return "a complete tool input changes"
        }
        return nil
    }
}
