#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import MessageStream

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

        init(of user: URLSession) {
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

        var user: URLSession? { state.withLock { $0.user } }

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
            guard let session else { return }
            SessionPool.forget(self)
            session.finishTasksAndInvalidate()
        }

        /// The rest of the response is discarded: the next request may wait for its end.
        func expectEnd(of exchange: URLSessionExchange) {
            // Under the lock: the session is expected before its task has ended, or not at all.
            state.withLock { state in
                guard state.exchange === exchange, let user = state.user else { return }
                SessionPool.expectEnd(of: self, user: user)
            }
        }

        /// Ends the session, which has no task.
        func end() {
            SessionPool.forget(self)
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
                let isUsable = exchange != nil && error == nil && state.session != nil
                // A request that comes before the session is given back waits for it.
                if isUsable, let user = state.user { SessionPool.expectEnd(of: self, user: user) }
                return (exchange, isUsable)
            }
            // First, so that a request sent right after this one finds the session.
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
#endif
