#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

// Socket calls. They do not block, and contain no rules.

/// The outcome of a call on a socket.
enum SocketResult: Sendable, Hashable {
    case bytes(Int)
    /// The peer has closed its side.
    case end
    /// The call would block.
    case notReady
    /// The connection is lost.
    case failed
}

enum Sockets {
    #if canImport(Darwin)
        private static let streamType = SOCK_STREAM
        private static let sendFlags: Int32 = 0
    #elseif canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #else
        private static let streamType = Int32(SOCK_STREAM)
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    /// Creates a socket that listens on the loopback interface.
    ///
    /// - Parameter port: The port, or 0 to let the system choose one.
    /// - Throws: ``ReplayServerError``
    static func listen(port: UInt16) throws(ReplayServerError) -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, streamType, 0)
        guard listener >= 0 else { throw ReplayServerError(.system(code: errno), port: port) }
        do throws(ReplayServerError) {
            return (listener, try bind(listener, port))
        } catch {
            close(listener)
            throw error
        }
    }

    private static func bind(_ listener: Int32, _ port: UInt16) throws(ReplayServerError) -> UInt16 {
        prepare(listener)
        // Allow the port even while connections of an earlier server are in TIME_WAIT.
        setOption(listener, SOL_SOCKET, SO_REUSEADDR)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The structure is a complete address, outlives the calls, and each call receives its size.
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard unsafe systemBind(listener, pointer, size) == 0, systemListen(listener, 1024) == 0,
                    unsafe getsockname(listener, pointer, &size) == 0
                else { return errno }
                return 0
            }
        }
        if code == EADDRINUSE { throw ReplayServerError(.portInUse, port: port) }
        if code == EACCES { throw ReplayServerError(.portNotAllowed, port: port) }
        if code != 0 { throw ReplayServerError(.system(code: code), port: port) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Makes a descriptor non-blocking and close-on-exec.
    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    private static func setOption(_ socket: Int32, _ level: Int32, _ name: Int32) {
        var on: Int32 = 1
        // The value outlives the call and has the given size.
        _ = unsafe setsockopt(socket, level, name, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Accepts a connection. Returns `nil` without a pending connection, and throws if accepting one fails.
    static func accept(_ listener: Int32) throws(ReplayServerError) -> Int32? {
        while true {
            let socket = systemAccept(listener)
            if socket >= 0 {
                prepare(socket)
                // Send small chunks immediately.
                setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY)
                #if canImport(Darwin)
                    setOption(socket, SOL_SOCKET, SO_NOSIGPIPE)
                #endif
                return socket
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN, EWOULDBLOCK: return nil
            case let code: throw ReplayServerError(.system(code: code), port: 0)
            }
        }
    }

    static func receive(_ socket: Int32, into buffer: inout [UInt8]) -> SocketResult {
        while true {
            // The buffer is used only during the call.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .notReady
            default: return .failed
            }
        }
    }

    /// Sends bytes from an offset, which must be less than the count.
    static func send(_ socket: Int32, _ bytes: [UInt8], from start: Int) -> SocketResult {
        precondition(start < bytes.count)
        while true {
            // In bounds: the offset is less than the count. The buffer is used only during the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe systemSend(socket, buffer.baseAddress! + start, buffer.count - start, sendFlags)
            }
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .notReady
            default: return .failed
            }
        }
    }

    /// Closes the sending side.
    static func shutDown(_ socket: Int32) { _ = shutdown(socket, Int32(SHUT_WR)) }

    static func closeSocket(_ socket: Int32) { _ = close(socket) }

    /// Closes the connection so that the peer receives a reset.
    static func reset(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        // The structure outlives the call and has the given size.
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        closeSocket(socket)
    }

    /// A pair of connected descriptors through which other threads wake a waiting thread.
    static func pair() throws(ReplayServerError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        // The array has room for both ends.
        guard unsafe socketpair(AF_UNIX, streamType, 0, &ends) == 0 else {
            throw ReplayServerError(.system(code: errno), port: 0)
        }
        for end in ends { prepare(end) }
        return (ends[0], ends[1])
    }

    static func wake(_ descriptor: Int32) { _ = send(descriptor, [1], from: 0) }

    /// Waits until one of the descriptors is ready, at most the given number of milliseconds; −1 for no limit.
    static func wait(for entries: inout [pollfd], milliseconds: Int32) {
        // The array outlives the call. After a failure, the caller tries every entry, and those calls report errors.
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        if count < 0 { for index in entries.indices { entries[index].revents = 0 } }
    }

    /// Raises the limit on open descriptors to what the system allows.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        #if canImport(Glibc) && !canImport(Darwin)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        // The structure outlives the calls.
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        // Darwin refuses more than this, even if the limit is higher.
        let wanted = min(limit.rlim_max, 10_240)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        _ = unsafe setrlimit(resource, &limit)
    }
}

private func systemBind(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    unsafe bind(socket, address, size)
}

private func systemListen(_ socket: Int32, _ backlog: Int32) -> Int32 { listen(socket, backlog) }

private func systemAccept(_ socket: Int32) -> Int32 { accept(socket, nil, nil) }

private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer, _ count: Int, _ flags: Int32) -> Int {
    unsafe send(socket, bytes, count, flags)
}
