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
    /// The current time in seconds since 1970 UTC.
    static func secondsSince1970() -> Int {
        Int(time(nil))
    }
}
