import Foundation
import MessageStream
import StreamReplay

/// A scan of files by several jobs.
///
/// ## Theory of operation
///
/// Each job is a thread, because reading a file blocks. A job takes the next numbered input, judges it, and delivers
/// the result. Results are reported in the order of their numbers, by the job that delivers the first missing one, so
/// the output does not depend on the number of jobs. A job does not begin on an input that is too far ahead, which
/// limits the number of waiting results.
///
/// The main thread shows the progress, and waits for the jobs.
final class ScanRun: Sendable {
    /// The inputs not yet taken by a job.
    private struct Inputs: ~Copyable {
        var source: ScanSource
        var count = 0
    }

    /// The results, and the number of active jobs.
    private struct Results: ~Copyable {
        var reporter: ScanReporter
        var waiting = ReorderBuffer<ScanReport>(window: ScanRun.window)
        var jobs: Int
        /// The number of jobs that wait for the first missing result.
        var waitingJobs = 0
        var isInterrupted = false
        var error: CaptureError?
    }

    private let options: ScanOptions
    private let origin: ScanSource.Origin
    private let inputs: Monitor<Inputs>
    private let results: Monitor<Results>
    private let shared = CaptureScanner.Shared()

    /// The maximum number of results that wait for the first missing one.
    private static let window = 1024
    /// The interval between two updates of the progress, in seconds.
    private static let period = 0.1

    init(_ origin: ScanSource.Origin, _ options: ScanOptions) {
        self.origin = origin
        self.options = options
        inputs = Monitor(Inputs(source: ScanSource(origin)))
        results = Monitor(Results(reporter: ScanReporter(options), jobs: options.jobs))
    }

    /// Runs the scan.
    ///
    /// - Returns: The exit status.
    func run() -> CInt {
        let start = ContinuousClock.now
        func elapsed() -> Duration { start.duration(to: .now) }
        if options.style != .stage { Interruption.shared.arm { [self] in interrupt() } }
        let showsProgress = results.withLock { $0.reporter.showsProgress }
        if showsProgress, case .paths(let paths) = origin { startThread("census") { [self] in count(paths) } }
        for number in 1...options.jobs { startThread("job \(number)") { [self] in work() } }
        var nextProgress = Duration.zero
        results.wait(period: showsProgress ? Self.period : nil) { results -> Void? in
            guard results.jobs > 0 else { return () }
            if showsProgress, case let now = elapsed(), now >= nextProgress {
                nextProgress = now + .seconds(Self.period)
                results.reporter.show(shared.progress.withLock { $0 }, seconds: now.seconds)
            }
            return nil
        }
        // The files may not all be counted yet.
        shared.isStopped.withLock { $0 = true }
        return results.withLock { results in
            for report in results.waiting.removeAll() { results.reporter.report(report) }
            let status = results.reporter.finish(isInterrupted: results.isInterrupted, duration: elapsed())
            guard let error = results.error else { return status }
            Output.printError("\(error)")
            return ExitStatus.unreadable
        }
    }

    private func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func interrupt() {
        shared.isStopped.withLock { $0 = true }
        results.change { $0.isInterrupted = true }
    }

    // MARK: Jobs

    private func work() {
        var scanner = CaptureScanner(options, shared)
        while let (input, number) = takeInput() {
            guard waitForRoom(number), let report = scanner.scan(input) else { break }
            deliver(report, number)
        }
        results.change { $0.jobs -= 1 }
    }

    /// Waits until work on an input may begin.
    ///
    /// - Returns: False if the scan ends early.
    private func waitForRoom(_ number: Int) -> Bool {
        var isWaiting = false
        return results.wait { results in
            let mayBegin = results.isInterrupted ? false : results.waiting.mayBegin(number) ? true : nil as Bool?
            if isWaiting != (mayBegin == nil) {
                isWaiting.toggle()
                results.waitingJobs += isWaiting ? 1 : -1
            }
            return mayBegin
        }
    }

    /// The next input that no earlier run judged; `nil` at the end.
    private func takeInput() -> (ScanSource.Input, number: Int)? {
        inputs.withLock { inputs in
            do throws(CaptureError) {
                while let input = try inputs.source.next() {
                    if let keys = options.skippedKeys, keys.contains(input.key) {
                        results.change { $0.reporter.passOver() }
                        continue
                    }
                    defer { inputs.count += 1 }
                    return (input, inputs.count)
                }
            } catch {
                results.change { $0.error = error }
            }
            return nil
        }
    }

    private func deliver(_ report: ScanReport, _ number: Int) {
        results.wake { results in
            results.waiting.insert(report, at: number)
            var hasReported = false
            while let next = results.waiting.popNext() {
                results.reporter.report(next)
                hasReported = true
            }
            if hasReported { results.reporter.flush() }
            return hasReported && results.waitingJobs > 0
        }
    }

    // MARK: Progress

    /// Counts the files and bytes to scan.
    private func count(_ paths: [[UInt8]]) {
        var total = (files: 0, bytes: 0)
        for path in paths {
            var walk = CaptureWalk(path: path)
            while let step = walk.next() {
                if shared.isStopped.withLock({ $0 }) { return }
                guard case .file(let path, let size) = step else { continue }
                if options.skippedKeys?.contains(path) == true { continue }
                total.files += 1
                total.bytes += size
            }
        }
        shared.progress.withLock { $0.total = total }
    }
}

extension ScanSource.Input {
    /// The name of the input.
    fileprivate var key: [UInt8] {
        switch self {
        case .step(.file(let path, _)), .step(.unreadable(let path, _)), .step(.skipped(let path, _)), .name(let path),
            .invalid(let path, _):
            path
        }
    }
}
