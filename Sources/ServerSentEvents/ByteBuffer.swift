#if hasFeature(Embedded)
    // Without a C library, growing copies the bytes.
#elseif canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A byte buffer that grows only at its end, and is emptied only as a whole.
///
/// It grows with `realloc`, which moves the pages of a large block instead of copying them. Growing therefore needs no
/// second block, and the memory in use stays close to the size of the contents. An emptied buffer keeps its capacity,
/// so nothing is allocated in a steady state.
///
/// Invariant: `count <= capacity`, and `base` has `capacity` bytes, of which the first `count` are initialized.
@safe
struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // Sendable: the block has one owner, and all changes go through `mutating`.
    private(set) var count = 0
    private var capacity = 0
    private var base: UnsafeMutableRawPointer?

    init() {}

    deinit {
        // `base` has one owner, and was allocated by the same allocator.
        #if hasFeature(Embedded)
            unsafe base?.deallocate()
        #else
            unsafe free(base)
        #endif
    }

    /// The bytes, valid until the buffer is changed.
    var span: RawSpan {
        @_lifetime(borrow self)
        get {
            guard let base = unsafe base else { return RawSpan() }
            // The first `count` bytes are initialized, and stay valid until `self` is changed.
            let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    mutating func removeAll() { count = 0 }

    /// Appends the bytes of `chunk` from `start` to `end`.
    ///
    /// - Precondition: `0 <= start <= end <= chunk.byteCount`; not checked.
    /// - Complexity: O(`end - start`), amortized.
    @unsafe
    @inline(__always)
    mutating func appendUnchecked(_ chunk: RawSpan, from start: Int, to end: Int, limit: Int) {
        assert(start >= 0 && start <= end && end <= chunk.byteCount)
        let added = end &- start
        if added <= 64, start &+ 64 <= chunk.byteCount, capacity &- count >= 64 {
            // A small piece: always copy 64 bytes, because a processor cannot predict the number. The bytes after
            // `count` are unspecified. Both sides are in bounds by the conditions.
            let low = unsafe chunk.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: SIMD32<UInt8>.self)
            let high = unsafe chunk.unsafeLoadUnaligned(fromUncheckedByteOffset: start &+ 32, as: SIMD32<UInt8>.self)
            unsafe base!.storeBytes(of: low, toByteOffset: count, as: SIMD32<UInt8>.self)
            unsafe base!.storeBytes(of: high, toByteOffset: count &+ 32, as: SIMD32<UInt8>.self)
            count &+= added
        } else {
            // In bounds by the precondition.
            append(unsafe chunk.uncheckedBytes(from: start, to: end), limit: limit)
        }
    }

    /// Appends `bytes`.
    ///
    /// - Parameter limit: An upper bound on the contents of the buffer. The capacity does not grow beyond it unless
    ///   `bytes` require more.
    /// - Complexity: O(`bytes.byteCount`), amortized.
    mutating func append(_ bytes: RawSpan, limit: Int) {
        let added = bytes.byteCount
        guard added > 0 else { return }
        if added > capacity &- count { reserve(added, limit: limit) }
        // `reserve` made room for `added` bytes after the first `count`; the two blocks are distinct.
        unsafe bytes.withUnsafeBytes { source in
            unsafe (base! + count).copyMemory(from: source.baseAddress!, byteCount: added)
        }
        count &+= added
    }

    mutating func append(_ byte: UInt8, limit: Int) {
        if count == capacity { reserve(1, limit: limit) }
        // `reserve` made room for one byte after the first `count`.
        unsafe base!.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Makes room for `added` more bytes.
    @inline(never)
    private mutating func reserve(_ added: Int, limit: Int) {
        let needed = count + added
        let grown = max(needed, min(max(capacity * 2, 256), limit))
        #if hasFeature(Embedded)
            // The first `count` bytes of the old block are initialized; the new one has more room.
            let moved = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
            if let base = unsafe base {
                unsafe moved.copyMemory(from: base, byteCount: count)
                unsafe base.deallocate()
            }
        #else
            // `base` is null or was returned by `realloc`, which returns null only when memory is exhausted.
            guard let moved = unsafe realloc(base, grown) else { fatalError("out of memory") }
        #endif
        unsafe base = moved
        capacity = grown
    }
}
