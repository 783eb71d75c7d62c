package import StreamGenerators

/// The figures of one row.
///
/// The speed of a shared machine varies over time. Speeds are therefore compared only if they were measured side by
/// side: each *round* runs the walk over the stream's line feeds, the row, and the row's comparisons, one immediately
/// after the other, in the opposite order every other round. A ratio is the median of the ratios of all rounds.
package struct Measurement: Sendable {
    package var name: String
    /// The size of the stream in bytes.
    package var bytes: Int
    /// The number of events in the stream.
    package var events: Int
    /// The median time of a pass.
    package var seconds: Double
    /// The ratio of the row's speed to that of the walk: the median, and the quartiles around it.
    package var memchrRatio: Double
    package var memchrRatioQuartiles: ClosedRange<Double>
    /// The number of allocations in one pass per event, or per pass if there are no events; `nil` if they cannot be
    /// counted.
    package var mallocsPerEvent: Double?
    /// The ratio of the row's speed to that of each of its comparisons, by the comparison's member.
    package var comparisons: [(member: String, ratio: Double)] = []

    /// The speed in 10⁶ bytes per second.
    package var megabytesPerSecond: Double { Double(bytes) / seconds / 1e6 }

    package init(
        name: String,
        bytes: Int,
        events: Int,
        seconds: Double,
        memchrRatio: Double,
        memchrRatioQuartiles: ClosedRange<Double>,
        mallocsPerEvent: Double?
    ) {
        self.name = name
        self.bytes = bytes
        self.events = events
        self.seconds = seconds
        self.memchrRatio = memchrRatio
        self.memchrRatioQuartiles = memchrRatioQuartiles
        self.mallocsPerEvent = mallocsPerEvent
    }
}

/// A pass whose tally does not match what the generator wrote.
package struct WrongTally: Error, CustomStringConvertible {
    package let row: String
    package let tally: Tally
    package let stream: GeneratedStream

    package var description: String {
        "\(row): found \(tally) in a stream of \(stream.bytes.count) bytes with \(stream.eventCount) events, "
            + "\(stream.dataByteCount) bytes of data and \(stream.lineFeedCount) line feeds"
    }
}

/// Measures rows.
package struct Harness {
    private let effort: Effort
    private let walk: (GeneratedStream) -> Row.Pass
    private let countMallocs: (Row.Pass) async throws -> Int?
    private let clock = ContinuousClock()

    /// Creates a harness.
    ///
    /// - Parameters:
    ///   - walk: The pass that `memchrRatio` compares with. Its tally is checked like any other.
    ///   - countMallocs: Runs a pass and returns the number of allocations it made, or `nil` if that is not known.
    package init(
        _ effort: Effort,
        walk: @escaping (GeneratedStream) -> Row.Pass,
        countMallocs: @escaping (Row.Pass) async throws -> Int?
    ) {
        self.effort = effort
        self.walk = walk
        self.countMallocs = countMallocs
    }

    /// Measures the rows in turn and passes the figures of each to `report` immediately.
    ///
    /// - Throws: ``WrongTally``, or the error of a pass.
    package func measure(_ rows: [Row], report: (Measurement) -> Void) async throws {
        var streams: [Input: GeneratedStream] = [:]
        for (position, row) in rows.enumerated() {
            let stream = streams[row.input] ?? row.input.stream(of: effort)
            // A stream is kept only if a later row runs on it.
            streams[row.input] = rows[(position + 1)...].contains { $0.input == row.input } ? stream : nil
            report(try await measure(row, on: stream))
        }
    }

    private func measure(_ row: Row, on stream: GeneratedStream) async throws -> Measurement {
        // The walk first, the row second, then its comparisons.
        let passes = try [walk(stream), row.prepare(stream)] + row.comparisons.map { try $0.prepare(stream) }
        for pass in passes {
            _ = try await time(pass, of: row, on: stream)  // to warm up
        }
        let mallocs = try await countMallocs(passes[1])

        var seconds = passes.map { _ in [Double]() }
        let end = clock.now + effort.timePerRow
        while seconds[0].count < effort.rounds.lowerBound
            || (seconds[0].count < effort.rounds.upperBound && clock.now < end)
        {
            let isReversed = seconds[0].count % 2 == 1
            for turn in passes.indices {
                let position = isReversed ? passes.count - 1 - turn : turn
                seconds[position].append(try await time(passes[position], of: row, on: stream))
            }
        }

        let walkRatios = zip(seconds[0], seconds[1]).map { $0 / $1 }
        var measurement = Measurement(
            name: row.name,
            bytes: stream.bytes.count,
            events: stream.eventCount,
            seconds: quantile(0.5, of: seconds[1]),
            memchrRatio: quantile(0.5, of: walkRatios),
            memchrRatioQuartiles: quantile(0.25, of: walkRatios)...quantile(0.75, of: walkRatios),
            mallocsPerEvent: mallocs.map { Double($0) / Double(max(1, stream.eventCount)) }
        )
        measurement.comparisons = zip(row.comparisons, seconds[2...]).map { comparison, times in
            (comparison.member, quantile(0.5, of: zip(times, seconds[1]).map { $0 / $1 }))
        }
        return measurement
    }

    /// The duration of one pass in seconds.
    private func time(_ pass: Row.Pass, of row: Row, on stream: GeneratedStream) async throws -> Double {
        let start = clock.now
        let tally = try await pass()
        let duration = clock.now - start
        guard tally.matches(stream) else { throw WrongTally(row: row.name, tally: tally, stream: stream) }
        return duration / .seconds(1)
    }
}

/// The value below which a fraction `share` of the values lie, from 0 to 1, with linear interpolation between
/// neighbors.
///
/// - Precondition: There is at least one value.
package func quantile(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
}
