/// A sweep over many similar cases, such as every cut of a stream.
///
/// Release builds try nearly every case. Debug builds, in which each case takes ten times as long, try a sample.
public enum Sweep {
    /// Whether every case is tried. Tests that need large inputs, or that measure time, are only worthwhile in this
    /// case.
    public static var isComplete: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    /// The distance between the cases to try.
    public static func step(inDebug step: Int, inRelease releaseStep: Int = 1) -> Int {
        #if DEBUG
            step
        #else
            releaseStep
        #endif
    }

    /// The number of cases to try.
    public static func count(inDebug count: Int, inRelease releaseCount: Int) -> Int {
        #if DEBUG
            count
        #else
            releaseCount
        #endif
    }

    /// The cases to try: all in release builds, at most `count` in debug builds.
    ///
    /// The sample is random, with one case from each stretch of equal length. The seed is fixed, so that a failure can
    /// be reproduced.
    public static func sample<Case>(_ cases: some Collection<Case>, inDebug count: Int) -> [Case] {
        #if DEBUG
            let all = Array(cases)
            guard all.count > count else { return all }
            var random = SeededRandom(seed: UInt64(all.count))
            return (0..<count).map { index in
                let (first, end) = (index * all.count / count, (index + 1) * all.count / count)
                return all[random.number(first...(end - 1))]
            }
        #else
            return Array(cases)
        #endif
    }
}
