// Embedded Swift has no `AsyncServerSentEvents`.
#if !hasFeature(Embedded)

    extension AsyncSequence where Element: Collection<UInt8> {
        /// The events of the event stream in these chunks.
        ///
        ///     for try await event in chunks.serverSentEvents() { print(event.type, event.data) }
        ///
        /// Chunks may have any size, including zero, and may be split anywhere. Contiguous chunks, such as `[UInt8]`
        /// and `Data`, are read in place; others are copied first.
        ///
        /// - Parameter limits: Limits on lines and events.
        /// - Returns: A sequence that fails with ``ServerSentEventsError`` if this sequence throws or a limit is
        ///   exceeded.
        @inlinable
        public func serverSentEvents(
            limits: EventStreamLimits = EventStreamLimits()
        ) -> AsyncServerSentEvents<Self> {
            AsyncServerSentEvents(self, limits: limits)
        }
    }

    extension AsyncSequence where Element == UInt8 {
        /// The events of the event stream in these bytes.
        ///
        /// Each event is returned when its last byte is read, before the next byte is requested.
        ///
        /// - Parameter limits: Limits on lines and events.
        /// - Returns: A sequence that fails with ``ServerSentEventsError`` if this sequence throws or a limit is
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

        /// Returns the bytes one at a time.
        public struct AsyncIterator: AsyncIteratorProtocol {
            @usableFromInline var base: Base.AsyncIterator

            @inlinable
            init(_ base: Base.AsyncIterator) {
                self.base = base
            }

            /// Returns the next byte, or `nil` at the end.
            ///
            /// - Throws: The error of the underlying sequence.
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
