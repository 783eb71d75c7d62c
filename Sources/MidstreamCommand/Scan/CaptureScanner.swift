import Foundation
import MessageStream
import StreamReplay

/// Judges files, one at a time. Each job has its own scanner.
struct CaptureScanner {
    /// The state shared by the scanners of all jobs.
    final class Shared: Sendable {
        let progress = Locked(ScanProgress())
        /// Whether to end the scan early.
        let isStopped = Locked(false)
        /// Held during a capture that requires much memory, so that only one such capture is judged at a time.
        fileprivate let largeCapture = NSLock()
    }

    private let options: ScanOptions
    private let shared: Shared
    private var buffer = [UInt8](repeating: 0, count: bufferSize)

    /// Large enough to make the cost of the calls negligible, and small enough to stay in the cache.
    private static let bufferSize = 128 << 10
    /// The number of bytes of a capture that a scanner may keep without waiting for the others.
    private static let largeSize = 128 << 10

    init(_ options: ScanOptions, _ shared: Shared) {
        self.options = options
        self.shared = shared
    }

    /// Judges an input, or returns `nil` if the scan ends early.
    mutating func scan(_ input: ScanSource.Input) -> ScanReport? {
        let style = options.style
        switch input {
        case .step(.file(let path, let size)): return scan(path, size: size)
        case .step(.unreadable(let path, let cause)): return ScanReport(unreadable: path, "\(cause)", style: style)
        case .step(.skipped(let path, let reason)): return ScanReport(skipped: path, "\(reason)", style: style)
        case .invalid(let name, let reason): return ScanReport(unreadable: name, reason, style: style)
        case .name(let path):
            do throws(CaptureError.Cause) {
                // Do not open devices, or wait for a FIFO.
                let status = try FileStatus(path: path)
                if status.kind == .other { throw .notRegularFile }
                return scan(path, size: status.size)
            } catch {
                return ScanReport(unreadable: path, "\(error)", style: style)
            }
        }
    }

    private mutating func scan(_ path: [UInt8], size: Int) -> ScanReport? {
        var count = 0
        defer {
            let rest = max(0, size - count)
            shared.progress.withLock { progress in
                progress.files += 1
                progress.bytes += rest
            }
        }
        do throws(CaptureError.Cause) {
            guard let verdict = try judge(path, &count) else { return nil }
            return ScanReport(verdict, of: path, byteCount: count, style: options.style)
        } catch {
            return ScanReport(unreadable: path, "\(error)", style: options.style)
        }
    }

    private mutating func judge(_ path: [UInt8], _ count: inout Int) throws(CaptureError.Cause) -> CaptureVerdict? {
        var judge = CaptureJudge(options.input)
        var isLarge = false
        defer { if isLarge { shared.largeCapture.unlock() } }
        do throws(CaptureError) {
            let file = try CaptureFile(path: path.elementsEqual("-".utf8) ? Array("./-".utf8) : path)
            if file.isLive { throw CaptureError(name: "", cause: .notRegularFile) }
            while judge.needsMore, case .bytes(let read) = try file.read(into: &buffer) {
                judge.receive(buffer.rawBytes.extracting(first: read))
                count += read
                shared.progress.withLock { $0.bytes += read }
                if shared.isStopped.withLock({ $0 }) { return nil }
                if !isLarge, judge.bufferedCount > Self.largeSize {
                    shared.largeCapture.lock()
                    isLarge = true
                }
            }
        } catch {
            throw error.cause
        }
        return try judge.finish()
    }
}
