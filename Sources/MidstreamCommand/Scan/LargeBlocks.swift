/// The treatment of large blocks by the allocator.
enum LargeBlocks {
    /// Returns every large block to the system as soon as it is freed.
    ///
    /// By default, once a large block is freed, glibc keeps later blocks of its size, separately for each thread. A scan
    /// would then use the memory of its largest captures once for each job.
    static func returnWhenFreed() {
        #if canImport(Glibc)
            // -3 is M_MMAP_THRESHOLD: the size at which a block gets pages of its own. Setting it makes it constant.
            _ = mallopt(-3, 128 << 10)
        #endif
    }
}

#if canImport(Glibc)
    // The module of the C library does not export <malloc.h>. The declaration matches the header.
    @_silgen_name("mallopt")
    private func mallopt(_ parameter: CInt, _ value: CInt) -> CInt
#endif
