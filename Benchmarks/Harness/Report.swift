/// The format in which measurements are printed, with one line for each.
package struct Report {
    private let isJSON: Bool
    private let nameWidth: Int

    /// Creates a report for the rows with these names.
    package init(asJSON isJSON: Bool, names: [String]) {
        self.isJSON = isJSON
        nameWidth = names.map(\.count).max() ?? 0
    }

    /// The header line, if there is one.
    package var header: String? {
        isJSON ? nil : columns("row", "MB/s", "÷ memchr walk", "quartiles", "mallocs/event")
    }

    /// The line for a measurement.
    package func line(_ measurement: Measurement) -> String {
        isJSON ? json(measurement) : text(measurement)
    }

    // MARK: JSON

    /// An object without line ends. The suite defines all names and members, none of which needs JSON escapes.
    private func json(_ measurement: Measurement) -> String {
        var members = [
            #""name":"\#(measurement.name)""#,
            #""bytes":\#(measurement.bytes)"#,
            #""events":\#(measurement.events)"#,
            #""seconds":\#(decimal(measurement.seconds, places: 9))"#,
            #""MBps":\#(decimal(measurement.megabytesPerSecond, places: 1))"#,
            #""memchrRatio":\#(decimal(measurement.memchrRatio, places: 4))"#,
            #""mallocsPerEvent":\#(measurement.mallocsPerEvent.map { decimal($0, places: 3) } ?? "null")"#,
        ]
        for (member, ratio) in measurement.comparisons {
            members.append(#""\#(member)":\#(decimal(ratio, places: 4))"#)
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    // MARK: Text

    private func text(_ measurement: Measurement) -> String {
        let quartiles = measurement.memchrRatioQuartiles
        let line = columns(
            measurement.name,
            decimal(measurement.megabytesPerSecond, places: 0),
            decimal(measurement.memchrRatio, places: 3),
            decimal(quartiles.lowerBound, places: 3) + "–" + decimal(quartiles.upperBound, places: 3),
            measurement.mallocsPerEvent.map { decimal($0, places: 3) } ?? "–"
        )
        return measurement.comparisons.reduce(line) { line, comparison in
            line + "  \(comparison.member) \(decimal(comparison.ratio, places: 3))"
        }
    }

    private func columns(_ name: String, _ figures: String...) -> String {
        zip(figures, [8, 15, 15, 15]).reduce(name + padding(to: nameWidth, after: name)) { line, column in
            line + padding(to: column.1, after: column.0) + column.0
        }
    }

    private func padding(to width: Int, after text: String) -> String {
        String(repeating: " ", count: max(0, width - text.count))
    }
}

/// A finite number that is not negative, rounded to `places` decimal places.
package func decimal(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let digits = String(UInt64(value * scale + 0.5))
    guard places > 0 else { return digits }
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return padded.dropLast(places) + "." + padded.suffix(places)
}
