import BenchmarkHarness
import Foundation
import StreamGenerators
import TestScheduling
import Testing

@Suite(.takesTurns) struct OptionsTests {
    @Test func defaults() throws {
        let options = try Options([])
        #expect(options.filter.isEmpty && !options.isJSON && !options.wantsHelp)
        #expect(options.effort == .full)
    }

    @Test func allTogether() throws {
        let options = try Options(["--json", "--filter", "framing/", "--smoke", "--help"])
        #expect(options.filter == "framing/" && options.isJSON && options.wantsHelp)
        #expect(options.effort == .smoke)
    }

    @Test(arguments: [["--jason"], ["framing"], ["--filter"], ["--json", "-x"], [""]])
    func nonsenseIsRefused(_ arguments: [String]) {
        #expect(throws: UsageError.self) { try Options(arguments) }
    }

    @Test func filterIsAPrefix() throws {
        let rows = ["yardstick/memchr", "framing/1B", "framing/1400B"].map { name in
            Row(name, on: .messages(.text)) { _ in { .bytes(0) } }
        }
        #expect(
            try Options(["--filter", "framing/1"]).selection(of: rows).map(\.name) == ["framing/1B", "framing/1400B"]
        )
        #expect(try Options([]).selection(of: rows).count == 3)
        #expect(throws: UsageError.self) { try Options(["--filter", "1B"]).selection(of: rows) }
    }
}

@Suite(.takesTurns) struct ReportTests {
    private let measurement = Measurement(
        name: "framing/16KiB",
        bytes: 67_108_864,
        events: 508_803,
        seconds: 0.01,
        memchrRatio: 1.05,
        memchrRatioQuartiles: 1.0...1.1,
        mallocsPerEvent: 0.25
    )

    @Test func jsonIsTheContract() {
        let line = Report(asJSON: true, names: ["framing/16KiB"]).line(measurement)
        #expect(
            line == #"{"name":"framing/16KiB","bytes":67108864,"events":508803,"seconds":0.010000000,"#
                + #""MBps":6710.9,"memchrRatio":1.0500,"mallocsPerEvent":0.250}"#
        )
    }

    @Test func jsonHasComparisonsAndNull() throws {
        var measurement = measurement
        measurement.mallocsPerEvent = nil
        measurement.comparisons = [("ratioToSync", 0.75), ("ratioToBare", 1)]
        let line = Report(asJSON: true, names: []).line(measurement)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["mallocsPerEvent"] is NSNull)
        #expect(object["ratioToSync"] as? Double == 0.75)
        #expect(object["ratioToBare"] as? Double == 1)
        #expect(!line.contains("\n"))
    }

    @Test func jsonHasNoHeader() {
        #expect(Report(asJSON: true, names: []).header == nil)
    }

    @Test func columnsAreAligned() throws {
        let report = Report(asJSON: false, names: ["framing/16KiB", "a/longer-name-than-that"])
        let header = try #require(report.header)
        var other = measurement
        other.name = "a/longer-name-than-that"
        other.mallocsPerEvent = nil
        #expect(report.line(measurement).count == header.count)
        #expect(report.line(other).count == header.count)
        #expect(report.line(other).hasSuffix("–"))
    }

    @Test func decimalsAreRounded() {
        #expect(decimal(0, places: 3) == "0.000")
        #expect(decimal(0.0004, places: 3) == "0.000")
        #expect(decimal(0.0006, places: 3) == "0.001")
        #expect(decimal(12.3456, places: 2) == "12.35")
        #expect(decimal(0.999, places: 1) == "1.0")
        #expect(decimal(7.5, places: 0) == "8")
    }
}
