internal import MessageStream

/// What a client did wrong, as seen by the server.
public struct ClientReport: Sendable, Hashable {
    /// An action that a robust client avoids. See ``ClientReport/Kind``.
    public struct Finding: Sendable, Hashable {
        public var kind: Kind
        /// The method and the path of the request.
        public var request: String
        /// The capture that was served.
        public var capture: String
        /// A description of what happened.
        public var detail: String
    }

    /// The kinds of findings.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A request was retried before the delay that the service asked for had passed.
        case retryAfterIgnored
        /// A request was retried after an error that a retry cannot resolve.
        case nonRetryableErrorRetried
        /// A request was retried after content had been delivered, so the client received content twice.
        case retriedAfterContent
        /// A request was retried too often, or too quickly.
        case retryStorm
        /// The client waited through a stall.
        case noReadTimeout
        /// The client sent another request after a truncated response, and never retried the truncated one.
        case truncatedStreamAccepted
        /// The client did not close a connection that the server had ended.
        case connectionNeverClosed
    }

    /// The number of connections, and of requests for captures.
    public var connections = 0
    public var attempts = 0
    /// The first findings, in order.
    public var findings: [Finding] = []
    /// The number of findings of each kind.
    public var counts: [Kind: Int] = [:]

    /// Whether there are no findings.
    public var isClean: Bool { counts.isEmpty }

    /// The report as lines of text.
    public var text: String {
        var lines = ["client: \(Self.count(attempts, "request")) on \(Self.count(connections, "connection"))"]
        if isClean { lines.append("no findings") }
        for kind in Kind.allCases {
            guard let count = counts[kind] else { continue }
            lines.append("\(kind.words): \(count)")
            lines += findings.filter { $0.kind == kind }.map { "  \($0.request) (\($0.capture)): \($0.detail)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The report as a JSON object on one line.
    ///
    /// `{"schema":1,"connections":N,"attempts":N,"counts":{KIND:N},"findings":[{"kind":…,"request":…,"capture":…,"detail":…}]}`
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("schema")
        writer.int(1)
        writer.key("connections")
        writer.int(connections)
        writer.key("attempts")
        writer.int(attempts)
        writer.key("counts")
        writer.beginObject()
        for kind in Kind.allCases {
            guard let count = counts[kind] else { continue }
            writer.key(kind.rawValue)
            writer.int(count)
        }
        writer.endObject()
        writer.key("findings")
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            for (key, value) in [
                ("kind", finding.kind.rawValue), ("request", finding.request), ("capture", finding.capture),
                ("detail", finding.detail),
            ] {
                writer.key(key)
                writer.string(value)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

extension ClientReport.Kind {
    /// A readable name of the kind.
    public var words: String {
        switch self {
        case .retryAfterIgnored: "retry-after ignored"
        case .nonRetryableErrorRetried: "non-retryable error retried"
        case .retriedAfterContent: "retry after content was delivered"
        case .retryStorm: "retry storm"
        case .noReadTimeout: "no read timeout"
        case .truncatedStreamAccepted: "truncated stream accepted"
        case .connectionNeverClosed: "connection never closed"
        }
    }
}
