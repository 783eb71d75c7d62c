#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import MessageStream

    /// A session with one task at a time, whose delegate calls are forwarded to the exchange of that task.
    ///
    /// The session enqueues its delegate calls without limit. The delegate queue therefore runs each operation
    /// immediately, on the thread that adds it.
    final class TaskSession: NSObject, URLSessionDataDelegate, Sendable {
        private struct State {
            weak var user: URLSession?
            /// Created after this object, which is its delegate. It retains this object until it is invalidated.
            var session: URLSession?
            /// The exchange of the task, from the creation of the task to its end.
            var exchange: URLSessionExchange?
        }

        private let state: Locked<State>

        init(of user: URLSession) {
            state = Locked(State(user: user))
            super.init()
            guard let configuration = user.configuration.copy() as? URLSessionConfiguration else {
                preconditionFailure("the copy of a URLSessionConfiguration has another type")
            }
            // A task cancelled during the cache lookup completes after its session has removed it, which crashes.
            configuration.urlCache = nil
            let session = URLSession(configuration: configuration, delegate: self, delegateQueue: ImmediateQueue())
            state.withLock { $0.session = session }
        }

        var user: URLSession? { state.withLock { $0.user } }

        /// Creates a task, without resuming it.
        func makeTask(for request: URLRequest, of exchange: URLSessionExchange) -> URLSessionTask? {
            let session = state.withLock { state in
                state.exchange = exchange
                return state.session
            }
            return session?.dataTask(with: request)
        }

        /// Ends the session if its task belongs to `exchange`, which has been abandoned.
        func end(_ exchange: URLSessionExchange) {
            let session = state.withLock { state in
                guard state.exchange === exchange else { return nil as URLSession? }
                state.exchange = nil
                return state.session.take()
            }
            guard let session else { return }
            SessionPool.remove(self)
            session.finishTasksAndInvalidate()
        }

        /// Announces that `exchange` only discards the rest of its response, so that the next request can wait for its
        /// end.
        func expectEnd(of exchange: URLSessionExchange) {
            // Under the lock, so that this cannot happen after the task has ended.
            state.withLock { state in
                guard state.exchange === exchange, let user = state.user else { return }
                SessionPool.expectEnd(of: self, user: user)
            }
        }

        /// Ends the session, which has no task.
        func end() {
            SessionPool.remove(self)
            state.withLock { $0.session.take() }?.finishTasksAndInvalidate()
        }

        private var exchange: URLSessionExchange? { state.withLock { $0.exchange } }

        // MARK: URLSessionDataDelegate

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
                // A request that starts before the session is back in the pool waits for it.
                if isUsable, let user = state.user { SessionPool.expectEnd(of: self, user: user) }
                return (exchange, isUsable)
            }
            // Return the session before completing the exchange, so that a request sent right afterward finds it.
            if isUsable { SessionPool.checkIn(self) } else { end() }
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

    /// Runs each operation immediately, on the thread that adds it.
    private final class ImmediateQueue: OperationQueue, @unchecked Sendable {
        // Has no state of its own, so it is as safe as its superclass.
        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            block()
        }
    }
#endif
