internal import MessageStream

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A server on the loopback interface that replays captures to any client, with faults, and judges the client.
///
///     let capture = try CapturedStream(contentsOf: "answer.sse")
///     let server = try ReplayServer([ServedCapture(name: "answer", capture)], faults: [StreamFault("cut:after=5")])
///     server.start()
///     … // let the client send requests to server.url
///     server.stop()
///     #expect(server.report().isClean)
///
/// | request | response |
/// |---|---|
/// | `GET /` | the list of captures, as HTML or as text |
/// | `GET /NAME`, and any path below `/NAME/` | the capture of that name |
/// | `POST` of any other path, such as `/v1/messages` | the chosen capture, or all captures in turn |
/// | `GET /report`, `/report.json` | what the client did wrong |
///
/// The server speaks HTTP/1.1 with persistent connections, and HTTP/1.0. A client with a configurable base URL streams
/// from `server.url`, or from a single capture with `server.url + NAME`.
public final class ReplayServer: Sendable {
    /// How captures are served.
    public struct Options: Sendable {
        /// The port, or 0 to let the system choose one.
        public var port: UInt16 = 0
        /// The faults, in order.
        public var faults: [StreamFault] = []
        /// The seed of the random choices, the same for all responses.
        public var seed: UInt64 = 0
        /// The interval at which faults apply: to every response whose number, counted over all captures, is a multiple
        /// of it.
        public var every = 1
        /// How fast captures are replayed.
        public var pace = ReplayPace.recorded
        /// The name of the capture that requests for unknown paths receive; `nil` for all captures in turn.
        public var chosen: String?
        /// The maximum number of concurrent connections.
        public var connectionLimit = 4096

        /// Creates options.
        public init() {}
    }

    /// The port.
    public let port: UInt16
    /// The URL of the list of captures, with a slash at its end.
    public var url: String { "http://127.0.0.1:\(port)/" }

    private let loop: ServerLoop
    private let control: ServerControl

    /// Creates a server that listens. It responds to requests once it is started.
    ///
    /// - Parameters:
    ///   - captures: The captures. If two have the same name, the first one is served.
    ///   - options: How they are served.
    /// - Throws: ``ReplayServerError`` if the port cannot be used.
    public init(_ captures: [ServedCapture], _ options: Options = Options()) throws(ReplayServerError) {
        if let chosen = options.chosen, !captures.contains(where: { $0.name.utf8.elementsEqual(chosen.utf8) }) {
            throw ReplayServerError(.unknownCapture(chosen), port: options.port)
        }
        Sockets.raiseDescriptorLimit()
        let (listener, port) = try Sockets.listen(port: options.port)
        do throws(ReplayServerError) {
            let ends = try Sockets.pair()
            self.port = port
            control = ServerControl(wakeup: ends.writing)
            loop = ServerLoop(listener: listener, wakeups: ends.reading, captures, options, control)
        } catch {
            Sockets.closeSocket(listener)
            throw error
        }
    }

    /// Creates a server with faults and default options.
    public convenience init(_ captures: [ServedCapture], faults: [StreamFault]) throws(ReplayServerError) {
        var options = Options()
        options.faults = faults
        try self.init(captures, options)
    }

    /// Starts to respond to requests, on its own thread.
    public func start() {
        guard control.begin() else { return }
        ServerThread.start { [loop] in loop.run() }
    }

    /// Responds to requests on the calling thread until the server is stopped, or until `interruption` becomes
    /// readable.
    package func run(interruption: Int32?) {
        guard control.begin() else { return }
        loop.run(interruption: interruption)
    }

    /// Stops the server. It accepts no more connections, lets responses in progress end within the given time, and then
    /// closes all connections. If the server was started, the method returns once they are closed.
    public func stop(within time: Duration = .zero) {
        control.stop(within: time)
    }

    /// The report on the client so far.
    public func report() -> ClientReport { control.report() }

    deinit { control.stop(within: .zero) }
}

/// A server that cannot start.
public struct ReplayServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why it cannot start.
    @nonexhaustive
    public enum Cause: Sendable, Hashable {
        /// Another process listens on the port.
        case portInUse
        /// The system reserves the port.
        case portNotAllowed
        /// No capture has the chosen name.
        case unknownCapture(String)
        /// Another error of the system.
        case system(code: CInt)
    }

    public let cause: Cause
    /// The requested port.
    public let port: UInt16

    init(_ cause: Cause, port: UInt16) {
        self.cause = cause
        self.port = port
    }

    /// A description of the error, and of what to do.
    public var description: String {
        switch cause {
        case .portInUse: "port \(port) is in use; choose another one, or 0 for any free port"
        case .portNotAllowed: "port \(port) is reserved for the system; choose one above 1023, or 0 for any free port"
        case .unknownCapture(let name): "there is no capture '\(Excerpt.shorten(name))'; choose one of those served"
        case .system(let code):
            // `strerror` returns a NUL-terminated string, which is copied here.
            "the server cannot listen: \(unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)")"
        }
    }
}

/// The state shared by the threads of a server: the judge, and the request to stop.
final class ServerControl: Sendable {
    private struct State {
        var judge = ClientJudge()
        var hasBegun = false
        var hasEnded = false
        /// The time within which responses must end; `nil` while the server runs.
        var grace: Duration?
    }

    private let state = Locked(State())
    private let wakeup: Int32
    private let start = ContinuousClock.now

    init(wakeup: Int32) { self.wakeup = wakeup }

    /// The time since the server was created.
    var time: Duration { start.duration(to: .now) }

    /// Records that the loop begins. Returns false if it has already begun, or has been stopped.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.hasBegun, state.grace == nil else { return false }
            state.hasBegun = true
            return true
        }
    }

    func judge(_ body: (inout ClientJudge) -> Void) { state.withLock { body(&$0.judge) } }

    func report() -> ClientReport {
        let time = time
        return state.withLock { $0.judge.report(at: time) }
    }

    /// The time within which responses must end, once the server is to stop.
    var grace: Duration? { state.withLock { $0.grace } }

    func end() { state.withLock { $0.hasEnded = true } }

    func stop(within time: Duration) {
        let waits = state.withLock { state in
            state.grace = min(state.grace ?? time, time)
            return state.hasBegun
        }
        Sockets.wake(wakeup)
        // The loop ends shortly after the given time. A pause of this thread is simpler than a condition.
        while waits, !state.withLock({ $0.hasEnded }) { usleep(1000) }
    }

    deinit { Sockets.closeSocket(wakeup) }
}

/// A thread that does not require Foundation.
enum ServerThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        // The thread takes over the reference.
        let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        // The function and its argument outlive the start of the thread: the argument is retained.
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                // Optional on some systems only.
                let pointer: UnsafeMutableRawPointer? = unsafe argument
                // This is the object that `start` retained.
                if let pointer = unsafe pointer { unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            },
            body
        )
        precondition(code == 0, "a thread cannot be created: error \(code)")
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }
}
