#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// What the process has used so far.
enum ResourceUse {
    /// The time that this thread has run, in seconds; that of other tests does not count.
    static var threadSeconds: Double {
        var time = timespec()
        // Fills `time`.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The greatest amount of memory that the process has held, in bytes.
    static var peakResidentBytes: Int {
        var usage = rusage()
        // 0 is `RUSAGE_SELF`, which is of another type on each platform. Fills `usage`.
        _ = unsafe getrusage(0, &usage)
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) << 10
        #endif
    }

    /// Whether the address sanitizer is here, which keeps freed memory back.
    static var isSanitized: Bool {
        // Looks a name up in what is loaded already.
        unsafe dlsym(dlopen(nil, RTLD_NOW), "__asan_init") != nil
    }
}
