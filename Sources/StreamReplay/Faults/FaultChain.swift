/// Applies faults to one response, one after another: parts in, parts out.
///
/// ## Theory of operation
///
/// Each fault is a stage that receives the parts produced by the previous stage. A stage immediately forwards what it
/// does not change, so times and chunks stay as recorded. The event stream parser finds the ends of events. A stage
/// keeps at most the frame that it moves, repeats or splits.
///
/// The chain performs no I/O: a pause, a reset or a half-closed connection is a part, which the caller carries out.
///
/// - Memory: the chunks of one part, and one frame for some faults.
public struct FaultChain: ~Copyable {
    private let faults: [StreamFault]
    private let stages: [any FaultStage]
    /// Whether the end of the response was returned. Further parts are ignored.
    public private(set) var isEnded = false

    /// Creates a chain for one response.
    ///
    /// - Parameters:
    ///   - faults: The faults, in the order in which they are applied.
    ///   - seed: The seed of the random choices. The same seed gives the same response.
    public init(_ faults: [StreamFault], seed: UInt64 = 0) {
        self.faults = faults
        var random = SplitMix64(seed: seed)
        stages = faults.map { $0.stage(SplitMix64(seed: random.next())) }
    }

    /// Receives the next part of the response.
    ///
    /// - Returns: The parts that result from it, in order.
    /// - Complexity: O(n) for each fault, where n is the number of bytes in the part and in the results.
    public mutating func receive(_ part: DamagedPart) -> [DamagedPart] {
        if isEnded { return [] }
        var parts = [part]
        for stage in stages {
            var output: [DamagedPart] = []
            for part in parts { stage.receive(part, &output) }
            parts = output
            if parts.isEmpty { return [] }
        }
        if let end = parts.firstIndex(where: \.isEnd) {
            isEnded = true
            parts.removeSubrange((end + 1)...)
        }
        return parts
    }

    /// The faults that have changed nothing, because the response ended before their place.
    public var unapplied: [StreamFault] { zip(faults, stages).filter { !$0.1.hasApplied }.map(\.0) }
}

extension DamagedPart {
    /// Whether the part is the end of the response.
    fileprivate var isEnd: Bool {
        if case .end = content { true } else { false }
    }
}
