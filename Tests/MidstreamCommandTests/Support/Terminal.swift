import Foundation
import MessageStream
import Testing

/// A pseudoterminal whose master end belongs to the test.
final class Terminal {
    private let master: FileHandle
    /// The end for the process.
    let slave: FileHandle

    /// The system cannot provide a terminal.
    struct Unavailable: Error {
        var code: Int32
    }

    init() throws {
        let (master, name) = try Self.open()
        self.master = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        // The name is used only during the call.
        let slave = unsafe Foundation.open(name, O_RDWR | O_NOCTTY)
        guard slave >= 0 else { throw Unavailable(code: errno) }
        // The terminal passes the output through unchanged.
        var settings = termios()
        unsafe tcgetattr(slave, &settings)
        settings.c_oflag &= ~tcflag_t(OPOST)
        unsafe tcsetattr(slave, TCSANOW, &settings)
        self.slave = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    }

    /// Opens a master and returns it with the name of its slave.
    private static func open() throws -> (master: Int32, name: String) {
        // The name is used only during the call.
        let master = unsafe Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
        guard master >= 0 else { throw Unavailable(code: errno) }
        #if os(Linux)
            // The module does not export the C library functions for this. The numbers are TIOCSPTLCK and TIOCGPTN; the
            // values outlive the calls.
            var (locked, number): (Int32, Int32) = (0, 0)
            guard unsafe ioctl(master, 0x4004_5431, &locked) == 0, unsafe ioctl(master, 0x8004_5430, &number) == 0
            else { throw Unavailable(code: errno) }
            return (master, "/dev/pts/\(number)")
        #else
            // The name is copied here.
            guard grantpt(master) == 0, unlockpt(master) == 0,
                let name = unsafe ptsname(master).map({ unsafe String(cString: $0) })
            else { throw Unavailable(code: errno) }
            return (master, name)
        #endif
    }

    /// Runs the command with this terminal as its standard output and standard error.
    ///
    /// - Parameters:
    ///   - columns: The width of the terminal; 0 if unknown.
    ///   - environment: Variables to set.
    /// - Returns: The bytes that the terminal received, and the exit status.
    func run(
        _ arguments: [String],
        input: [UInt8] = [],
        columns: UInt16 = 0,
        environment: [String: String] = [:]
    ) async throws -> (shown: [UInt8], status: Int32) {
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        // The structure outlives the call.
        _ = unsafe ioctl(master.fileDescriptor, UInt(TIOCSWINSZ), &size)
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = Command.executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: folder.file("input", input))
        process.standardOutput = slave
        process.standardError = slave
        let master = self.master.fileDescriptor
        // Read on a dedicated thread, because the concurrency pool has only a few.
        let reading = Locked<[UInt8]?>(nil)
        let thread = Thread {
            let bytes = readAll(master)
            reading.withLock { $0 = bytes }
        }
        thread.start()
        let end = try await process.runToItsEnd()
        // The reader finishes when no process has the slave end open.
        try slave.close()
        #expect(!end.isSignal)
        while true {
            if let bytes = reading.withLock({ $0 }) { return (bytes, end.status) }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

/// Reads the output of a terminal until no process has the slave end open.
private func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        // The buffer is used only during the call.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        // EIO on Linux, or the end of file: no process has the slave end open.
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}
