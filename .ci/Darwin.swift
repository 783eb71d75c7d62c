// A stand-in for the module Darwin: what the modules without Foundation use of it. `apple-check` type-checks against it;
// nothing runs it. If these modules come to use more of the C library, declare that here.

public typealias mode_t = UInt16
public typealias nfds_t = UInt32

public struct pthread_mutex_t {}
public struct pthread_mutexattr_t {}

public struct pollfd {
    public var revents: Int16
    public init(fd: Int32, events: Int16, revents: Int16) { self.revents = revents }
}

public struct stat {
    public var st_mode: mode_t = 0
    public var st_dev: Int32 = 0
    public var st_ino: UInt64 = 0
    public var st_size: Int64 = 0
    public init() {}
}

public struct DIR {}

public struct dirent {
    public var d_name: (CChar, CChar) = (0, 0)
}

public var errno: Int32 {
    get { 0 }
    set {}
}
public let EINTR: Int32 = 4
public let EISDIR: Int32 = 21
public let ESPIPE: Int32 = 29
public let AT_FDCWD: Int32 = -2
public let EAGAIN: Int32 = 35
public let EOVERFLOW: Int32 = 84
public let EWOULDBLOCK: Int32 = 35
public let O_RDONLY: Int32 = 0
public let O_NONBLOCK: Int32 = 4
public let O_CLOEXEC: Int32 = 0x0100_0000
public let POLLIN: Int32 = 1
public let STDIN_FILENO: Int32 = 0
public let S_IFMT: mode_t = 0o170000
public let S_IFDIR: mode_t = 0o040000
public let S_IFBLK: mode_t = 0o060000
public let S_IFREG: mode_t = 0o100000

public func free(_: UnsafeMutableRawPointer!) {}
public func realloc(_: UnsafeMutableRawPointer!, _: Int) -> UnsafeMutableRawPointer! { nil }
public func memchr(_: UnsafeRawPointer!, _: Int32, _: Int) -> UnsafeMutableRawPointer! { nil }
public func memcmp(_: UnsafeRawPointer!, _: UnsafeRawPointer!, _: Int) -> Int32 { 0 }
public func strlen(_: UnsafePointer<CChar>!) -> Int { 0 }
public func strcmp(_: UnsafePointer<CChar>!, _: UnsafePointer<CChar>!) -> Int32 { 0 }
public func strerror(_: Int32) -> UnsafeMutablePointer<CChar>! { nil }

public typealias Lock = UnsafeMutablePointer<pthread_mutex_t>
@discardableResult
public func pthread_mutex_init(_: Lock, _: UnsafePointer<pthread_mutexattr_t>?) -> Int32 { 0 }
@discardableResult
public func pthread_mutex_destroy(_: Lock) -> Int32 { 0 }
@discardableResult
public func pthread_mutex_lock(_: Lock) -> Int32 { 0 }
@discardableResult
public func pthread_mutex_unlock(_: Lock) -> Int32 { 0 }

public func open(_: UnsafePointer<CChar>, _: Int32) -> Int32 { 0 }
@discardableResult
public func close(_: Int32) -> Int32 { 0 }
public func read(_: Int32, _: UnsafeMutableRawPointer!, _: Int) -> Int { 0 }
public func fstat(_: Int32, _: UnsafeMutablePointer<stat>!) -> Int32 { 0 }
public func fstatat(_: Int32, _: UnsafePointer<CChar>!, _: UnsafeMutablePointer<stat>!, _: Int32) -> Int32 { 0 }
public func opendir(_: UnsafePointer<CChar>!) -> UnsafeMutablePointer<DIR>! { nil }
public func readdir(_: UnsafeMutablePointer<DIR>!) -> UnsafeMutablePointer<dirent>! { nil }
public func closedir(_: UnsafeMutablePointer<DIR>!) -> Int32 { 0 }
public func poll(_: UnsafeMutablePointer<pollfd>!, _: nfds_t, _: Int32) -> Int32 { 0 }

// Sockets and threads.

public typealias sa_family_t = UInt8
public typealias socklen_t = UInt32

public struct sockaddr {}
public struct in_addr {
    public var s_addr: UInt32 = 0
}
public struct sockaddr_in {
    public var sin_family: sa_family_t = 0
    public var sin_port: UInt16 = 0
    public var sin_addr = in_addr()
    public init() {}
}
public struct linger {
    public init(l_onoff: Int32, l_linger: Int32) {}
}
public struct rlimit {
    public var rlim_cur: UInt64 = 0
    public var rlim_max: UInt64 = 0
    public init() {}
}

public let EACCES: Int32 = 13
public let EADDRINUSE: Int32 = 48
public let ECONNABORTED: Int32 = 53
public let POLLOUT: Int32 = 4
public let POLLERR: Int32 = 8
public let POLLHUP: Int32 = 16
public let F_SETFD: Int32 = 2
public let F_SETFL: Int32 = 4
public let FD_CLOEXEC: Int32 = 1
public let AF_UNIX: Int32 = 1
public let AF_INET: Int32 = 2
public let SOCK_STREAM: Int32 = 1
public let SOL_SOCKET: Int32 = 0xFFFF
public let SO_REUSEADDR: Int32 = 4
public let SO_LINGER: Int32 = 0x80
public let SO_NOSIGPIPE: Int32 = 0x1022
public let IPPROTO_TCP: Int32 = 6
public let TCP_NODELAY: Int32 = 1
public let SHUT_WR: Int32 = 1
public let RLIMIT_NOFILE: Int32 = 8

public func socket(_: Int32, _: Int32, _: Int32) -> Int32 { 0 }
public func socketpair(_: Int32, _: Int32, _: Int32, _: UnsafeMutablePointer<Int32>!) -> Int32 { 0 }
public func bind(_: Int32, _: UnsafePointer<sockaddr>!, _: socklen_t) -> Int32 { 0 }
public func listen(_: Int32, _: Int32) -> Int32 { 0 }
public func accept(
    _: Int32,
    _: UnsafeMutablePointer<sockaddr>!,
    _: UnsafeMutablePointer<socklen_t>!
) -> Int32 { 0 }
public func getsockname(
    _: Int32,
    _: UnsafeMutablePointer<sockaddr>!,
    _: UnsafeMutablePointer<socklen_t>!
) -> Int32 { 0 }
public func setsockopt(_: Int32, _: Int32, _: Int32, _: UnsafeRawPointer!, _: socklen_t) -> Int32 { 0 }
public func shutdown(_: Int32, _: Int32) -> Int32 { 0 }
public func recv(_: Int32, _: UnsafeMutableRawPointer!, _: Int, _: Int32) -> Int { 0 }
public func send(_: Int32, _: UnsafeRawPointer!, _: Int, _: Int32) -> Int { 0 }
public func fcntl(_: Int32, _: Int32, _: Int32) -> Int32 { 0 }
public func getrlimit(_: Int32, _: UnsafeMutablePointer<rlimit>!) -> Int32 { 0 }
public func setrlimit(_: Int32, _: UnsafePointer<rlimit>!) -> Int32 { 0 }
@discardableResult
public func usleep(_: UInt32) -> Int32 { 0 }

public struct pthread_attr_t {}
public typealias pthread_t = OpaquePointer
public func pthread_create(
    _: UnsafeMutablePointer<pthread_t?>!,
    _: UnsafePointer<pthread_attr_t>?,
    _: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> Int32 { 0 }
@discardableResult
public func pthread_detach(_: pthread_t) -> Int32 { 0 }
