/// One connection of the server, without its socket: bytes in, actions out.
///
/// ## Theory of operation
///
/// A client sends requests one after another, and may send the next one before the current response has ended. Only one
/// response is in progress at a time; bytes that arrive meanwhile wait in a bounded buffer. When the server ends the
/// connection, the client may still be sending. Closing the socket at that point would reset the connection and could
/// destroy the end of the response. The server therefore first closes its sending side, and then waits until the client
/// closes (RFC 9112, section 9.6).
package struct ServerConnection: Sendable {
    /// An action for the owner of the socket.
    package enum Action: Sendable, Hashable {
        /// Send `100 Continue`.
        case sendContinue
        /// Send the response to a request.
        case respond(HTTPRequest, bodyHash: UInt64)
        /// Send a response that refuses the client's request.
        case refuse(HTTPRequestError)
        /// Close the sending side, and wait until the client closes its side.
        case shutDown
        /// Close the connection.
        case close
    }

    private enum State {
        /// Between requests, or in one. → `responding`; → `closed`, by the end of the input, also if that came before.
        case reading
        /// Sending a response. → `reading` or `lingering`, by the end of the response.
        case responding
        /// The sending side is closed. → `closed`, by the end of the input or by a timeout.
        case lingering
        case closed
    }

    private var state = State.reading
    private var parser: HTTPRequestParser
    /// Bytes that wait for the end of a response.
    private var input: [UInt8] = []
    private var request: HTTPRequest?
    /// Whether the client has closed its side. Requests received before are still answered.
    private var hasInputEnded = false
    /// The time at which the state began, or the last byte of a request arrived.
    private var lastActivity: Duration

    /// The maximum number of bytes that wait.
    private static let inputLimit = 64 << 10
    /// The timeouts for an unfinished request, an idle connection and a client that does not close.
    package static let requestPatience = Duration.seconds(30)
    package static let idlePatience = Duration.seconds(120)
    package static let closePatience = Duration.seconds(30)

    package init(at time: Duration, limits: HTTPRequestParser.Limits = HTTPRequestParser.Limits()) {
        parser = HTTPRequestParser(limits: limits)
        lastActivity = time
    }

    /// Whether a response is being sent.
    package var isResponding: Bool {
        if case .responding = state { true } else { false }
    }

    /// Whether nothing is in progress, so that the connection may be closed.
    package var isIdle: Bool {
        if case .reading = state { !parser.isInRequest && input.isEmpty } else { false }
    }

    /// Whether the client is expected to close the connection next.
    package var isLingering: Bool {
        if case .lingering = state { true } else { false }
    }

    /// Whether the connection accepts more bytes from the client now.
    package var wantsInput: Bool { input.count < Self.inputLimit }

    /// The deadline unless something happens first; `nil` while a response is being sent.
    package var deadline: Duration? {
        switch state {
        case .reading: lastActivity + (parser.isInRequest ? Self.requestPatience : Self.idlePatience)
        case .lingering: lastActivity + Self.closePatience
        case .responding, .closed: nil
        }
    }

    /// Receives bytes from the client.
    package mutating func receive(_ bytes: [UInt8], at time: Duration) -> [Action] {
        switch state {
        case .reading:
            lastActivity = time
            input += bytes
            return readRequests(at: time)
        case .responding:
            input += bytes
            return []
        // The client may still be sending the rest of its request, which is ignored.
        case .lingering, .closed: return []
        }
    }

    /// Receives the end of the client's input. The client can still receive a response in progress.
    package mutating func receiveEnd() -> [Action] {
        hasInputEnded = true
        switch state {
        case .responding, .closed: return []
        case .reading, .lingering:
            state = .closed
            return [.close]
        }
    }

    /// Receives the end of a response.
    ///
    /// - Parameter keepsConnection: Whether another request may follow.
    package mutating func receiveResponseEnd(keepsConnection: Bool, at time: Duration) -> [Action] {
        lastActivity = time
        guard keepsConnection else {
            state = .lingering
            input = []
            return [.shutDown]
        }
        state = .reading
        let actions = readRequests(at: time)
        if hasInputEnded, case .reading = state {
            state = .closed
            return [.close]
        }
        return actions
    }

    /// Receives the passing of time.
    package mutating func receiveTime(_ time: Duration) -> [Action] {
        guard let deadline, deadline <= time else { return [] }
        if case .reading = state, parser.isInRequest {
            state = .responding
            return [.refuse(HTTPRequestError(status: 408, reason: "the request did not arrive in time"))]
        }
        state = .closed
        return [.close]
    }

    private mutating func readRequests(at time: Duration) -> [Action] {
        var actions: [Action] = []
        var rest = input[...]
        do throws(HTTPRequestError) {
            parsing: while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head):
                    request = head
                    // "A server MAY omit sending a 100 (Continue) response if it has already received some or all of
                    // the content" (RFC 9110, section 10.1.1).
                    if head.fields["expect"] != nil, head.minorVersion > 0, rest.isEmpty {
                        actions.append(.sendContinue)
                    }
                case .end(_, let hash):
                    guard let head = request.take() else { break }
                    state = .responding
                    actions.append(.respond(head, bodyHash: hash))
                    break parsing
                }
            }
        } catch {
            state = .responding
            actions.append(.refuse(error))
            rest = []
        }
        input = Array(rest)
        return actions
    }
}
