/// The effect that an error of a byte source has on the stream.
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
            default: .ended(.transport(MessageStreamFailure.UnderlyingError(error)))
            }
    }
}
