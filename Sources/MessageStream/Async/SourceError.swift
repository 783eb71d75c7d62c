import HTTPResponseParsing

/// The effect of an error of a byte source on the stream.
enum SourceError {
    /// The source itself decodes a stream, which failed.
    case failure(MessageStreamFailure)
    /// The peer closed the connection early: the response ends here.
    case closed
    /// The stream ends, with a failure of this kind.
    case ended(MessageStreamFailure.Kind)

    init(_ error: any Error) {
        self =
            switch error {
            case let failure as MessageStreamFailure: .failure(failure)
            case let stall as Stall: .ended(.stalled(stall.clock, after: stall.duration))
            case is CancellationError: .ended(.cancelled)
            case let failure as any ClassifiedTransportError where failure.isCancellation: .ended(.cancelled)
            // After a cancellation, any other error of the source is irrelevant.
            case _ where Task.isCancelled: .ended(.cancelled)
            case let failure as any ClassifiedTransportError where failure.isEarlyClose: .closed
            // A source that parses responses itself does so within the default limits.
            case let error as HTTPResponseError: .ended(MessageStreamFailure.Kind(error, limits: HTTPResponseLimits()))
            default: .ended(.transport(MessageStreamFailure.UnderlyingError(error)))
            }
    }
}
