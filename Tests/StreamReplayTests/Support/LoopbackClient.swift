import Foundation
import HTTPResponseParsing

/// A plain client: a connection to a port of the loopback interface, with blocking calls that time out after ten
/// seconds.
final class LoopbackClient {
    private let socket: Int32

    struct Failure: Error { var code: Int32 }

    init(port: UInt16) throws {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        socket = Foundation.socket(AF_INET, type, 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        // The structure outlives the call and has the given size.
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // The structure is a complete address and outlives the call.
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw Failure(code: errno) }
    }

    deinit { close(socket) }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // The bytes outlive the call.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.send(socket, $0.baseAddress, $0.count, noSignal)
            }
            guard count > 0 else { throw Failure(code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Closes the sending side.
    func shutDown() { _ = shutdown(socket, Int32(SHUT_WR)) }

    /// The next bytes; empty at the end.
    func read(atMost count: Int = 64 << 10) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        // The buffer is used only during the call.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        if count < 0 { throw Failure(code: errno) }
        return Array(buffer[..<count])
    }

    func readToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read()
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    /// A response, delimited by its framing.
    struct Response {
        var head: ResponseHead?
        var body: [UInt8] = []
        var isComplete = false
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Sends a request and reads its response, up to its end or that of the connection.
    func request(_ method: String = "GET", _ path: String, body: String? = nil, fields: String = "") throws -> Response
    {
        let length = body.map { "content-length: \($0.utf8.count)\r\n" } ?? ""
        try send("\(method) \(path) HTTP/1.1\r\nhost: localhost\r\n\(fields)\(length)\r\n\(body ?? "")")
        return try response(to: method)
    }

    func response(to method: String = "GET") throws -> Response {
        var response = Response()
        var parser = HTTPResponseParser()
        while true {
            let bytes = try read(atMost: 1)
            if bytes.isEmpty { return response }
            // `UInt8` has no padding bytes.
            var rest = unsafe bytes.span.bytes
            while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head):
                    response.head = head
                    if method == "HEAD" { return response }
                case .body(let piece): unsafe piece.withUnsafeBytes { unsafe response.body.append(contentsOf: $0) }
                case .end:
                    response.isComplete = true
                    return response
                @unknown default: break
                }
            }
        }
    }

    #if canImport(Darwin)
        private let noSignal: Int32 = 0
    #else
        private let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}
