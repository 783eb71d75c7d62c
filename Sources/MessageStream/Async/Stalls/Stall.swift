/// The expiration of a clock of a ``StallPolicy``.
struct Stall: Error {
    let clock: MessageStreamFailure.StallClock
    let duration: Duration
}
