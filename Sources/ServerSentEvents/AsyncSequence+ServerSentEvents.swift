// Embedded Swift has no `AsyncServerSentEvents`.
#if !hasFeature(Embedded)

    extension AsyncSequence where Element: Collection<UInt8> {
        /// The events of the event stream whose bytes these chunks are.
        ///
        ///     for try await event in chunks.serverSentEvents() { print(event.type, event.data) }
        ///
        /// Chunks may be of any size, including empty, and cut anywhere. Contiguous ones, such as `[UInt8]` and `Data`,
        /// are read in place; others are copied first.
        ///
        /// - Parameter limits: Bounds on lines and events.
        /// - Returns: A sequence that fails with ``ServerSentEventsError``: an error of this sequence, or a limit
        ///   exceeded.
        @inlinable
        public func serverSentEvents(
            limits: EventStreamLimits = EventStreamLimits()
        ) -> AsyncServerSentEvents<Self> {
            AsyncServerSentEvents(self, limits: limits)
        }
    }

    extension AsyncSequence where Element == UInt8 {
        /// The events of the event stream whose bytes these are.
        ///
        /// Each event is handed out on the byte that ends it, before the next byte is requested.
        ///
        /// - Parameter limits: Bounds on lines and events.
        /// - Returns: A sequence that fails with ``ServerSentEventsError``: an error of this sequence, or a limit
        ///   exceeded.
        @inlinable
        public func serverSentEvents(
            limits: EventStreamLimits = EventStreamLimits()
        ) -> AsyncServerSentEvents<AsyncSingleBytes<Self>> {
            AsyncServerSentEvents(AsyncSingleBytes(self), limits: limits)
        }
    }

    /// A sequence of bytes as a sequence of chunks of one byte.
    public struct AsyncSingleBytes<Base: AsyncSequence>: AsyncSequence where Base.Element == UInt8 {
        public typealias Element = CollectionOfOne<UInt8>
        public typealias Failure = Base.Failure

        @usableFromInline let base: Base

        @inlinable
        init(_ base: Base) {
            self.base = base
        }

        @inlinable
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(base.makeAsyncIterator())
        }

        /// Reads the bytes one after the other.
        public struct AsyncIterator: AsyncIteratorProtocol {
            @usableFromInline var base: Base.AsyncIterator

            @inlinable
            init(_ base: Base.AsyncIterator) {
                self.base = base
            }

            /// Returns the next byte, or nil at the end.
            ///
            /// - Throws: The error of the sequence of bytes.
            @inlinable
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(Base.Failure) -> CollectionOfOne<UInt8>? {
                try await base.next(isolation: actor).map { CollectionOfOne($0) }
            }
        }
    }

    extension AsyncSingleBytes: Sendable where Base: Sendable {}

    @available(*, unavailable)
    extension AsyncSingleBytes.AsyncIterator: Sendable {}

#endif
