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
/// It speaks HTTP/1.1 with persistent connections, and HTTP/1.0. A client that lets the user choose a base URL streams
/// from `server.url`, or from one capture with `server.url + NAME`.
public final class ReplayServer: Sendable {
    /// How captures are served.
    public struct Options: Sendable {
        /// The port; 0 for one that the system chooses.
        public var port: UInt16 = 0
        /// The faults, in order.
        public var faults: [StreamFault] = []
        /// The seed of the random choices. All responses have the same.
        public var seed: UInt64 = 0
        /// Faults apply to every response with a number that this divides, counted over all captures.
        public var every = 1
        /// How fast captures are replayed.
        public var pace = ReplayPace.recorded
        /// The name of the capture that requests for unknown paths get; nil for all in turn.
        public var chosen: String?
        /// The most connections at a time.
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

    /// Creates a server, which listens, and answers once it is started.
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

    /// Creates a server with faults, and with usual options.
    public convenience init(_ captures: [ServedCapture], faults: [StreamFault]) throws(ReplayServerError) {
        var options = Options()
        options.faults = faults
        try self.init(captures, options)
    }

    /// Starts to answer, on a thread of its own.
    public func start() {
        guard control.begin() else { return }
        ServerThread.start { [loop] in loop.run() }
    }

    /// Answers on the calling thread until the server is stopped, or until `interruption` becomes readable.
    package func run(interruption: Int32?) {
        guard control.begin() else { return }
        loop.run(interruption: interruption)
    }

    /// Stops: no more connections are accepted, responses that are being sent may end within the given time, and then
    /// all connections are closed. Returns once they are, if the server was started.
    public func stop(within time: Duration = .zero) {
        control.stop(within: time)
    }

    /// What the client did wrong, so far.
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
        /// No capture has the name that was chosen.
        case unknownCapture(String)
        /// Another error of the system.
        case system(code: CInt)
    }

    public let cause: Cause
    /// The port asked for.
    public let port: UInt16

    init(_ cause: Cause, port: UInt16) {
        self.cause = cause
        self.port = port
    }

    /// What happened, and what to do.
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

/// What the threads of a server share: the judge, and the request to stop.
final class ServerControl: Sendable {
    private struct State {
        var judge = ClientJudge()
        var hasBegun = false
        var hasEnded = false
        /// The time that responses have to end; nil while the server runs.
        var grace: Duration?
    }

    private let state = Locked(State())
    private let wakeup: Int32
    private let start = ContinuousClock.now

    init(wakeup: Int32) { self.wakeup = wakeup }

    /// The time since the server was created.
    var time: Duration { start.duration(to: .now) }

    /// Notes that the loop begins. Returns false if it has begun already, or has been stopped.
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

    /// The time that responses have to end, once the server is to stop.
    var grace: Duration? { state.withLock { $0.grace } }

    func end() { state.withLock { $0.hasEnded = true } }

    func stop(within time: Duration) {
        let waits = state.withLock { state in
            state.grace = min(state.grace ?? time, time)
            return state.hasBegun
        }
        Sockets.wake(wakeup)
        // The loop ends within the time given, and a little. A pause of this thread is simpler than a condition.
        while waits, !state.withLock({ $0.hasEnded }) { usleep(1000) }
    }

    deinit { Sockets.closeSocket(wakeup) }
}

/// A thread without Foundation.
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
        // The function and its argument outlive the thread's beginning: the argument is retained.
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                // Optional on some systems only.
                let pointer: UnsafeMutableRawPointer? = unsafe argument
                // It is the object that `start` has retained.
                if let pointer = unsafe pointer { unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            },
            body
        )
        precondition(code == 0, "a thread cannot be made: error \(code)")
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }
}
