/// The result of a scan: counts, and the slowest captures.
///
/// - Memory: bounded, whatever the number and the contents of the captures.
package struct ScanTally: Sendable {
    /// The facts about one capture that are counted.
    package struct Entry: Sendable {
        package enum Outcome: Sendable {
            case complete
            case failed(kind: String, errorType: String?, stage: String)
            case unreadable
            case skipped
        }

        package var outcome: Outcome
        /// The name of the capture, for the lists.
        package var name: [UInt8]
        package var times: ArrivalTimes?
        /// The number of bytes read.
        package var byteCount: Int

        package init(outcome: Outcome, name: [UInt8], times: ArrivalTimes? = nil, byteCount: Int = 0) {
            self.outcome = outcome
            self.name = name
            self.times = times
            self.byteCount = byteCount
        }
    }

    /// The number of occurrences of each name.
    package struct Counts: Sendable {
        private var counts: [String: Int] = [:]
        /// The number of names beyond the limit.
        package private(set) var others = 0

        /// More names than the API has, so only hostile input reaches the limit.
        static let limit = 256

        mutating func add(_ name: String) {
            if counts[name] == nil, counts.count == Self.limit {
                others += 1
            } else {
                counts[name, default: 0] += 1
            }
        }

        package subscript(name: String) -> Int { counts[name] ?? 0 }

        package var isEmpty: Bool { counts.isEmpty }

        /// The names and their counts, in descending order of the counts.
        package var sorted: [(name: String, count: Int)] {
            counts.map { (name: $0.key, count: $0.value) }.sorted {
                $0.count != $1.count ? $0.count > $1.count : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
            }
        }
    }

    /// A capture in a list of the slowest.
    package struct Slow: Sendable {
        package var name: [UInt8]
        package var duration: Duration
        /// The position of the gap in the body; 0 for a first byte.
        package var byteOffset: Int
    }

    /// The number of captures judged, including those that cannot be read.
    package var captures: Int { complete + failed + unreadable }
    package private(set) var complete = 0
    package private(set) var failed = 0
    package private(set) var unreadable = 0
    /// The number of paths that are not captures.
    package private(set) var skipped = 0
    /// The number of inputs that an earlier run judged.
    package private(set) var passedOver = 0
    package private(set) var byteCount = 0
    package private(set) var kinds = Counts()
    package private(set) var errorTypes = Counts()
    package private(set) var stages = Counts()
    /// The captures with the latest first bytes, the slowest first. Of equal ones, the earlier one is first.
    package private(set) var slowestFirstBytes: [Slow] = []
    /// The captures with the largest gaps, the largest first.
    package private(set) var largestGaps: [Slow] = []

    /// The length of the lists of the slowest captures.
    package static let listLength = 5

    package init() {}

    /// Whether every capture is complete.
    package var isAllComplete: Bool { failed == 0 && unreadable == 0 }

    /// Counts a capture. The lists depend on the order in which captures are added.
    package mutating func add(_ entry: Entry) {
        byteCount += entry.byteCount
        switch entry.outcome {
        case .complete: complete += 1
        case .unreadable: unreadable += 1
        case .skipped: skipped += 1
        case .failed(let kind, let errorType, let stage):
            failed += 1
            kinds.add(kind)
            if let errorType { errorTypes.add(errorType) }
            stages.add(stage)
        }
        guard let times = entry.times else { return }
        if let first = times.firstByte {
            Self.insert(Slow(name: entry.name, duration: first, byteOffset: 0), into: &slowestFirstBytes)
        }
        if let gap = times.largestGap {
            let slow = Slow(name: entry.name, duration: gap.duration, byteOffset: gap.byteOffset)
            Self.insert(slow, into: &largestGaps)
        }
    }

    /// Counts an input that an earlier run judged.
    package mutating func passOver() { passedOver += 1 }

    private static func insert(_ slow: Slow, into list: inout [Slow]) {
        let index = list.firstIndex { $0.duration < slow.duration } ?? list.count
        guard slow.duration > .zero, index < listLength else { return }
        list.insert(slow, at: index)
        if list.count > listLength { list.removeLast() }
    }
}
