import MessageStream
import StreamReplay

/// When a response was requested and received, for a span.
struct SpanTimes {
    /// The start in nanoseconds since 1970 UTC, or 0 if unknown.
    var start: UInt64 = 0
    /// The end on the same scale. If the start is unknown, the recorded duration.
    var end: UInt64 = 0
    /// The time from the request to the first content.
    var firstContent: Duration?
}

extension Verdict {
    /// The line of `replay --otel`: a span in OTLP/JSON (OpenTelemetry Protocol 1, JSON encoding), with the names of
    /// the semantic conventions for generative AI, and `midstream.*` for attributes that they do not define.
    ///
    /// 64-bit integers are strings, and identifiers are hexadecimal. The line of a capture depends only on its bytes:
    /// identifiers derive from them, and times count from an unknown start, 0.
    ///
    /// - Parameters:
    ///   - span: The recorded times and the hash.
    func spanLine(
        file: String?,
        response: Int?,
        _ span: SpanRecorder.Result
    ) -> [UInt8] {
        let (digest, times, requestModel) = (span.digest, span.times, span.requestModel)
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("resourceSpans") { writer in
                writer.object { writer in
                    writer.key("resource")
                    writer.object { $0.array("attributes") { $0.attribute("service.name", "midstream") } }
                    writer.array("scopeSpans") { writer in
                        writer.object { writer in
                            writer.key("scope")
                            writer.object { writer in
                                writer.member("name", "midstream")
                                writer.member("version", Version.number)
                            }
                            writer.array("spans") { writer in
                                writeSpan(file, response, digest, times, requestModel, to: &writer)
                            }
                        }
                    }
                }
            }
        }
        writer.endLine()
        return writer.bytes
    }

    private func writeSpan(
        _ file: String?,
        _ response: Int?,
        _ digest: [UInt8],
        _ times: SpanTimes,
        _ requestModel: String?,
        to writer: inout JSONWriter
    ) {
        let model = requestModel ?? message?.model ?? ""
        writer.object { writer in
            writer.member("traceId", Self.hexadecimal(digest.prefix(16)))
            writer.member("spanId", Self.hexadecimal(digest.dropFirst(16).prefix(8)))
            writer.member("name", model.isEmpty ? "chat" : "chat \(model.shortened(to: Output.nameLimit))")
            // SPAN_KIND_CLIENT
            writer.member("kind", 3)
            writer.member("startTimeUnixNano", String(times.start))
            writer.member("endTimeUnixNano", String(times.end))
            writer.array("attributes") { writer in
                writeStandardAttributes(times, requestModel, to: &writer)
                writeOwnAttributes(file, response, to: &writer)
            }
            writer.array("events") { writer in writeException(times, to: &writer) }
            writer.key("status")
            writer.object { writer in
                guard let failure else { return }
                // STATUS_CODE_ERROR
                writer.member("code", 2)
                writer.member("message", failure.lines.what)
            }
        }
    }

    private func writeStandardAttributes(_ times: SpanTimes, _ requestModel: String?, to writer: inout JSONWriter) {
        writer.attribute("gen_ai.operation.name", "chat")
        writer.attribute("gen_ai.provider.name", "anthropic")
        writer.attribute("gen_ai.request.model", requestModel.flatMap(Self.bounded))
        writer.attribute("gen_ai.request.stream", true)
        if let message {
            writer.attribute("gen_ai.response.model", Self.bounded(message.model))
            writer.attribute("gen_ai.response.id", Self.bounded(message.id))
            if let reason = message.stopReason {
                writer.attribute("gen_ai.response.finish_reasons", [Self.bounded(reason.rawValue) ?? ""])
            }
            let usage = message.usage
            let cached = [usage.cacheReadInputTokens, usage.cacheCreationInputTokens]
            // The convention includes cached tokens, which the API counts separately.
            let input = usage.inputTokens.map { cached.compactMap(\.self).reduce($0) { $0.addingClamping($1) } }
            writer.attribute("gen_ai.usage.input_tokens", input)
            writer.attribute("gen_ai.usage.output_tokens", usage.outputTokens)
            writer.attribute("gen_ai.usage.cache_read.input_tokens", cached[0])
            writer.attribute("gen_ai.usage.cache_creation.input_tokens", cached[1])
        }
        if let time = times.firstContent {
            writer.attribute("gen_ai.response.time_to_first_chunk", time / .seconds(1))
        }
        writer.attribute("http.response.status_code", failure.flatMap { $0.isHeadAssumed ? nil : $0.httpStatus })
        writer.attribute("error.type", errorType)
    }

    /// The type of the service's error, or else the kind of the failure.
    private var errorType: String? {
        guard let failure else { return nil }
        if case .api(let error) = failure.kind, let type = error.type?.rawValue, !type.isEmpty {
            return type.shortened(to: Output.nameLimit)
        }
        return failure.kind.name
    }

    private func writeOwnAttributes(_ file: String?, _ response: Int?, to writer: inout JSONWriter) {
        writer.attribute("midstream.outcome", failure == nil ? "complete" : "failed")
        writer.attribute("midstream.file", file)
        writer.attribute("midstream.response", response)
        writer.attribute("midstream.request_id", (failure?.requestID ?? requestID).flatMap(Self.bounded))
        let blocks = message?.content ?? []
        writer.attribute("midstream.content_blocks", blocks.count)
        writer.attribute("midstream.content_blocks.complete", blocks.count { $0.isComplete })
        writer.attribute("midstream.diagnostics", diagnostics.counts.map(\.kind.rawValue))
        guard let failure else { return }
        writer.attribute("midstream.kind", failure.kind.name)
        writer.attribute("midstream.stage", failure.stage.rawValue)
        writer.attribute("midstream.equivalent_status", failure.equivalentStatus)
        writer.attribute("midstream.byte_offset", failure.byteOffset)
        writer.attribute("midstream.event_index", failure.eventIndex)
        writer.attribute("midstream.is_transient", failure.retry.isTransient)
        writer.attribute("midstream.replay_safety", failure.retry.replaySafety.rawValue)
        writer.attribute("midstream.server_advice", failure.retry.serverAdvice)
        writer.attribute("midstream.spend_cap_suspected", failure.retry.mayBeSpendCap)
        if let delay = failure.retry.delay {
            writer.attribute("midstream.retry_after_seconds", delay / .seconds(1))
        }
        writer.attribute("midstream.excerpt", failure.excerpt)
    }

    private func writeException(_ times: SpanTimes, to writer: inout JSONWriter) {
        guard let failure else { return }
        writer.object { writer in
            writer.member("timeUnixNano", String(times.end))
            writer.member("name", "gen_ai.client.operation.exception")
            writer.array("attributes") { writer in
                writer.attribute("exception.type", errorType)
                writer.attribute("exception.message", failure.lines.what)
            }
        }
    }

    /// A received name of limited length, or `nil` if it is empty.
    private static func bounded(_ name: String) -> String? {
        name.isEmpty ? nil : name.shortened(to: Output.nameLimit)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension Int {
    fileprivate func addingClamping(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}

extension JSONWriter {
    fileprivate mutating func object(_ contents: (inout JSONWriter) -> Void) {
        beginObject()
        contents(&self)
        endObject()
    }

    fileprivate mutating func array(_ name: String, _ contents: (inout JSONWriter) -> Void) {
        key(name)
        beginArray()
        contents(&self)
        endArray()
    }

    /// Writes an attribute: its key, and a value whose member name determines its type.
    private mutating func attribute(_ name: String, _ type: String, _ value: (inout JSONWriter) -> Void) {
        object { writer in
            writer.member("key", name)
            writer.key("value")
            writer.object { writer in
                writer.key(type)
                value(&writer)
            }
        }
    }

    fileprivate mutating func attribute(_ name: String, _ value: String?) {
        if let value { attribute(name, "stringValue") { $0.string(value) } }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Bool?) {
        if let value { attribute(name, "boolValue") { $0.bool(value) } }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Int?) {
        if let value { attribute(name, "intValue") { $0.string(String(value)) } }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Double) {
        attribute(name, "doubleValue") { $0.double(value) }
    }

    fileprivate mutating func attribute(_ name: String, _ values: [String]) {
        attribute(name, "arrayValue") { writer in
            writer.object { writer in
                writer.array("values") { writer in
                    for value in values { writer.object { $0.member("stringValue", value) } }
                }
            }
        }
    }
}
