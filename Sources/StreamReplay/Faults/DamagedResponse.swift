public import MessageStream

/// A captured response with faults, as a client receives it.
///
///     let response = capture.response(pace: .recorded).damaged(by: [.cut(.event(5), isClean: false)])
///     for try await event in response.messageEvents() { … }
///
/// The sequence waits for the pauses of the faults by the clock of the response. A pause without an end lasts until the
/// task is cancelled. A reset connection throws ``ConnectionResetError``. All other early ends are those of the
/// connection, so the sequence ends without an error. A fault whose place is after the end of the response changes
/// nothing.
///
/// The other errors are those of ``CapturedResponse``.
public struct DamagedResponse: AsyncSequence, Sendable {
    public typealias Element = ResponsePart<[UInt8]>
    public typealias Failure = any Error

    let response: CapturedResponse
    let faults: [StreamFault]
    let seed: UInt64

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Reads the parts one after another. Do not copy an iterator: both copies would read the same capture.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// An iterator is a copyable value but a chain is not, so the iterator holds it by reference.
        private final class Chain {
            var value: FaultChain

            init(_ value: consuming FaultChain) { self.value = value }
        }

        private var response: CapturedResponse.AsyncIterator
        private let pacer: Pacer
        private let chain: Chain
        /// The parts not yet returned.
        private var parts: ArraySlice<DamagedPart> = []
        private var isFinished = false

        init(_ damaged: DamagedResponse) {
            response = damaged.response.makeAsyncIterator()
            pacer = damaged.response.pacer
            chain = Chain(FaultChain(damaged.faults, seed: damaged.seed))
        }

        /// The next part, at its time; `nil` at the end of the response.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ResponsePart<[UInt8]>? {
            while !isFinished {
                guard let part = parts.popFirst() else {
                    let part = try await response.next(isolation: actor)
                    parts = chain.value.receive(DamagedPart(content: Self.content(part)))[...]
                    continue
                }
                switch part.content {
                case .head(let head): return .head(head)
                case .body(let bytes): return .body(bytes)
                case .pause(let duration?), .delay(let duration): try await pause(duration)
                case .pause(nil): while true { try await pause(.seconds(86_400)) }
                case .end(let ending):
                    isFinished = true
                    try Self.throwError(of: ending)
                }
            }
            return nil
        }

        private static func content(_ part: ResponsePart<[UInt8]>?) -> DamagedPart.Content {
            switch part {
            case .head(let head): .head(head)
            case .body(let bytes): .body(bytes)
            // The chain only forwards the end, and the sequence does not show how the response ended.
            case nil: .end(.complete)
            }
        }

        private static func throwError(of ending: DamagedPart.Ending) throws {
            switch ending {
            case .reset: throw ConnectionResetError()
            case .malformed(let error): throw error
            case .complete, .truncated, .halfClosed: break
            }
        }

        private func pause(_ duration: Duration) async throws { try await pacer.start()(duration) }
    }
}

extension CapturedResponse {
    /// The response with faults, in order: each one applies to the result of the previous one.
    ///
    /// - Parameters:
    ///   - faults: The faults.
    ///   - seed: The seed of the random choices. The same seed gives the same response.
    public func damaged(by faults: [StreamFault], seed: UInt64 = 0) -> DamagedResponse {
        DamagedResponse(response: self, faults: faults, seed: seed)
    }
}

/// The connection was reset by the fault ``StreamFault/reset(_:)``.
public struct ConnectionResetError: ClassifiedTransportError, Hashable, CustomStringConvertible {
    public init() {}

    /// True: a reset does not depend on the request.
    public var isTransient: Bool { true }
    /// False.
    public var isCancellation: Bool { false }

    public var description: String { "the connection was reset" }
}
