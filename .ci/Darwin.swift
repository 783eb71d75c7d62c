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
