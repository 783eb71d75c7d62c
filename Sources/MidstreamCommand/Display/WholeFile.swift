import MessageStream
import StreamReplay

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// An output of any size that is written in pieces, and appears completely or not at all: a file, or standard output
/// for `-`.
///
/// The bytes go to a temporary file, next to the output if that is a regular file or does not exist yet. `commit`
/// renames it to the output, whose permissions it keeps, or copies it to an output that cannot be replaced, such as a
/// pipe. A symbolic link is preserved. Without `commit`, nothing remains.
struct WholeFile: ~Copyable {
    /// Why the output cannot be written.
    struct Failure: Error {
        var message: String
    }

    private let name: String
    private let descriptor: CInt
    /// The path of the temporary file, and the path to rename it to; `nil` if the bytes are copied.
    private var rename: (from: [CChar], to: [CChar])?
    /// The destination of the copy.
    private let target: [UInt8]

    /// - Parameter path: The bytes of a path, or `-`.
    init(path: [UInt8]) throws(Failure) {
        target = path
        let isStandardOutput = path.elementsEqual("-".utf8)
        name = isStandardOutput ? "standard output" : String(decoding: path, as: UTF8.self)
        var status = stat()
        let terminated = path.map { CChar(bitPattern: $0) } + [0]
        // The path is NUL-terminated, and both outlive the call.
        let hasStatus = unsafe stat(terminated, &status) == 0
        let exists = hasStatus && !isStandardOutput
        let isReplaced = !isStandardOutput && (!exists || status.st_mode & S_IFMT == S_IFREG)
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw Self.failure(name, EISDIR) }
        if isReplaced {
            let final = exists ? Self.resolved(terminated) : terminated
            let ending = ".\(getpid()).part".utf8CString
            let temporary = Array(final[..<(final.count - 1)]) + ending
            let descriptor = Self.create(temporary, mode: 0o666)
            guard descriptor >= 0 else { throw Self.failure(name, errno) }
            if exists { fchmod(descriptor, status.st_mode & 0o7777) }
            self.descriptor = descriptor
            rename = (temporary, final)
        } else {
            // `getenv` returns a NUL-terminated string, which is copied here.
            let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
            let temporary = Array("\(folder)/midstream-\(getpid()).part".utf8CString)
            let descriptor = Self.create(temporary, mode: 0o600)
            guard descriptor >= 0 else { throw Self.failure(folder, errno) }
            self.descriptor = descriptor
            // The descriptor is sufficient. The path outlives the call.
            _ = unsafe unlink(temporary)
            rename = nil
        }
    }

    deinit {
        close(descriptor)
        // The path outlives the call.
        if let rename { _ = unsafe unlink(rename.from) }
    }

    /// Removes everything written so far.
    mutating func restart() throws(Failure) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw Self.failure(name, errno)
        }
    }

    mutating func write(_ bytes: [UInt8]) throws(Failure) { try Self.write(bytes[...], to: descriptor, name) }

    /// Moves the bytes to the output.
    mutating func commit() throws(Failure) {
        if let rename {
            // The paths outlive the call.
            guard systemRename(rename.from, rename.to) == 0 else { throw Self.failure(name, errno) }
            self.rename = nil
            return
        }
        let isStandardOutput = target.elementsEqual("-".utf8)
        let terminated = target.map { CChar(bitPattern: $0) } + [0]
        // The path outlives the call.
        let output = isStandardOutput ? STDOUT_FILENO : unsafe open(terminated, O_WRONLY | O_CLOEXEC)
        guard output >= 0 else { throw Self.failure(name, errno) }
        defer { if !isStandardOutput { close(output) } }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure(name, errno) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // The buffer is used only during the call.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(name, errno)
            }
            try Self.write(buffer[..<count], to: output, name)
        }
    }

    /// Rejects an output that is one of the inputs, under any name.
    ///
    /// - Parameters:
    ///   - path: The path of the output, or `-`.
    ///   - inputs: The paths of the inputs; `-` is standard input.
    static func check(_ path: [UInt8], isNoneOf inputs: [[UInt8]]) throws(UsageError) {
        let standard = Array("-".utf8)
        guard path != standard, let output = try? FileStatus(path: path), output.kind == .regular else { return }
        for input in inputs where input != standard && (try? FileStatus(path: input))?.identity == output.identity {
            let name = String(decoding: path, as: UTF8.self)
            throw UsageError(message: "\(name) is an input, which is never overwritten; choose another file for -o")
        }
    }

    private static func create(_ path: [CChar], mode: mode_t) -> CInt {
        // The path is NUL-terminated, and outlives the call.
        unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    }

    /// The path with its symbolic links followed.
    private static func resolved(_ path: [CChar]) -> [CChar] {
        // `realpath` returns a NUL-terminated string, which is copied here and then released.
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe Array(UnsafeBufferPointer(start: resolved, count: strlen(resolved) + 1))
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt, _ name: String) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            // The bytes are used only during the call.
            let count = unsafe rest.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // The one entry outlives the call.
                _ = unsafe poll(&entry, 1, -1)
            } else if errno != EINTR {
                throw failure(name, errno)
            }
        }
    }

    private static func failure(_ name: String, _ code: CInt) -> Failure {
        // `strerror` returns a NUL-terminated string, which is copied here.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return Failure(message: "\(name) cannot be written: \(reason); choose another file")
    }
}

private func systemRename(_ from: [CChar], _ to: [CChar]) -> CInt {
    // The paths are NUL-terminated, and used only during the call.
    unsafe rename(from, to)
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}
