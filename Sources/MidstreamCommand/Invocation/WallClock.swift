#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// The calendar time.
enum WallClock {
    /// The current time in nanoseconds since 1970 UTC.
    static func nanosecondsSince1970() -> UInt64 {
        var now = timespec()
        // The structure outlives the call.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(clamping: now.tv_sec) * 1_000_000_000 + UInt64(clamping: now.tv_nsec)
    }

    /// The current time in seconds since 1970 UTC.
    static func secondsSince1970() -> Int {
        Int(time(nil))
    }
}
