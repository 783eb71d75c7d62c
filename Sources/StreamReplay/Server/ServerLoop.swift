#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// The loop of a server: one thread that waits for all sockets and deadlines, and performs the actions of the machines.
///
/// ## Theory of operation
///
/// Each connection has a ``ServerConnection``, which implements HTTP, and during a response a ``ResponseFeed``, which
/// supplies the bytes. The loop waits with `poll` for readable sockets, for writable ones with pending bytes, and for
/// the next deadline of a feed or a connection. It then moves bytes, and reports to the judge what it observes.
///
/// - Memory: at most a few hundred KiB for each connection.
final class ServerLoop: @unchecked Sendable {
    // Sendable: only the thread that calls `run` uses the mutable properties, and `ServerControl.begin` admits one.

    /// −1 once it is closed.
    private var listener: Int32
    private let wakeups: Int32
    private let captures: [ServedCapture]
    private let names: [String: Int]
    private let options: ReplayServer.Options
    private let control: ServerControl
    private var connections: [Int32: LoopConnection] = [:]
    private var connectionCount = 0
    /// The number of responses with captures, and the next capture in turn.
    private var responseCount = 0
    private var turn = 0
    /// The selected response and the verdicts of each capture, once it has been served.
    private var selections: [Int: ServedSelection] = [:]
    private var verdicts: [Int: [Bool: ServedVerdict]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// The time at which to accept connections again, after the process ran out of descriptors.
    private var acceptTime = Duration.zero

    /// The number of bytes to prepare at a time.
    private static let sendSize = 256 << 10
    /// The number of bytes that one connection may send before the next one gets its turn.
    private static let turnSize = 4 << 20

    init(
        listener: Int32,
        wakeups: Int32,
        _ captures: [ServedCapture],
        _ options: ReplayServer.Options,
        _ control: ServerControl
    ) {
        self.listener = listener
        self.wakeups = wakeups
        self.captures = captures
        self.options = options
        self.control = control
        names = Dictionary(captures.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    deinit {
        closeListener()
        Sockets.closeSocket(wakeups)
    }

    /// The maximum time for responses to end after an interruption.
    private static let interruptionGrace = Duration.seconds(3)

    func run(interruption: Int32? = nil) {
        var stopTime: Duration?
        while true {
            let now = control.time
            if stopTime == nil, let grace = control.grace { stopTime = now + grace }
            if stopTime != nil { closeListener() }
            if let stopTime, stopTime <= now || !connections.values.contains(where: { $0.isEnding }) { break }
            var entries: [pollfd] = []
            entries.append(pollfd(fd: wakeups, events: Int16(POLLIN), revents: 0))
            let accepts = stopTime == nil && acceptTime <= now && connections.count < options.connectionLimit
            entries.append(pollfd(fd: accepts ? listener : -1, events: Int16(POLLIN), revents: 0))
            entries.append(pollfd(fd: stopTime == nil ? interruption ?? -1 : -1, events: Int16(POLLIN), revents: 0))
            var deadline = stopTime
            if acceptTime > now { deadline = min(deadline ?? acceptTime, acceptTime) }
            let all = Array(connections.values)
            for connection in all {
                entries.append(pollfd(fd: connection.socket, events: connection.events, revents: 0))
                if let time = connection.deadline { deadline = min(deadline ?? time, time) }
            }
            Sockets.wait(for: &entries, milliseconds: deadline.map { Self.milliseconds(until: $0, from: now) } ?? -1)
            if entries[0].revents != 0 { _ = Sockets.receive(wakeups, into: &buffer) }
            if entries[2].revents != 0 { stopTime = control.time + Self.interruptionGrace }
            for (connection, entry) in zip(all, entries.dropFirst(3)) { advance(connection, entry) }
            if entries[1].revents != 0 { accept() }
        }
        closeListener()
        for connection in Array(connections.values) { close(connection, byClient: false) }
        control.end()
    }

    private func closeListener() {
        if listener >= 0 { Sockets.closeSocket(listener) }
        listener = -1
    }

    private static func milliseconds(until time: Duration, from now: Duration) -> Int32 {
        let left = time - now
        if left <= .zero { return 0 }
        if left > .seconds(3600) { return 3_600_000 }
        let (seconds, attoseconds) = left.components
        // Rounded up, so that the deadline has passed.
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    // MARK: Connections

    private func accept() {
        do throws(ReplayServerError) {
            while connections.count < options.connectionLimit, let socket = try Sockets.accept(listener) {
                connectionCount += 1
                let id = connectionCount
                connections[socket] = LoopConnection(socket, id: id, at: control.time)
                control.judge { $0.receiveConnection(id) }
            }
        } catch {
            // Usually, the process is out of descriptors. Try again when some may be free.
            acceptTime = control.time + .milliseconds(100)
        }
    }

    private func close(_ connection: LoopConnection, byClient: Bool, resets: Bool = false) {
        guard connections.removeValue(forKey: connection.socket) != nil else { return }
        connection.isClosed = true
        if resets { Sockets.reset(connection.socket) } else { Sockets.closeSocket(connection.socket) }
        let time = control.time
        control.judge { $0.receiveClose(connection.id, byClient: byClient, at: time) }
    }

    /// Moves as many bytes as possible on a connection.
    private func advance(_ connection: LoopConnection, _ entry: pollfd) {
        if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
            if !read(connection) { return }
            // Both sides are closed, or the connection was reset: there is nothing to wait for.
            if entry.revents & Int16(POLLHUP | POLLERR) != 0, connection.events & Int16(POLLIN) == 0 {
                return close(connection, byClient: true)
            }
        }
        let time = control.time
        carryOut(connection.machine.receiveTime(time), connection)
        write(connection)
    }

    /// Reads bytes from the client. Returns whether the connection still exists.
    private func read(_ connection: LoopConnection) -> Bool {
        while connection.machine.wantsInput, !connection.hasInputEnded {
            switch Sockets.receive(connection.socket, into: &buffer) {
            case .bytes(let count):
                carryOut(connection.machine.receive(Array(buffer[..<count]), at: control.time), connection)
                if connection.isClosed { return false }
            case .notReady: return true
            case .end:
                connection.hasInputEnded = true
                carryOut(connection.machine.receiveEnd(), connection)
                return !connection.isClosed
            case .failed:
                close(connection, byClient: true)
                return false
            }
        }
        return true
    }

    private func carryOut(_ actions: [ServerConnection.Action], _ connection: LoopConnection) {
        for action in actions {
            switch action {
            case .sendContinue: connection.output += Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            case .respond(let request, let hash): respond(to: request, bodyHash: hash, connection)
            case .refuse(let error):
                let bytes = OwnResponse.refusal(error.status, error.reason, for: nil, closes: true)
                connection.begin(bytes, keepsConnection: false)
            case .shutDown:
                Sockets.shutDown(connection.socket)
                if connection.hasInputEnded { close(connection, byClient: true) }
            case .close: close(connection, byClient: connection.hasInputEnded)
            }
            if connection.isClosed { return }
        }
    }

    // MARK: Responses

    private func respond(to request: HTTPRequest, bodyHash: UInt64, _ connection: LoopConnection) {
        let path = request.path
        let closes = !request.keepsConnection
        func own(_ bytes: [UInt8]) { connection.begin(bytes, keepsConnection: !closes) }
        guard ["GET", "HEAD", "POST"].contains(request.method) else {
            let fields = [("allow", "GET, HEAD, POST")]
            let reason = "the server supports only GET, HEAD and POST"
            return own(OwnResponse.refusal(405, reason, for: request, fields: fields, closes: closes))
        }
        switch path {
        case "/" where request.method != "POST": return own(Listing.response(captures, options.faults, for: request))
        case "/report", "/report.json", "/report.txt":
            let report = control.report()
            let isJSON =
                path == "/report.json" || (path == "/report" && request.acceptedTypes.contains("application/json"))
            let type = isJSON ? "application/json" : "text/plain; charset=utf-8"
            return own(OwnResponse.make(200, type, isJSON ? report.json : report.text, for: request, closes: closes))
        default: break
        }
        guard let index = capture(at: path, for: request) else {
            let reason = "there is no capture at this path; GET / lists them, and POST of any path streams one"
            return own(OwnResponse.refusal(404, reason, for: request, closes: closes))
        }
        do throws(CaptureError) {
            try stream(index, to: request, bodyHash: bodyHash, connection)
        } catch {
            own(OwnResponse.refusal(500, "the capture cannot be read: \(error.reason)", for: request, closes: closes))
        }
    }

    /// The capture that matches the beginning of a path, or the chosen one, or the next in turn.
    private func capture(at path: String, for request: HTTPRequest) -> Int? {
        var name = path.dropFirst()
        while !name.isEmpty {
            if let index = names[String(name)] { return index }
            name = name[..<(name.lastIndex(of: "/") ?? name.startIndex)]
        }
        if let chosen = options.chosen, let index = names[chosen] { return index }
        guard !captures.isEmpty, request.method == "POST" || captures.count == 1 else { return nil }
        defer { turn = (turn + 1) % captures.count }
        return turn
    }

    private func stream(
        _ index: Int,
        to request: HTTPRequest,
        bodyHash: UInt64,
        _ connection: LoopConnection
    ) throws(CaptureError) {
        let isHead = request.method == "HEAD"
        if !isHead { responseCount += 1 }
        let hasFaults = !options.faults.isEmpty && (isHead || responseCount.isMultiple(of: max(1, options.every)))
        let verdict = try verdict(of: index, hasFaults: hasFaults)
        connection.begin(try feed(index, hasFaults: hasFaults, for: request), at: control.time)
        guard !isHead else { return }
        let identity = ClientJudge.Identity(method: request.method, path: request.path, bodyHash: bodyHash)
        let (name, time) = (captures[index].name, control.time)
        control.judge { $0.receiveAttempt(connection.id, identity, capture: name, served: verdict, at: time) }
    }

    private func feed(_ index: Int, hasFaults: Bool, for request: HTTPRequest) throws(CaptureError) -> ResponseFeed {
        let selection: ServedSelection
        if let known = selections[index] { selection = known } else { selection = try captures[index].selection() }
        selections[index] = selection
        return ResponseFeed(
            captures[index],
            selection,
            faults: hasFaults ? options.faults : [],
            seed: options.seed,
            pace: options.pace,
            request: request
        )
    }

    private func verdict(of index: Int, hasFaults: Bool) throws(CaptureError) -> ServedVerdict {
        if let known = verdicts[index]?[hasFaults] { return known }
        let request = HTTPRequest(method: "GET", target: "/", minorVersion: 1)
        let verdict = ServedVerdict(try feed(index, hasFaults: hasFaults, for: request))
        verdicts[index, default: [:]][hasFaults] = verdict
        return verdict
    }

    /// Sends as many bytes as possible.
    private func write(_ connection: LoopConnection) {
        // One fast connection must not starve the others.
        var room = Self.turnSize
        while !connection.isClosed, room > 0 {
            if connection.isDrained {
                guard refill(connection) else { return }
                continue
            }
            switch Sockets.send(connection.socket, connection.output, from: connection.sent) {
            case .bytes(let count):
                connection.sent += count
                room -= count
                connection.delivered += count
                if connection.isDrained {
                    let (id, delivered) = (connection.id, connection.delivered)
                    control.judge { $0.receiveDelivery(id, bytes: delivered) }
                }
            case .notReady: return
            case .end, .failed: return close(connection, byClient: true)
            }
        }
    }

    /// Prepares more bytes, or ends the response. Returns whether there is more to do.
    private func refill(_ connection: LoopConnection) -> Bool {
        connection.output.removeAll(keepingCapacity: true)
        connection.sent = 0
        guard connection.machine.isResponding else { return false }
        let time = control.time
        guard let feed = connection.feed else {
            return end(connection, keepsConnection: connection.keepsConnection, .kept)
        }
        let status = feed.fill(&connection.output, upTo: Self.sendSize, at: time - connection.start)
        connection.wait = nil
        if connection.isStalled {
            if case .stall = status {
            } else {
                connection.isStalled = false
                control.judge { $0.receiveStallEnd(connection.id, at: time) }
            }
        }
        // Send the prepared bytes before the state changes.
        guard connection.isDrained else { return true }
        switch status {
        case .more: return true
        case .wait(let until): connection.wait = connection.start + until
        case .stall(let until):
            connection.wait = until.map { connection.start + $0 }
            if !connection.isStalled {
                connection.isStalled = true
                control.judge { $0.receiveStall(connection.id, at: time) }
            }
        case .ended(.reset, _):
            control.judge { $0.receiveResponseEnd(connection.id, .gone, at: time) }
            close(connection, byClient: false, resets: true)
            return false
        case .ended(let ending, let keepsConnection):
            let isEnd = ending != .complete || (!keepsConnection && feed.announcesClose)
            return end(connection, keepsConnection: keepsConnection, isEnd ? .shutDown : .kept)
        }
        // A client that has closed its side while there is nothing to send has disconnected.
        if connection.hasInputEnded { close(connection, byClient: true) }
        return false
    }

    private func end(_ connection: LoopConnection, keepsConnection: Bool, _ end: ClientJudge.ResponseEnd) -> Bool {
        let time = control.time
        connection.feed = nil
        connection.wait = nil
        control.judge { $0.receiveResponseEnd(connection.id, end, at: time) }
        let keeps = keepsConnection && listener >= 0
        carryOut(connection.machine.receiveResponseEnd(keepsConnection: keeps, at: time), connection)
        return !connection.isClosed
    }
}
