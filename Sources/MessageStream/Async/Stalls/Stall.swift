/// A clock of a ``StallPolicy`` that ran out.
struct Stall: Error {
    let clock: MessageStreamFailure.StallClock
    let duration: Duration
}
