#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// The resources that the process has used so far.
public enum ResourceUse {
    /// The CPU time of this thread in seconds, without that of other tests.
    public static var threadSeconds: Double {
        var time = timespec()
        // Initializes `time`.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The CPU time of this thread that `body` takes, in seconds.
    public static func threadSeconds(_ body: () throws -> Void) rethrows -> Double {
        let start = threadSeconds
        try body()
        return threadSeconds - start
    }

    /// The peak memory use of the process, in bytes.
    public static var peakResidentBytes: Int {
        var usage = rusage()
        // 0 is `RUSAGE_SELF`, whose type depends on the platform. Initializes `usage`.
        _ = unsafe getrusage(0, &usage)
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) << 10
        #endif
    }

    /// Whether the address sanitizer is active, which delays the release of freed memory.
    public static var isSanitized: Bool {
        // Looks up a name among the loaded symbols.
        unsafe dlsym(dlopen(nil, RTLD_NOW), "__asan_init") != nil
    }
}
