#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import MessageStream

    /// The sessions that have the tasks of the exchanges of one session of the user, a task each.
    ///
    /// ## Theory of operation
    ///
    /// FoundationNetworking asks the delegate of the session, and has none for a task. The user's session has the user's
    /// delegate, or none. So each task belongs to another session with the same configuration, but without a cache.
    ///
    /// A session whose task succeeded is kept for a while, with the connection that it left open. The next request uses
    /// both. A session whose task failed, or was given up, is ended. So no session ever has two tasks: the time that
    /// FoundationNetworking takes for what happens to a task grows with the number of tasks of its session, and a
    /// thousand streams of one session take minutes.
    package enum SessionPool {
        private struct Idle {
            let session: TaskSession
            let since: ContinuousClock.Instant
        }

        private struct Entry {
            weak let user: URLSession?
            /// The sessions without a task, the one that was used last at the end.
            var idle: [Idle] = []
        }

        private struct State {
            var entries: [ObjectIdentifier: Entry] = [:]
            /// Whether a sweep will come.
            var isSweepDue = false

            /// Removes the sessions that have been idle since `deadline`, and those of sessions that no longer exist.
            mutating func removeExpired(_ deadline: ContinuousClock.Instant) -> [TaskSession] {
                var expired: [TaskSession] = []
                for (key, entry) in entries {
                    let count = entry.user == nil ? entry.idle.count : entry.idle.prefix { $0.since <= deadline }.count
                    expired += entry.idle.prefix(count).map(\.session)
                    entries[key]?.idle.removeFirst(count)
                    if count == entry.idle.count { entries[key] = nil }
                }
                return expired
            }
        }

        private static let state = Locked(State())
        /// How many sessions without a task are kept for one of the user.
        private static var idleLimit: Int { 16 }
        /// For how many seconds.
        private static var idleSeconds: Int { 30 }

        /// A session without a task, which belongs to the caller.
        static func take(for user: URLSession) -> TaskSession {
            let idle = state.withLock { state in
                // Not those of a session that is gone, whose place in memory this one has.
                let isOfUser = state.entries[ObjectIdentifier(user)]?.user === user
                return isOfUser ? state.entries[ObjectIdentifier(user)]?.idle.popLast()?.session : nil
            }
            return idle ?? TaskSession(of: user)
        }

        /// Keeps a session whose task has ended well.
        fileprivate static func giveBack(_ session: TaskSession) {
            guard let user = session.user else { return session.end() }
            let (surplus, startsSweep) = state.withLock { state in
                var entry = state.entries[ObjectIdentifier(user)] ?? Entry(user: user)
                var surplus: [Idle] = []
                if entry.user == nil {
                    surplus = entry.idle
                    entry = Entry(user: user)
                }
                entry.idle.append(Idle(session: session, since: .now))
                if entry.idle.count > idleLimit { surplus.append(entry.idle.removeFirst()) }
                state.entries[ObjectIdentifier(user)] = entry
                defer { state.isSweepDue = true }
                return (surplus, !state.isSweepDue)
            }
            for idle in surplus { idle.session.end() }
            if startsSweep { sweepLater() }
        }

        /// Ends the sessions that have been idle since `deadline`, and those of sessions that no longer exist.
        package static func endIdle(since deadline: ContinuousClock.Instant) {
            for session in state.withLock({ $0.removeExpired(deadline) }) { session.end() }
        }

        private static func sweepLater() {
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(idleSeconds)) {
                endIdle(since: .now - .seconds(idleSeconds))
                let goesOn = state.withLock { state in
                    state.isSweepDue = !state.entries.isEmpty
                    return state.isSweepDue
                }
                if goesOn { sweepLater() }
            }
        }
    }

    /// A session with one task at a time: it passes on what the session tells to the exchange of that task.
    ///
    /// The session passes data on by an operation on the delegate's queue, without bound. So that queue runs an operation
    /// at once, on the thread that adds it.
    final class TaskSession: NSObject, URLSessionDataDelegate, Sendable {
        private struct State {
            weak var user: URLSession?
            /// Made after this object, which is its delegate. It keeps this object until it is invalidated.
            var session: URLSession?
            /// The exchange of the task, from the making of the task to its end.
            var exchange: URLSessionExchange?
        }

        private let state: Locked<State>

        fileprivate init(of user: URLSession) {
            state = Locked(State(user: user))
            super.init()
            guard let configuration = user.configuration.copy() as? URLSessionConfiguration else {
                preconditionFailure("a copy of a configuration is one")
            }
            // A task cancelled during the cache look-up fails after its session has forgotten it, which ends the process.
            configuration.urlCache = nil
            let session = URLSession(configuration: configuration, delegate: self, delegateQueue: ImmediateQueue())
            state.withLock { $0.session = session }
        }

        fileprivate var user: URLSession? { state.withLock { $0.user } }

        /// Makes a task, which is not yet resumed.
        func makeTask(for request: URLRequest, of exchange: URLSessionExchange) -> URLSessionTask? {
            let session = state.withLock { state in
                state.exchange = exchange
                return state.session
            }
            return session?.dataTask(with: request)
        }

        /// Ends the session if its task is that of `exchange`, which is given up.
        func end(_ exchange: URLSessionExchange) {
            let session = state.withLock { state in
                guard state.exchange === exchange else { return nil as URLSession? }
                state.exchange = nil
                return state.session.take()
            }
            session?.finishTasksAndInvalidate()
        }

        /// Ends the session, which has no task.
        fileprivate func end() {
            state.withLock { $0.session.take() }?.finishTasksAndInvalidate()
        }

        private var exchange: URLSessionExchange? { state.withLock { $0.exchange } }

        // MARK: What the session tells

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest,
            completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) {
            guard let exchange else { return completionHandler(nil) }
            exchange.urlSession(
                session,
                task: task,
                willPerformHTTPRedirection: response,
                newRequest: request,
                completionHandler: completionHandler
            )
        }

        func urlSession(
            _ session: URLSession,
            dataTask: URLSessionDataTask,
            didReceive response: URLResponse,
            completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
        ) {
            guard let exchange else { return completionHandler(.allow) }
            exchange.urlSession(session, dataTask: dataTask, didReceive: response, completionHandler: completionHandler)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            exchange?.urlSession(session, dataTask: dataTask, didReceive: data)
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            let (exchange, isUsable) = state.withLock { state in
                let exchange = state.exchange.take()
                return (exchange, exchange != nil && error == nil && state.session != nil)
            }
            // First, so that a request that follows the end of this one finds the session.
            if isUsable { SessionPool.giveBack(self) } else { end() }
            exchange?.urlSession(session, task: task, didCompleteWithError: error)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            guard let exchange else { return completionHandler(.cancelAuthenticationChallenge, nil) }
            exchange.urlSession(session, task: task, didReceive: challenge, completionHandler: completionHandler)
        }
    }

    /// Runs each operation at once, on the thread that adds it.
    private final class ImmediateQueue: OperationQueue, @unchecked Sendable {
        // No state of its own: as safe as its superclass.
        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            block()
        }
    }

    extension URLSession {
        /// Whether the user has invalidated the session. A task of it would end the process.
        ///
        /// FoundationNetworking tells only by a stored property without public access. Where there is none of that name,
        /// the answer is no.
        var isInvalidated: Bool {
            guard let offset = Self.offsetOfInvalidated else { return false }
            var mirror = Mirror(reflecting: self)
            // A subclass has a mirror of its own properties alone.
            while mirror.subjectType != URLSession.self {
                guard let parent = mirror.superclassMirror else { return false }
                mirror = parent
            }
            let children = mirror.children
            guard let index = children.index(children.startIndex, offsetBy: offset, limitedBy: children.endIndex),
                index != children.endIndex
            else { return false }
            return children[index].value as? Bool ?? false
        }

        /// Found once, in a session that no other thread knows: to look through all properties of the user's session would
        /// be to read those that change on other threads.
        private static let offsetOfInvalidated: Int? = {
            Mirror(reflecting: URLSession(configuration: .ephemeral)).children.map(\.label).firstIndex(
                of: "invalidated"
            )
        }()
    }
#endif
