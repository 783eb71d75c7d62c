/// A sweep over many similar cases, such as every cut of a stream.
public enum Sweep {
    /// The distance between the cases that a test tries. Release builds try them all, or nearly so; debug builds, which take
    /// ten times as long for each, try a sample.
    public static func step(inDebug step: Int, inRelease releaseStep: Int = 1) -> Int {
        #if DEBUG
            step
        #else
            releaseStep
        #endif
    }

    /// The cases that a test tries: all in release builds, at most `count` in debug builds, evenly spread.
    public static func sample<Case>(_ cases: some Collection<Case>, inDebug count: Int) -> [Case] {
        #if DEBUG
            let step = max(1, (cases.count + count - 1) / count)
            return cases.enumerated().filter { $0.offset % step == 0 }.map(\.element)
        #else
            return Array(cases)
        #endif
    }
}
