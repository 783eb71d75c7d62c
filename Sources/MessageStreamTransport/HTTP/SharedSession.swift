#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import MessageStream

    /// The session that has the tasks of all exchanges of one session of the user, so that they share connections.
    ///
    /// ## Theory of operation
    ///
    /// FoundationNetworking asks the delegate of the session, and has none for a task. The user's session has the user's
    /// delegate, or none. So the tasks belong to another session with the same configuration, whose delegate is this
    /// object: it passes on what the session tells to the exchange of the task.
    ///
    /// The session passes data on by an operation on the delegate's queue, without bound. So that queue runs an operation
    /// at once, on the thread that adds it.
    ///
    /// A session of the user that is gone has no exchanges any more; what belongs to it is ended when the next request of
    /// the process begins.
    final class SharedSession: NSObject, URLSessionDataDelegate, Sendable {
        private struct Entry {
            weak let user: URLSession?
            let shared: SharedSession
        }

        private static let entries = Locked<[ObjectIdentifier: Entry]>([:])

        /// The exchanges by the identifiers of their tasks.
        private let exchanges = Locked<[Int: URLSessionExchange]>([:])
        /// Made after this object, which is its delegate. It keeps this object until it is invalidated.
        private let session = Locked<URLSession?>(nil)

        /// The session for the requests of `user`, made when it is first asked for.
        static func of(_ user: URLSession) -> SharedSession {
            var ended: [SharedSession] = []
            let shared = entries.withLock { entries in
                for (key, entry) in entries where entry.user == nil {
                    ended.append(entry.shared)
                    entries[key] = nil
                }
                if let entry = entries[ObjectIdentifier(user)] { return entry.shared }
                let shared = SharedSession(user.configuration)
                entries[ObjectIdentifier(user)] = Entry(user: user, shared: shared)
                return shared
            }
            for shared in ended { shared.session.withLock { $0 }?.finishTasksAndInvalidate() }
            return shared
        }

        private init(_ configuration: URLSessionConfiguration) {
            super.init()
            guard let configuration = configuration.copy() as? URLSessionConfiguration else {
                preconditionFailure("a copy of a configuration is one")
            }
            // A stream has its connection for minutes. Those that wait for one of six would look stalled.
            if configuration.httpMaximumConnectionsPerHost == Self.usualConnectionsPerHost {
                configuration.httpMaximumConnectionsPerHost = Self.manyConnectionsPerHost
            }
            let session = URLSession(configuration: configuration, delegate: self, delegateQueue: ImmediateQueue())
            self.session.withLock { $0 = session }
        }

        /// The limit of a configuration that has been given none.
        private static var usualConnectionsPerHost: Int { 6 }
        private static var manyConnectionsPerHost: Int { 1 << 20 }

        /// A task that is not yet resumed.
        func makeTask(for request: URLRequest, of exchange: URLSessionExchange) -> URLSessionTask? {
            guard let session = session.withLock({ $0 }) else { return nil }
            let task = session.dataTask(with: request)
            exchanges.withLock { $0[task.taskIdentifier] = exchange }
            return task
        }

        /// Drops the exchange of a task that is given up.
        func forget(_ task: URLSessionTask) {
            // The exchange ends after the lock is released.
            _ = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        }

        private func exchange(_ task: URLSessionTask) -> URLSessionExchange? {
            exchanges.withLock { $0[task.taskIdentifier] }
        }

        // MARK: What the session tells

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest,
            completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) {
            guard let exchange = exchange(task) else { return completionHandler(nil) }
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
            guard let exchange = exchange(dataTask) else { return completionHandler(.allow) }
            exchange.urlSession(session, dataTask: dataTask, didReceive: response, completionHandler: completionHandler)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            exchange(dataTask)?.urlSession(session, dataTask: dataTask, didReceive: data)
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            let exchange = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
            exchange?.urlSession(session, task: task, didCompleteWithError: error)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            guard let exchange = exchange(task) else { return completionHandler(.cancelAuthenticationChallenge, nil) }
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
