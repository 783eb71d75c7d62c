internal import BenchmarkHarness
internal import Synchronization

// Theory of operation: a symbol that the executable defines and exports takes precedence over that of the C library,
// for every library of the process. These functions therefore replace `malloc` and related functions, count calls on
// demand, and forward them. All allocations of the Swift runtime, the standard library and the C library itself pass
// through here.

/// Counts the allocations of the process.
enum AllocationCounter {
    /// Runs `pass` and returns the number of allocations made during it; `nil` if they cannot be counted.
    static func count(_ pass: Row.Pass) async throws -> Int? {
        guard isWorking else { return nil }
        let before = calls.load(ordering: .relaxed)
        isCounting.store(true, ordering: .relaxed)
        defer { isCounting.store(false, ordering: .relaxed) }
        _ = try await pass()
        return calls.load(ordering: .relaxed) - before
    }

    /// Whether allocations are observed at all. They are not on other platforms, or if a linker does not export the
    /// functions.
    private static let isWorking: Bool = {
        isCounting.store(true, ordering: .relaxed)
        defer { isCounting.store(false, ordering: .relaxed) }
        let before = calls.load(ordering: .relaxed)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        let after = calls.load(ordering: .relaxed)
        unsafe memory.deallocate()  // unsafe: allocated above, and not used since
        return after > before
    }()
}

private let calls = Atomic<Int>(0)
private let isCounting = Atomic<Bool>(false)

/// Keeps each block above 128 KiB in a separate mapping, with fresh pages in every pass.
///
/// The GNU C library starts with this threshold, but raises it when such a block is freed. The speed of a row would
/// then depend on the rows before it, and a line of 8 MiB would find warm memory where one of 64 MiB does not.
func keepMappingLargeBlocks() {
    #if canImport(Glibc)
        _ = mallopt(-3, 128 << 10)  // M_MMAP_THRESHOLD
    #endif
}

#if canImport(Glibc)
    @_silgen_name("mallopt")
    private func mallopt(_ parameter: CInt, _ value: CInt) -> CInt
#endif

#if os(Linux) && canImport(Glibc) && arch(x86_64)

    @inline(__always)
    private func note() {
        if isCounting.load(ordering: .relaxed) { calls.wrappingAdd(1, ordering: .relaxed) }
    }

    // MARK: The C library's own functions

    @_silgen_name("__libc_malloc")
    private func systemMalloc(_ size: Int) -> UnsafeMutableRawPointer?

    @_silgen_name("__libc_calloc")
    private func systemCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer?

    @_silgen_name("__libc_realloc")
    private func systemRealloc(_ memory: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer?

    @_silgen_name("__libc_memalign")
    private func systemMemalign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer?

    // MARK: The replacements

    // Two properties make the linker find them. They are public, because an internal function of an executable is not
    // exported. Their names contain the symbol version of the C library, because the compiler reserves the bare
    // `malloc` for its runtime, and linkers export the replacement of a versioned symbol.

    @_cdecl("malloc@@GLIBC_2.2.5")
    public func countedMalloc(_ size: Int) -> UnsafeMutableRawPointer? {
        note()
        return unsafe systemMalloc(size)  // unsafe: forwarded unchanged, here and below
    }

    @_cdecl("calloc@@GLIBC_2.2.5")
    public func countedCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        note()
        return unsafe systemCalloc(count, size)
    }

    @_cdecl("realloc@@GLIBC_2.2.5")
    public func countedRealloc(_ memory: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
        note()
        return unsafe systemRealloc(memory, size)
    }

    @_cdecl("aligned_alloc@@GLIBC_2.16")
    public func countedAlignedAlloc(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
        note()
        return unsafe systemMemalign(alignment, size)
    }

    @_cdecl("posix_memalign@@GLIBC_2.2.5")
    public func countedPosixMemalign(
        _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        _ alignment: Int,
        _ size: Int
    ) -> Int32 {
        note()
        guard let memory = unsafe systemMemalign(alignment, size) else { return 12 }  // ENOMEM
        unsafe result.pointee = memory  // unsafe: the caller's own variable, as POSIX requires
        return 0
    }

#endif
