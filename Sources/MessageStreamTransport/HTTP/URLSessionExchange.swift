import Foundation
import HTTPResponse
import MessageStream

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One request on its way: the delegate that fills a ``ResponseBuffer``, and the consumer's side that empties it.
///
/// ## Theory of operation
///
/// The session calls the delegate on a queue; the consumer takes from a task. Between them stands the buffer under a
/// lock. A consumer that finds nothing leaves a continuation, which whatever comes next resumes; then it looks again.
///
/// A buffer that is full holds the sender, so that memory is bounded: the task is suspended.
///
/// FoundationNetworking differs, and so does what is done there:
///
///  - It takes a suspended task off its connection, and sends the request anew when it goes on. Nor may a delegate wait,
///    since all sessions of the process share one queue. So what is beyond the limit waits in a file.
///  - It has no delegate for a task alone. So each request has a session of its own, made of the user's configuration.
///  - It passes data on by an operation on the delegate's queue, without bound. So that queue runs an operation at once,
///    on the thread that adds it.
final class URLSessionExchange: NSObject, URLSessionDataDelegate, Sendable {
    private let request: URLRequest
    private let session: URLSession
    private let state: Locked<State>

    private struct State: ~Copyable {
        var buffer: ResponseBuffer
        /// The host that the request goes to; after a redirection another one.
        var peer: String?
        /// Whether a host has answered with a redirection.
        var isRedirected = false
        /// From the start to the end of the exchange.
        var task: URLSessionTask?
        var isStarted = false
        /// Whether the sender is held.
        var isHeld = false
        /// Who waits for anything to come.
        var waiters: [CheckedContinuation<Void, Never>] = []

        func error(
            _ kind: TransportError.Kind,
            code: TransportError.Code?,
            progress: TransportError.Progress
        ) -> TransportError {
            TransportError(kind, code: code, peer: peer, progress: isRedirected ? .received : progress)
        }
    }

    /// Whether a task that is suspended goes on where it was.
    private static var holdsSender: Bool {
        #if canImport(FoundationNetworking)
            false
        #else
            true
        #endif
    }

    init(_ request: URLRequest, session: URLSession, bufferLimit: Int) {
        self.request = request
        self.session = session
        state = Locked(
            State(
                buffer: ResponseBuffer(limit: bufferLimit, usesFile: !Self.holdsSender),
                peer: request.url?.peer
            )
        )
    }

    // MARK: The consumer's side

    /// The head, as soon as it is there.
    func head() async throws(TransportError) -> HTTPResponseHead {
        // A head always comes, or an error.
        while true {
            switch next({ $0.nextHead }) {
            case .value(let head): return head
            case .failed(let error): throw error
            case .end, .nothingYet: await waitForNews { $0.head != nil }
            }
        }
    }

    /// The next chunk, as soon as there is one; nil at the end.
    func chunk() async throws(TransportError) -> Data? {
        while true {
            switch next({ $0.nextChunk() }) {
            case .value(let chunk): return chunk
            case .failed(let error): throw error
            case .end: return nil
            case .nothingYet: await waitForNews { $0.hasChunk }
            }
        }
    }

    private func next<Value>(_ take: (inout ResponseBuffer) -> ResponseBuffer.Next<Value>) -> ResponseBuffer.Next<Value>
    {
        if Task.isCancelled { cancel() }
        start()
        return state.withLock { state in
            let next = take(&state.buffer)
            if state.isHeld, state.buffer.mayGoOn { letGo(&state) }
            return next
        }
    }

    /// Waits until `isNews` holds, or the exchange is complete, as it is when the task is cancelled.
    private func waitForNews(_ isNews: @escaping @Sendable (borrowing ResponseBuffer) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    let isThere = isNews(state.buffer) || state.buffer.isComplete
                    if !isThere { state.waiters.append(continuation) }
                    return isThere
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Sends the request, if nobody did before.
    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.buffer.isComplete
        }
        guard isFirst else { return }
        if let code = request.unsendableCode {
            return change { $0.buffer.complete($0.error(.badRequest, code: code, progress: .nothingSent)) }
        }
        Self.perform { [self] in
            let task = makeTask()
            let isWanted = state.withLock { state in
                if !state.buffer.isComplete { state.task = task }
                return !state.buffer.isComplete
            }
            // A task that was never resumed is cancelled, or it would stay with its session.
            if isWanted { task.resume() } else { task.cancel() }
        }
    }

    private func makeTask() -> URLSessionTask {
        #if canImport(FoundationNetworking)
            let session = URLSession(
                configuration: session.configuration,
                delegate: self,
                delegateQueue: ImmediateQueue()
            )
            let task = session.dataTask(with: request)
            // The session keeps its delegate until the task is done.
            session.finishTasksAndInvalidate()
        #else
            let task = session.dataTask(with: request)
            task.delegate = self
        #endif
        return task
    }

    /// Ends the exchange: who waits is told at once, what had come is dropped, the connection is given up.
    func cancel() {
        var task: URLSessionTask?
        change { state in
            let progress = state.isStarted ? state.buffer.progress : .nothingSent
            state.buffer.cancel(state.error(.cancelled, code: nil, progress: progress))
            task = state.task.take()
        }
        if let task { Self.perform { task.cancel() } }
    }

    /// Makes calls of a session and its tasks, in order. With FoundationNetworking, most wait for the queue that all
    /// sessions share: neither a thread of the concurrency pool nor a delegate, which runs on that queue, may do so.
    private static func perform(_ calls: @escaping @Sendable () -> Void) {
        #if canImport(FoundationNetworking)
            queue.async(execute: calls)
        #else
            calls()
        #endif
    }

    #if canImport(FoundationNetworking)
        private static let queue = DispatchQueue(label: "URLSessionExchange")
    #endif

    // MARK: The delegate's side

    /// Changes the state, lets a sender go on that need not be held, and tells who waits.
    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            if state.isHeld, state.buffer.mayGoOn { letGo(&state) }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func letGo(_ state: inout State) {
        state.isHeld = false
        state.task?.resume()
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        change { state in
            state.isRedirected = true
            state.peer = request.url?.peer
        }
        completionHandler(request)
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        // The request was one of HTTP, and so is the response.
        if let response = response as? HTTPURLResponse {
            change { $0.buffer.receive(HTTPResponseHead(response)) }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        var task: URLSessionTask?
        change { state in
            do throws(Errno) {
                try state.buffer.receive(data)
            } catch {
                state.buffer.complete(state.error(.other, code: .errno(error.code), progress: .received))
                task = state.task.take()
            }
            if state.buffer.isFull && !state.isHeld {
                state.isHeld = true
                state.task?.suspend()
            }
        }
        if let task { Self.perform { task.cancel() } }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        change { state in
            state.buffer.complete(
                error.map {
                    TransportError(
                        $0,
                        peer: state.peer,
                        hasHead: state.buffer.head != nil,
                        isRedirected: state.isRedirected
                    )
                }
            )
            state.task = nil
        }
    }

    #if canImport(FoundationNetworking)
        /// Answers 401 with a challenge behind the body: what was received is the response. Without this, the task would
        /// never complete.
        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            change { $0.buffer.complete() }
            Self.perform { completionHandler(.cancelAuthenticationChallenge, nil) }
        }
    #endif
}

#if canImport(FoundationNetworking)
    /// Runs each operation at once, on the thread that adds it.
    private final class ImmediateQueue: OperationQueue, @unchecked Sendable {
        // No state of its own: as safe as its superclass.
        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            block()
        }
    }
#endif
