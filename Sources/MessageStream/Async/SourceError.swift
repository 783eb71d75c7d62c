/// What an error of a byte source means for the stream.
enum SourceError {
    /// The source itself decoded a stream, which failed.
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
            // Whatever the source reports after that, the consumer wanted the end.
            case _ where Task.isCancelled: .ended(.cancelled)
            case let failure as any ClassifiedTransportError where failure.isEarlyClose: .closed
            default: .ended(.transport(MessageStreamFailure.UnderlyingError(error)))
            }
    }
}
