/// Reads the regular files of a tar archive: v7, ustar, pax and GNU tar.
///
/// ## Theory of operation
///
/// An archive is a sequence of blocks of 512 bytes. Each member consists of a header block and its data, padded to
/// complete blocks. Members that only describe the next member may precede it: an extended header (pax) or a long name
/// (GNU tar). Two blocks of zeros end the archive; the rest is padding.
///
/// The reader skips directories, links, devices and labels. If a block that should be a header is not one, the reader
/// reports that once and searches for the next header.
///
/// - Memory: one block, and the description of one member, up to ``descriptionLimit``. Data are forwarded as they
///   arrive.
package struct TarReader: ~Copyable {
    /// The position of the next byte. Every state except `ended` eventually leads to `header`.
    private enum State {
        /// In a header block, collected in `block`. → all others
        case header
        /// In a description, collected in `description` as far as it fits. `remaining` includes the padding.
        case description(TarHeader.Kind, size: Int, remaining: Int)
        /// In a block of the map of a sparse file. → `sparseMap`, `passing`
        case sparseMap(size: Int)
        /// In the data of a member, at least one byte. → `padding`
        case member(remaining: Int)
        /// In data to skip, at least one byte. → `padding`
        case passing(remaining: Int)
        /// In the padding after data, which may be missing at the end.
        case padding(remaining: Int)
        /// After the end.
        case ended
    }

    private var state = State.header
    private var block: [UInt8] = []
    private var description: [UInt8] = []
    /// The description of the next member.
    private var longName: [UInt8]?
    private var records: PaxRecords?
    private var problem: MemberProblem?
    /// Whether a description was read, but not its member.
    private var isDescribed = false
    /// Whether an invalid header was reported, so that further ones are skipped.
    private var isSearching = false
    /// Whether the last block contained only zeros.
    private var isAfterZeros = false
    /// The offset in the archive of the next byte.
    private var position = 0

    /// The maximum size of the description of a member.
    static let descriptionLimit = 1 << 20

    package init() {}

    /// Receives the next bytes of the archive.
    package mutating func receive(_ chunk: RawSpan, _ sink: inout some MemberSink & ~Copyable) {
        var rest = chunk
        while !rest.isEmpty {
            let count = receiveSome(rest, &sink)
            position += count
            rest = rest.extracting(droppingFirst: count)
        }
    }

    /// Receives bytes of the current state.
    ///
    /// - Returns: The number of bytes consumed, at least one.
    private mutating func receiveSome(_ bytes: RawSpan, _ sink: inout some MemberSink & ~Copyable) -> Int {
        switch state {
        case .header:
            let count = gatherBlock(bytes)
            if block.count == TarHeader.blockSize {
                let complete = block
                block = []
                receiveHeader(complete, &sink)
            }
            return count
        case .sparseMap(let size):
            let count = gatherBlock(bytes)
            if block.count == TarHeader.blockSize {
                let hasMore = block[504] != 0
                block = []
                if !hasMore { passOver(size) }
            }
            return count
        case .description(let kind, let size, let remaining):
            let count = min(remaining, bytes.byteCount)
            let room = min(size, Self.descriptionLimit) - description.count
            description += bytes.extracting(first: min(room, count)).copy()
            state = .description(kind, size: size, remaining: remaining - count)
            if count == remaining { endDescription(kind, size: size) }
            return count
        case .member(let remaining):
            let count = min(remaining, bytes.byteCount)
            sink.receive(bytes.extracting(first: count))
            if count == remaining {
                sink.end(nil)
                passPadding()
            } else {
                state = .member(remaining: remaining - count)
            }
            return count
        case .passing(let remaining):
            let count = min(remaining, bytes.byteCount)
            if count == remaining { passPadding() } else { state = .passing(remaining: remaining - count) }
            return count
        case .padding(let remaining):
            let count = min(remaining, bytes.byteCount)
            state = count == remaining ? .header : .padding(remaining: remaining - count)
            return count
        case .ended: return bytes.byteCount
        }
    }

    /// Fills `block`, and returns the number of bytes consumed.
    private mutating func gatherBlock(_ bytes: RawSpan) -> Int {
        let count = min(TarHeader.blockSize - block.count, bytes.byteCount)
        block += bytes.extracting(first: count).copy()
        return count
    }

    /// The padding after data of this size.
    private static func padding(after size: Int) -> Int {
        (TarHeader.blockSize - size % TarHeader.blockSize) % TarHeader.blockSize
    }

    /// The padding of the current member.
    private var padding = 0

    private mutating func passPadding() {
        state = padding > 0 ? .padding(remaining: padding) : .header
    }

    private mutating func passOver(_ size: Int) {
        padding = Self.padding(after: size)
        state = size > 0 ? .passing(remaining: size) : .header
    }

    // MARK: Headers

    private mutating func receiveHeader(_ block: [UInt8], _ sink: inout some MemberSink & ~Copyable) {
        if block.allSatisfy({ $0 == 0 }) {
            // While the reader searches for a header, zeros may be the data of a member.
            if isAfterZeros, !isSearching {
                if isDescribed { sink.reject(.headerCut(offset: headerOffset)) }
                forgetDescription()
                state = .ended
            }
            isAfterZeros = true
            return
        }
        isAfterZeros = false
        guard let header = TarHeader(block) else { return rejectBlock(block, &sink) }
        isSearching = false
        switch header.kind {
        case .extendedHeader, .longName: beginDescription(header)
        case .file, .sparse: beginMember(header, &sink)
        case .other:
            forgetDescription()
            if let size = header.size { passOver(size) }
        }
    }

    /// The offset of the block completed by the current bytes.
    private var headerOffset: Int { position / TarHeader.blockSize * TarHeader.blockSize }

    private mutating func rejectBlock(_ block: [UInt8], _ sink: inout some MemberSink & ~Copyable) {
        forgetDescription()
        guard !isSearching else { return }
        isSearching = true
        if headerOffset == 0, case .format(let compression) = Compression.match(block.rawBytes) {
            sink.reject(.compressed(compression))
            state = .ended
        } else {
            sink.reject(.notArchive(offset: headerOffset))
        }
    }

    private mutating func beginDescription(_ header: TarHeader) {
        isDescribed = true
        guard let size = header.size else {
            problem = .invalidExtendedHeader
            return
        }
        description = []
        let (total, overflows) = size.addingReportingOverflow(Self.padding(after: size))
        if size > 0 {
            state = .description(header.kind, size: size, remaining: overflows ? .max : total)
        } else {
            endDescription(header.kind, size: 0)
        }
    }

    private mutating func endDescription(_ kind: TarHeader.Kind, size: Int) {
        state = .header
        let bytes = description
        description = []
        if size > Self.descriptionLimit {
            problem = .invalidExtendedHeader
        } else if kind == .longName {
            longName = Array(bytes.prefix { $0 != 0 })
        } else if let records = PaxRecords(bytes) {
            self.records = records
        } else {
            problem = .invalidExtendedHeader
        }
    }

    private mutating func forgetDescription() {
        longName = nil
        records = nil
        problem = nil
        isDescribed = false
    }

    // MARK: Members

    private mutating func beginMember(_ header: TarHeader, _ sink: inout some MemberSink & ~Copyable) {
        let name = records?.path ?? longName ?? header.name
        let size = records?.size ?? header.size
        var problem = self.problem
        if header.kind != .file || records?.isSparse == true { problem = problem ?? .sparse }
        if size == nil { problem = problem ?? .invalidSize }
        if name.count > MemberKey.limit { problem = problem ?? .keyTooLong(limit: MemberKey.limit) }
        forgetDescription()
        sink.begin(Array(name.prefix(MemberKey.limit)))
        if let problem {
            sink.end(problem)
            if case .sparse(hasMore: true) = header.kind {
                state = .sparseMap(size: size ?? 0)
            } else {
                passOver(size ?? 0)
            }
        } else if let size, size > 0 {
            padding = Self.padding(after: size)
            state = .member(remaining: size)
        } else {
            sink.end(nil)
        }
    }

    /// Ends the archive.
    package mutating func finish(_ sink: inout some MemberSink & ~Copyable) {
        switch state {
        case .member(let remaining): sink.end(.cut(missingBytes: remaining))
        case .description, .sparseMap: sink.reject(.headerCut(offset: headerOffset))
        case .passing(let remaining): sink.reject(.cut(missingBytes: remaining))
        case .header:
            // A compressed archive may be shorter than a block.
            if position < TarHeader.blockSize, case .format(let compression) = Compression.match(block.rawBytes) {
                sink.reject(.compressed(compression))
            } else if !block.isEmpty || isDescribed, !isSearching {
                sink.reject(.headerCut(offset: headerOffset))
            }
        case .padding, .ended: break
        }
        state = .ended
    }
}
