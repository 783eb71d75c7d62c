import Foundation
import HTTPResponseParsing
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
///    since all sessions of the process share one queue. So bytes that exceed the limit wait in a file, which is written
///    and read without a lock.
///  - It has no delegate for a single task. So a ``TaskSession`` owns the task, and forwards its delegate's calls.
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
        /// The file for the bytes that exceed the limit; nil until there are any.
        var file: UnnamedFile?
        /// From the start to the end of the exchange.
        var task: URLSessionTask?
        #if canImport(FoundationNetworking)
            /// The session of the task.
            var owner: TaskSession?
        #endif
        var isStarted = false
        /// How many more bytes are discarded before the connection is given up; nil while the bytes are wanted.
        var discardLimit: Int?
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

    /// For how many milliseconds the end of a response is waited for, of which nothing else is wanted.
    private static var discardMilliseconds: Int { 1000 }

    /// Whether a task that is suspended goes on where it was.
    private static var holdsSender: Bool {
        #if canImport(FoundationNetworking)
            false
        #else
            true
        #endif
    }

    init(_ request: URLRequest, session: URLSession, bufferLimit: Int, overflowLimit: Int) {
        self.request = request
        self.session = session
        state = Locked(
            State(
                buffer: ResponseBuffer(limit: bufferLimit, fileLimit: Self.holdsSender ? nil : overflowLimit),
                peer: request.url?.peer
            )
        )
    }

    // MARK: The consumer's side

    /// The head, as soon as it is there.
    func head() async throws(TransportError) -> ResponseHead {
        // A head always comes, or an error.
        while true {
            switch next({ $0.nextHead }) {
            case .value(let head): return head
            case .failed(let error): throw error
            case .end, .inFile, .nothingYet: await waitForNews { $0.head != nil }
            }
        }
    }

    /// The next chunk, as soon as there is one; nil at the end.
    func chunk() async throws(TransportError) -> Data? {
        while true {
            switch next({ $0.nextChunk() }) {
            case .value(let chunk): return chunk
            case .inFile(let range):
                if let chunk = read(range) { return chunk }
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

    /// Reads what waits in the file; nil if that fails, or the exchange was cancelled meanwhile.
    private func read(_ range: Range<Int>) -> Data? {
        guard let file = state.withLock({ $0.file }) else { return nil }
        do throws(Errno) {
            let chunk = try file.read(range)
            // The file itself ends after the lock is released.
            _ = state.withLock { state in state.buffer.didRead(range) ? state.file.take() : nil }
            return chunk
        } catch {
            state.withLock { $0.buffer.failReading(error) }
            return nil
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
        #if canImport(FoundationNetworking)
            Self.perform { [self] in
                // Checked before each request: a task of the user's session would end the process.
                guard !session.isInvalidated else {
                    return change {
                        $0.buffer.complete($0.error(.sessionInvalidated, code: nil, progress: .nothingSent))
                    }
                }
                SessionPool.withSession(for: session) { owner in
                    Self.perform { [self] in
                        state.withLock { $0.owner = owner }
                        if let task = owner.makeTask(for: request, of: self) { start(task) }
                    }
                }
            }
        #else
            let task = session.dataTask(with: request)
            task.delegate = self
            start(task)
        #endif
    }

    private func start(_ task: URLSessionTask) {
        let isWanted = state.withLock { state in
            if !state.buffer.isComplete { state.task = task }
            return !state.buffer.isComplete
        }
        // A task that was never resumed is cancelled, or it would stay with its session.
        if isWanted { task.resume() } else { cancel(task) }
    }

    /// Gives up a task, whether it was resumed or not.
    private func cancel(_ task: URLSessionTask) {
        task.cancel()
        #if canImport(FoundationNetworking)
            state.withLock { $0.owner.take() }?.end(self)
        #endif
    }

    /// Reads the rest of the response and discards it, so that the connection can be used again. The connection is
    /// given up if the rest is long or late.
    func discardRest() {
        let goesOn = state.withLock { state in
            guard state.task != nil, !state.buffer.isComplete else { return false }
            state.discardLimit = state.buffer.limit
            if state.isHeld { letGo(&state) }
            return true
        }
        guard goesOn else { return }
        #if canImport(FoundationNetworking)
            state.withLock { $0.owner }?.expectEnd(of: self)
        #endif
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.discardMilliseconds)) {
            self.cancel()
        }
    }

    /// Ends the exchange, of which nobody wants more, unless its rest is read.
    func release() {
        if state.withLock({ $0.discardLimit == nil }) { cancel() }
    }

    /// Ends the exchange: who waits is told at once, what had come is dropped, the connection is given up.
    func cancel() {
        giveUp { state in
            let progress = state.isStarted ? state.buffer.progress : .nothingSent
            state.buffer.cancel(state.error(.cancelled, code: nil, progress: progress))
            return state.file.take()
        }
    }

    /// Completes the exchange from this side, and gives up the connection.
    ///
    /// - Parameter complete: Returns the file if nothing in it is wanted. It ends after the lock is released.
    private func giveUp(_ complete: (inout State) -> UnnamedFile?) {
        var task: URLSessionTask?
        var file: UnnamedFile?
        change { state in
            file = complete(&state)
            task = state.task.take()
        }
        _ = file
        if let task { Self.perform { self.cancel(task) } }
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
            change { $0.buffer.receive(ResponseHead(response)) }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        var placement = ResponseBuffer.Placement.none
        var isTooLong = false
        change { state in
            if let limit = state.discardLimit {
                state.discardLimit = limit - data.count
                isTooLong = limit < data.count
                return
            }
            placement = state.buffer.receive(data)
            if state.buffer.isFull && !state.isHeld {
                state.isHeld = true
                state.task?.suspend()
            }
        }
        if isTooLong { cancel() }
        switch placement {
        case .none: break
        case .inFile(let ranges): write(data, to: ranges)
        case .refused:
            giveUp { state in
                state.buffer.complete(state.error(.overflow, code: nil, progress: .received))
                return nil
            }
        }
    }

    /// Writes a chunk into the file, on the thread of the delegate: the next chunk comes when it is written.
    private func write(_ chunk: Data, to ranges: [Range<Int>]) {
        do throws(Errno) {
            try overflowFile().write(chunk, to: ranges)
            change { $0.buffer.didWrite() }
        } catch {
            giveUp { state in
                state.buffer.complete(state.error(.other, code: .errno(error.code), progress: .received))
                return nil
            }
        }
    }

    private func overflowFile() throws(Errno) -> UnnamedFile {
        if let file = state.withLock({ $0.file }) { return file }
        let file = try UnnamedFile()
        state.withLock { state in
            // After a cancellation, nothing is read any more.
            if !state.buffer.isComplete { state.file = file }
        }
        return file
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
        /// Accepts a response with status 401 as it is. Without this, its task would never complete.
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
