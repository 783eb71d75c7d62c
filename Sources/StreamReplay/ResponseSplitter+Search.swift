/// The search for the next head in a body that has no framing, or whose length is in doubt.
extension ResponseSplitter {
    /// - Parameter length: How many bytes the body has, if its head says so.
    mutating func search(from context: BodyContext, length: Int? = nil) {
        self.context = context
        candidate = nil
        remaining = length == 0 ? nil : length
        state = .unframed
    }

    /// Hands on bytes of the body.
    private mutating func pass(_ bytes: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        if !bytes.isEmpty { sink.take(bytes) }
        guard let remaining else { return }
        self.remaining = remaining - bytes.byteCount
        // After the body, a head may begin.
        if remaining <= bytes.byteCount { search(from: BodyContext()) }
    }

    /// Hands on bytes up to the head of the next response, and returns the rest.
    @_lifetime(copy input)
    mutating func takeUnframed(_ input: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard candidate == nil else { return takeOfCandidate(input, &sink) }
        let count = min(input.byteCount, remaining ?? .max)
        let chunk = input.extracting(first: count)
        /// Up to where the context is known.
        var known = 0
        var offset = 0
        while let start = chunk.firstOffset(of: HeadStart.protocolName[0], from: offset) {
            offset = start + 1
            var head = HeadStart(isStrict: false)
            var (end, answer) = Self.read(chunk, from: start, &head)
            guard answer != .no else { continue }
            context.advance(over: chunk.extracting(known..<start))
            known = start
            switch context.admission {
            case .never: continue
            case .strictly:
                head = HeadStart(isStrict: true)
                (end, answer) = Self.read(chunk, from: start, &head)
            case .freely: break
            }
            if answer == .no { continue }
            pass(chunk.extracting(first: start), &sink)
            held = chunk.extracting(start..<end).copy()
            if answer == .yes { takeHead(&sink) } else { candidate = head }
            return input.extracting(droppingFirst: end)
        }
        context.advance(over: chunk.extracting(droppingFirst: known))
        pass(chunk, &sink)
        return input.extracting(droppingFirst: count)
    }

    /// Reads as much of a head as it takes to accept or to reject it.
    private static func read(
        _ chunk: RawSpan,
        from start: Int,
        _ head: inout HeadStart
    ) -> (end: Int, answer: HeadStart.Answer) {
        var offset = start
        while offset < chunk.byteCount {
            let answer = head.take(chunk.byte(at: offset))
            offset += 1
            if answer != .more { return (offset, answer) }
        }
        return (offset, .more)
    }

    /// Reads on in a head that an earlier chunk may have begun.
    @_lifetime(copy chunk)
    private mutating func takeOfCandidate(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard var head = candidate.take() else { return chunk }
        let (end, answer) = Self.read(chunk, from: 0, &head)
        held += chunk.extracting(first: end).copy()
        switch answer {
        case .more: candidate = head
        case .yes: takeHead(&sink)
        case .no:
            // It was none. Another one may begin within it.
            let bytes = held
            held = []
            context.advance(over: bytes.rawBytes.extracting(first: 1))
            pass(bytes.rawBytes.extracting(first: 1), &sink)
            take(bytes.rawBytes.extracting(droppingFirst: 1), &sink)
        }
        return chunk.extracting(droppingFirst: end)
    }

    /// Takes the head that is held, in the place where it stands.
    private mutating func takeHead(_ sink: inout some ResponseSink & ~Copyable) {
        guard let remaining, held.count <= remaining else { return reject(&sink) }
        if remaining <= Self.doubtLimit {
            state = .doubtful(HeadStart(isStrict: false))
        } else {
            let bytes = held
            held = []
            handOn(bytes[...], &sink)
            state = .body(remaining: remaining - bytes.count)
        }
    }

    /// Takes bytes of a body with a head inside, and of what follows it, up to a decision; returns the rest.
    @_lifetime(copy chunk)
    mutating func takeDoubtful(
        _ chunk: RawSpan,
        _ next: HeadStart,
        _ sink: inout some ResponseSink & ~Copyable
    ) -> RawSpan {
        let missing = max(0, (remaining ?? 0) - held.count)
        guard missing == 0 else {
            let count = min(missing, chunk.byteCount)
            held += chunk.extracting(first: count).copy()
            return chunk.extracting(droppingFirst: count)
        }
        var next = next
        let (end, answer) = Self.read(chunk, from: 0, &next)
        held += chunk.extracting(first: end).copy()
        switch answer {
        case .more: state = .doubtful(next)
        case .no: reject(&sink)
        case .yes:
            let length = remaining ?? 0
            let following = Array(held[length...])
            handOn(held[..<length], &sink)
            sink.end()
            beginHead(with: following, &sink)
        }
        return chunk.extracting(droppingFirst: end)
    }

    /// Ends the response in progress at the head that is held, whatever length its own head says.
    mutating func reject(_ sink: inout some ResponseSink & ~Copyable) {
        if remaining != nil { distrustsLengths = true }
        sink.end()
        let bytes = held
        beginHead(with: [], &sink)
        take(bytes.rawBytes, &sink)
    }
}

extension RawSpan {
    fileprivate func copy() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for offset in 0..<byteCount { bytes.append(byte(at: offset)) }
        return bytes
    }
}
