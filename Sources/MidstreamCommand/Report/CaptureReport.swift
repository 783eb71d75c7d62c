import MessageStream
import StreamReplay

/// The report on a capture.
struct CaptureReport {
    /// The name as given.
    var name: String
    /// The format, or `nil` if it was not recognized.
    var format: CaptureFormat?
    var responses: [ResponseReport] = []
    /// The number of responses that are counted but not described, because of the limit.
    var omittedResponses = 0
    /// Why the capture, or the rest of it, cannot be read.
    var unreadable: String?
}

/// The report on a response. The texts are bounded. Secrets in them are masked when the page is written.
struct ResponseReport {
    /// The number in the capture, from 1.
    var number: Int
    /// `nil` for a body without a head.
    var head: Head?
    /// `nil` if the message is complete.
    var failure: Failure?
    /// The message without its content, or `nil` if it did not begin.
    var message: Message?
    var blocks: [Block] = []
    /// The number of blocks beyond the limit.
    var omittedBlocks = 0
    var notes: [String] = []
    var times = ArrivalTimes()
    /// Over time; `nil` if the capture has no times.
    var timeline: Timeline?
    /// Over the bytes of the body.
    var offsets = Timeline()
    var bodyBytes = 0
    var eventCount = 0
    /// A sentence without its period that states how the response ended.
    var ending: String

    struct Head {
        var status: Int
        var reason: String
        var fields: [(name: String, value: String)]
        /// The number of fields beyond the limit.
        var omittedFields = 0
    }

    struct Failure {
        /// The name of the kind.
        var kind: String
        /// A sentence without its period.
        var what: String
        /// Details, each with its title.
        var details: [(title: String, text: String)]
        var stage: MessageStreamFailure.Stage
        var byteOffset: Int
        var eventIndex: Int
        var httpStatus: Int?
        var equivalentStatus: Int?
        var isTransient: Bool
        var replaySafety: RetryAdvice.ReplaySafety
        /// The bytes around the fault.
        var window: ByteWindow
        /// When the fault was received, if the capture has times.
        var time: Duration?
    }

    struct Block {
        var index: Int
        var type: String
        /// The name of the tool.
        var name: String?
        var isComplete: Bool
        /// Why the block must not be used, or `nil`.
        var problem: String?
        /// The range of its events in the body.
        var bytes: Range<Int>?
        var deltaCount = 0
        /// The times of its first and its last event.
        var firstTime: Duration?
        var lastTime: Duration?
        var text = BoundedText()
    }
}

extension ResponseReport {
    /// Whether the message is complete.
    var isComplete: Bool { failure == nil }

    /// The verdict as one sentence.
    var sentence: String {
        if let failure { return "Failed \(failure.stage.words): \(failure.what)." }
        let stop = message?.stopReason.map { ", stop reason \($0.rawValue.shortened(to: Output.nameLimit))" } ?? ""
        let tokens = message?.usage.outputTokens.map { ", \(Units.count($0, "output token"))" } ?? ""
        return "Complete: \(Units.count(blocks.count + omittedBlocks, "content block"))\(stop)\(tokens)."
    }
}

extension MessageStreamFailure.Stage {
    /// The stage as an adverbial phrase.
    var words: String {
        switch self {
        case .beforeResponse: "before the response"
        case .beforeMessage: "before the message began"
        case .beforeContent: "before any content"
        case .afterContent: "after content"
        case .afterStopReason: "after the stop reason"
        }
    }
}
