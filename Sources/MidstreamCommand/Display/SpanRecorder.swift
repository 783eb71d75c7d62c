import MessageStream
import ServerSentEvents
import StreamReplay

/// Records the facts that the span of a response requires besides the verdict.
///
/// The hash covers the events and the failure. It does not depend on the chunks in which the bytes are read, and
/// reading may stop at the failure.
struct SpanRecorder {
    /// The facts for the span.
    struct Result {
        /// The hash from which the identifiers are derived.
        var digest: [UInt8]
        var times: SpanTimes
        /// The model that the request names, if known.
        var requestModel: String?
    }

    private var hash = SHA256()
    private var arrivals = ArrivalTimes()
    /// The recorded time of the following bytes.
    var time: Duration?
    /// When the request was sent, or `nil` if the response is a capture.
    private var start: UInt64?
    private var requestModel: String?

    /// Records a capture.
    init() {}

    /// Records a response to a request that is sent now.
    init(requestedAt start: UInt64, body: [UInt8]?) {
        self.start = start
        requestModel = body.flatMap(Self.model)
        hash.update(String(start).utf8)
    }

    /// Receives an event of the response.
    mutating func receive(_ frame: EventView) {
        hash.update("\(frame.offset) ".utf8)
        // The buffer is used only during the call.
        unsafe frame.data.withUnsafeBytes { unsafe hash.update($0) }
    }

    /// Receives a chunk of the response, after its events.
    mutating func receive(byteCount: Int, deliversContent: Bool) {
        arrivals.receive(byteCount, at: time, deliversContent: deliversContent)
    }

    /// - Parameter number: The number of the response in its input, so that equal responses have different spans.
    func finish(_ verdict: Verdict, number: Int) -> Result {
        var hash = self.hash
        let failure = verdict.failure.map { "\($0.kind.name) \($0.byteOffset) \($0.excerpt ?? "")" } ?? "complete"
        hash.update("\(failure) \(verdict.failure?.requestID ?? verdict.requestID ?? "") \(number)".utf8)
        var times = SpanTimes(firstContent: arrivals.firstContent)
        if let start {
            (times.start, times.end) = (start, WallClock.nanosecondsSince1970())
        } else if let last = arrivals.lastByte {
            times.end = UInt64(min(max(0, last / .nanoseconds(1)), 1e18))
        }
        return Result(digest: hash.digest(), times: times, requestModel: requestModel)
    }

    /// The model that the body of a request names.
    private static func model(_ body: [UInt8]) -> String? {
        var reader = JSONReader(body.rawBytes)
        do throws(JSONError) {
            guard try reader.peekKind() == .object else { return nil }
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key.makeString().utf8.elementsEqual("model".utf8), try reader.peekKind() == .string {
                    return try reader.readString().makeString()
                }
                _ = try reader.skipValue()
            }
        } catch {
            // The service rejects such a request.
        }
        return nil
    }
}
