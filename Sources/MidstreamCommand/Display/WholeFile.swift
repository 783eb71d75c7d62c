#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// Writes a file completely or not at all.
enum WholeFile {
    /// The reason why a file cannot be written.
    struct WriteError: Error {
        let reason: String

        init(_ code: CInt) {
            // `strerror` returns a NUL-terminated string, which is copied here.
            reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        }
    }

    /// Replaces the file at `path`, or creates it.
    ///
    /// The contents are written to a new file in the same folder, which then replaces the old one and keeps its
    /// permissions. A symbolic link is preserved. Pipes and devices are written directly.
    static func write(_ bytes: [UInt8], to path: [UInt8]) throws(WriteError) {
        let target = resolve(path)
        var status = stat()
        // The structure outlives the call.
        let exists = unsafe stat(target.cString, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG {
            return try write(bytes, to: open(target, O_WRONLY))
        }
        let temporary = target + Array(".\(getpid()).tmp".utf8)
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        do throws(WriteError) {
            if exists { fchmod(descriptor, status.st_mode & 0o7777) }
            try write(bytes, to: descriptor)
            // The paths are used only during the call.
            if unsafe rename(temporary.cString, target.cString) != 0 { throw WriteError(errno) }
        } catch {
            // The path is used only during the call.
            unsafe unlink(temporary.cString)
            throw error
        }
    }

    /// Whether both paths name the same existing file.
    static func areSame(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        var (a, b) = (stat(), stat())
        // The structures outlive the calls.
        guard unsafe stat(first.cString, &a) == 0, unsafe stat(second.cString, &b) == 0 else { return false }
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_mode & S_IFMT == S_IFREG
    }

    /// The path without symbolic links, or the path itself if the file does not exist.
    private static func resolve(_ path: [UInt8]) -> [UInt8] {
        // `realpath` returns a NUL-terminated string that the caller frees.
        guard let resolved = unsafe realpath(path.cString, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    private static func open(_ path: [UInt8], _ flags: CInt) throws(WriteError) -> CInt {
        let descriptor = systemOpen(path.cString, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw WriteError(errno) }
        return descriptor
    }

    /// Writes and closes.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(WriteError) {
        var start = 0
        while start < bytes.count {
            // In bounds: `start` is less than the count.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe systemWrite(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count >= 0 {
                start += count
            } else if errno != EINTR {
                let code = errno
                close(descriptor)
                throw WriteError(code)
            }
        }
        if close(descriptor) != 0 { throw WriteError(errno) }
    }
}

extension [UInt8] {
    /// The bytes of a path with a NUL at their end.
    fileprivate var cString: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

private func systemOpen(_ path: [CChar], _ flags: CInt) -> CInt {
    // The path is NUL-terminated and used only during the call.
    unsafe open(path, flags, 0o666)
}
