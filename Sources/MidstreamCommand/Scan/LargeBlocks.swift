/// How the allocator treats large blocks.
enum LargeBlocks {
    /// Returns every large block to the system as soon as it is freed.
    ///
    /// By default, glibc keeps blocks of the sizes that were freed before, and keeps them apart for each thread. A scan
    /// would then take the memory of its largest captures once for each job.
    static func returnWhenFreed() {
        #if canImport(Glibc)
            // -3 is M_MMAP_THRESHOLD: the size from which a block has pages of its own. Setting it makes it constant.
            _ = mallopt(-3, 128 << 10)
        #endif
    }
}

#if canImport(Glibc)
    // The module of the C library does not export <malloc.h>. The declaration is that of the header.
    @_silgen_name("mallopt")
    private func mallopt(_ parameter: CInt, _ value: CInt) -> CInt
#endif
