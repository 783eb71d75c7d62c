/// What arrived at which time or position: counts in a limited number of bins of equal width.
///
/// - Memory: constant. If a position is beyond the last bin, the width of the bins doubles.
struct Timeline {
    /// The contents of a bin.
    struct Bin: Hashable {
        /// Bytes of the body.
        var bytes = 0
        /// Events with content.
        var content = 0
        /// Events that begin, end or structure the message.
        var structure = 0
        var pings = 0
        /// Events of unknown types.
        var unknown = 0

        static func + (a: Bin, b: Bin) -> Bin {
            Bin(
                bytes: a.bytes + b.bytes,
                content: a.content + b.content,
                structure: a.structure + b.structure,
                pings: a.pings + b.pings,
                unknown: a.unknown + b.unknown
            )
        }
    }

    static let limit = 240

    /// The bins, starting at position 0.
    private(set) var bins: [Bin] = []
    /// The width of a bin: bytes of the body, or microseconds.
    private(set) var width = 1
    /// The last position.
    private(set) var end = 0

    /// Adds to the bin at a position.
    mutating func add(at position: Int, _ change: (inout Bin) -> Void) {
        let position = max(0, position)
        while position / width >= Self.limit { coarsen() }
        end = max(end, position)
        let index = position / width
        while bins.count <= index { bins.append(Bin()) }
        change(&bins[index])
    }

    /// Extends the timeline to a position.
    mutating func extend(to position: Int) { add(at: position) { _ in } }

    /// The same timeline in at most `limit` bins, and the width of one.
    func rows(limit: Int) -> (bins: [Bin], width: Int) {
        var copy = self
        while copy.bins.count > limit { copy.coarsen() }
        return (copy.bins, copy.width)
    }

    private mutating func coarsen() {
        bins = stride(from: 0, to: bins.count, by: 2).map { index in
            index + 1 < bins.count ? bins[index] + bins[index + 1] : bins[index]
        }
        width *= 2
    }

    /// The sum of all bins.
    var total: Bin { bins.reduce(Bin(), +) }
}
