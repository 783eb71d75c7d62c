#if DEBUG
    import Synchronization
#endif

/// Counts work that might grow faster than the input: bytes mapped, names compared, elements moved.
///
/// Only debug builds count. This lets a test show that the work is linear without measuring time.
package enum Work {
    /// Adds units of work to the count of the current task, if any.
    @inline(__always)
    package static func note(_ units: @autoclosure () -> Int) {
        #if DEBUG
            // `@autoclosure`, so that a release build does not compute the number.
            if let counter { counter.units.add(units(), ordering: .relaxed) }
        #endif
    }

    #if DEBUG
        private final class Counter: Sendable {
            let units = Atomic(0)
        }

        @TaskLocal private static var counter: Counter?

        /// The number of units of work that `body` notes.
        package static func count<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Int {
            let counter = Counter()
            var failure: Failure?
            $counter.withValue(counter) {
                do throws(Failure) {
                    try body()
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return counter.units.load(ordering: .relaxed)
        }
    #endif
}
