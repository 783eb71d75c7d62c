// Embedded Swift has no existential types, such as the `any Actor` in the protocol of asynchronous sequences.
#if !hasFeature(Embedded)

    /// The events of an event stream that arrives as an asynchronous sequence of chunks.
    ///
    ///     for try await event in chunks.serverSentEvents() { print(event.type, event.data) }
    ///
    /// ## Theory of operation
    ///
    /// The iterator keeps the chunk in which an event ended, and the parser continues in it when the next event is
    /// requested. The events of a chunk are therefore returned without suspending, and the base is asked for more only
    /// when no event is left. Nothing is read ahead, and an event is returned as soon as its last byte is received. An
    /// event costs no task, no lock, and no allocation other than that of its own strings.
    ///
    /// The sequence ends when its base ends. The standard then discards an unfinished event: "Once the end of the file
    /// is reached, any pending data must be discarded." Cancellation is left to the base: if it ends or throws, so does
    /// this sequence, after the events of the current chunk.
    public struct AsyncServerSentEvents<Base: AsyncSequence>: AsyncSequence where Base.Element: Collection<UInt8> {
        public typealias Element = ServerSentEvent
        public typealias Failure = ServerSentEventsError<Base.Failure>

        @usableFromInline let base: Base
        @usableFromInline let limits: EventStreamLimits

        @inlinable
        init(_ base: Base, limits: EventStreamLimits) {
            self.base = base
            self.limits = limits
        }

        @inlinable
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(base.makeAsyncIterator(), limits: limits)
        }

        /// Returns the events in order. Copies of an iterator share one position in the stream.
        public struct AsyncIterator: AsyncIteratorProtocol {
            @usableFromInline var base: Base.AsyncIterator
            @usableFromInline let parser: BufferedParser<Base.Element>

            @inlinable
            init(_ base: Base.AsyncIterator, limits: EventStreamLimits) {
                self.base = base
                parser = BufferedParser(limits: limits)
            }

            /// Returns the next event, or `nil` after the end of the base or an error.
            ///
            /// - Throws: ``ServerSentEventsError``, after all events that precede the error.
            /// - Complexity: O(bytes consumed). A chunk that is not contiguous in memory is copied once.
            @inlinable
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(ServerSentEventsError<Base.Failure>) -> ServerSentEvent? {
                if let event = parser.nextInCurrentChunk() { return event }
                while !parser.isFinished {
                    if let failure = parser.failure {
                        parser.finish()
                        throw .stream(failure)
                    }
                    let chunk: Base.Element?
                    do throws(Base.Failure) {
                        chunk = try await base.next(isolation: actor)
                    } catch {
                        parser.finish()
                        throw .base(error)
                    }
                    guard let chunk else {
                        parser.finish()
                        return nil
                    }
                    if let event = parser.firstEvent(in: chunk) { return event }
                }
                return nil
            }
        }
    }

    extension AsyncServerSentEvents: Sendable where Base: Sendable {}

    @available(*, unavailable)
    extension AsyncServerSentEvents.AsyncIterator: Sendable {}

    /// The reason why an asynchronous sequence of events failed.
    ///
    /// Only the base or the stream can fail, so there will be no other cases.
    public enum ServerSentEventsError<BaseFailure: Error>: Error {
        /// The sequence of chunks or bytes threw this error.
        case base(BaseFailure)
        /// The stream exceeded a limit.
        case stream(EventStreamError)
    }

    extension ServerSentEventsError: Equatable where BaseFailure: Equatable {}
    extension ServerSentEventsError: Hashable where BaseFailure: Hashable {}

    extension ServerSentEventsError: CustomStringConvertible {
        /// The description of the underlying error.
        public var description: String {
            switch self {
            case .base(let error): "\(error)"
            case .stream(let error): "\(error)"
            }
        }
    }

    /// The state of an iterator: the parser and the current chunk. An iterator is copyable and a parser is not, so the
    /// iterator holds the parser by reference.
    @usableFromInline
    final class BufferedParser<Chunk: Collection<UInt8>> {
        @usableFromInline var reader: EventReader
        /// The chunk in which the last event ended, if it has bytes after that event.
        @usableFromInline var chunk: Chunk?
        /// A copy of that chunk, if it is not contiguous in memory. Invariant: at most one of the two is set.
        @usableFromInline var copiedChunk: [UInt8]?
        /// Whether the sequence has ended or thrown.
        @usableFromInline var isFinished = false

        @inlinable
        init(limits: EventStreamLimits) {
            reader = EventReader(limits: limits)
        }

        /// The error of the parser, which is thrown after the events that precede it.
        @inlinable var failure: EventStreamError? { reader.failure }

        @inlinable
        func finish() {
            isFinished = true
            chunk = nil
            copiedChunk = nil
        }

        /// Returns the next event that ends in the current chunk.
        @inlinable
        func nextInCurrentChunk() -> ServerSentEvent? {
            // Moved out and back in, because a copy would retain the chunk a second time.
            if let chunk = self.chunk.take() {
                // The chunk had contiguous storage when it was received; the buffer is valid for this call.
                let event = chunk.withContiguousStorageIfAvailable { unsafe reader.nextEvent(in: $0) }
                if !reader.isAtChunkEnd { self.chunk = chunk }
                return event ?? nil
            }
            if let copy = copiedChunk.take() {
                // The buffer is valid for this call.
                let event = unsafe copy.withUnsafeBufferPointer { unsafe reader.nextEvent(in: $0) }
                if !reader.isAtChunkEnd { copiedChunk = copy }
                return event
            }
            return nil
        }

        /// Returns the first event that ends in a new chunk, and keeps the chunk if bytes are left after the event.
        @inlinable
        func firstEvent(in newChunk: Chunk) -> ServerSentEvent? {
            reader.beginChunk()
            // The buffer is valid for this call.
            let event = newChunk.withContiguousStorageIfAvailable { unsafe reader.nextEvent(in: $0) }
            if let event {
                if !reader.isAtChunkEnd { chunk = newChunk }
                return event
            }
            copiedChunk = Array(newChunk)
            return nextInCurrentChunk()
        }
    }

#endif
