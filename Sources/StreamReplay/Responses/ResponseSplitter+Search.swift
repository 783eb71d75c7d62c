internal import HTTPResponseParsing

/// The search for the next head in a body without framing or of doubtful length.
extension ResponseSplitter {
    /// - Parameter length: The length of the body according to its head, if known.
    mutating func search(from context: BodyContext, length: Int? = nil) {
        self.context = context
        candidate = nil
        remaining = length == 0 ? nil : length
        state = .unframed
    }

    /// Forwards bytes of the body.
    private mutating func forwardBody(_ bytes: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        if !bytes.isEmpty { sink.receive(bytes) }
        guard let remaining else { return }
        self.remaining = remaining - bytes.byteCount
        // After the body, a head may begin.
        if remaining <= bytes.byteCount { search(from: BodyContext()) }
    }

    /// Forwards bytes up to the head of the next response, and returns the rest.
    @_lifetime(copy input)
    mutating func consumeUnframed(_ input: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard candidate == nil else { return consumeCandidate(input, &sink) }
        let count = min(input.byteCount, remaining ?? .max)
        let chunk = input.extracting(first: count)
        /// The offset of `context` in the chunk.
        var known = 0
        var offset = 0
        while let start = chunk.firstOffset(of: HeadSyntax.protocolName[0], from: offset) {
            offset = start + 1
            var head = HeadStart(isStrict: false)
            var (end, match) = Self.read(chunk, from: start, &head)
            guard match != .no else { continue }
            context.advance(over: chunk.extracting(known..<start))
            known = start
            switch context.admission {
            case .never: continue
            case .strictly:
                head = HeadStart(isStrict: true)
                (end, match) = Self.read(chunk, from: start, &head)
            case .freely: break
            }
            if match == .no { continue }
            forwardBody(chunk.extracting(first: start), &sink)
            buffered = chunk.extracting(start..<end).copy()
            if match == .yes { receiveHead(&sink) } else { candidate = head }
            return input.extracting(droppingFirst: end)
        }
        context.advance(over: chunk.extracting(droppingFirst: known))
        forwardBody(chunk, &sink)
        return input.extracting(droppingFirst: count)
    }

    /// Reads bytes until the match is decided.
    private static func read(
        _ chunk: RawSpan,
        from start: Int,
        _ head: inout HeadStart
    ) -> (end: Int, match: HeadStart.Match) {
        var offset = start
        while offset < chunk.byteCount {
            let match = head.consume(chunk.byte(at: offset))
            offset += 1
            if match != .undecided { return (offset, match) }
        }
        return (offset, .undecided)
    }

    /// The number of bytes of a chunk to search together with a rejected candidate before them. No candidate is longer.
    private static let lookahead = 4096

    /// Continues the match of a possible head that began in an earlier chunk.
    @_lifetime(copy chunk)
    private mutating func consumeCandidate(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard var head = candidate.take() else { return chunk }
        var (end, match) = Self.read(chunk, from: 0, &head)
        if match == .no { end = min(chunk.byteCount, max(end, Self.lookahead)) }
        buffered += chunk.extracting(first: end).copy()
        switch match {
        case .undecided: candidate = head
        case .yes: receiveHead(&sink)
        case .no:
            // Not a head. Another one may begin within these bytes. More bytes follow them, so that the search does not
            // end with a candidate after each byte.
            let bytes = buffered
            buffered = []
            context.advance(over: bytes.rawBytes.extracting(first: 1))
            forwardBody(bytes.rawBytes.extracting(first: 1), &sink)
            receive(bytes.rawBytes.extracting(droppingFirst: 1), &sink)
        }
        return chunk.extracting(droppingFirst: end)
    }

    /// Decides whether the buffered head begins the next response or lies inside the current body.
    private mutating func receiveHead(_ sink: inout some ResponseSink & ~Copyable) {
        guard let remaining, buffered.count <= remaining else { return reject(&sink) }
        if remaining <= Self.doubtLimit {
            state = .doubtful(HeadStart(isStrict: false))
        } else {
            let bytes = buffered
            buffered = []
            forward(bytes[...], &sink)
            state = .body(remaining: remaining - bytes.count)
        }
    }

    /// Buffers a body that contains a head, and the bytes after it, until the length is confirmed or rejected. Returns
    /// the rest.
    @_lifetime(copy chunk)
    mutating func consumeDoubtful(
        _ chunk: RawSpan,
        _ next: HeadStart,
        _ sink: inout some ResponseSink & ~Copyable
    ) -> RawSpan {
        let missing = max(0, (remaining ?? 0) - buffered.count)
        guard missing == 0 else {
            let count = min(missing, chunk.byteCount)
            buffered += chunk.extracting(first: count).copy()
            return chunk.extracting(droppingFirst: count)
        }
        var next = next
        let (end, match) = Self.read(chunk, from: 0, &next)
        buffered += chunk.extracting(first: end).copy()
        switch match {
        case .undecided: state = .doubtful(next)
        case .no: reject(&sink)
        case .yes:
            let length = remaining ?? 0
            let following = Array(buffered[length...])
            forward(buffered[..<length], &sink)
            sink.end()
            beginHead(with: following, &sink)
        }
        return chunk.extracting(droppingFirst: end)
    }

    /// Ends the current response at the buffered head, regardless of its declared length.
    mutating func reject(_ sink: inout some ResponseSink & ~Copyable) {
        if remaining != nil { distrustsLengths = true }
        sink.end()
        let bytes = buffered
        beginHead(with: [], &sink)
        receive(bytes.rawBytes, &sink)
    }
}
