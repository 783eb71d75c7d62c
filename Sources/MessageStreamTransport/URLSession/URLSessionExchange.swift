import Foundation
import HTTPResponseParsing
import MessageStream

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A request in progress: the delegate that fills a ``ResponseBuffer``, and the consumer that drains it.
///
/// ## Theory of operation
///
/// The session calls the delegate on a queue, and the consumer reads from a task. They share the buffer, which is
/// protected by a lock. If the buffer is empty, the consumer suspends; the next delegate callback resumes it and it
/// retries.
///
/// A full buffer suspends the URLSession task, which bounds memory use.
///
/// FoundationNetworking requires a different approach:
///
///  - It detaches a suspended task from its connection and sends the request again on resumption. A delegate must not
///    block either, because all sessions of the process share one queue. Bytes that exceed the limit therefore go to a
///    file, which is written and read without holding the lock.
///  - It does not support task delegates. A ``TaskSession`` therefore owns the task and forwards the delegate calls.
final class URLSessionExchange: NSObject, URLSessionDataDelegate, Sendable {
    private let request: URLRequest
    private let session: URLSession
    private let state: Locked<State>

    private struct State: ~Copyable {
        var buffer: ResponseBuffer
        /// The host of the request, updated on each redirect.
        var peer: String?
        /// Whether the request has been redirected.
        var isRedirected = false
        /// The file for the bytes that exceed the limit; `nil` until needed.
        var file: UnnamedFile?
        /// The task, while the exchange is in progress.
        var task: URLSessionTask?
        #if canImport(FoundationNetworking)
            /// The session of the task.
            var owner: TaskSession?
        #endif
        var isStarted = false
        /// The number of bytes to discard before closing the connection; `nil` while the consumer wants the bytes.
        var discardLimit: Int?
        /// Whether the sender is suspended.
        var isSuspended = false
        /// The consumers that wait for a change.
        var waiters: [CheckedContinuation<Void, Never>] = []

        func error(
            _ kind: TransportError.Kind,
            code: TransportError.Code?,
            progress: TransportError.Progress
        ) -> TransportError {
            TransportError(kind, code: code, peer: peer, progress: isRedirected ? .received : progress)
        }
    }

    /// How long to wait for the end of a discarded response, in milliseconds.
    private static var discardMilliseconds: Int { 1000 }

    /// Whether a suspended task can resume where it stopped.
    private static var supportsSuspension: Bool {
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
                buffer: ResponseBuffer(limit: bufferLimit, fileLimit: Self.supportsSuspension ? nil : overflowLimit),
                peer: request.url?.peer
            )
        )
    }

    // MARK: Consumer

    /// Waits for the head and returns it.
    func head() async throws(TransportError) -> ResponseHead {
        // The exchange always produces a head or an error.
        while true {
            switch next({ $0.nextHead }) {
            case .value(let head): return head
            case .failed(let error): throw error
            case .end, .inFile, .pending: await waitForChange { $0.head != nil }
            }
        }
    }

    /// Waits for the next chunk and returns it, or `nil` at the end.
    func chunk() async throws(TransportError) -> Data? {
        while true {
            switch next({ $0.nextChunk() }) {
            case .value(let chunk): return chunk
            case .inFile(let range):
                if let chunk = read(range) { return chunk }
            case .failed(let error): throw error
            case .end: return nil
            case .pending: await waitForChange { $0.hasChunk }
            }
        }
    }

    private func next<Value>(_ read: (inout ResponseBuffer) -> ResponseBuffer.Next<Value>) -> ResponseBuffer.Next<Value>
    {
        if Task.isCancelled { cancel() }
        start()
        return state.withLock { state in
            let next = read(&state.buffer)
            if state.isSuspended, state.buffer.canResume { resumeSender(&state) }
            return next
        }
    }

    /// Reads a range of the file. Returns `nil` if that fails or the exchange has been cancelled meanwhile.
    private func read(_ range: Range<Int>) -> Data? {
        guard let file = state.withLock({ $0.file }) else { return nil }
        do throws(Errno) {
            let chunk = try file.read(range)
            // Closes the file, if any, after releasing the lock.
            _ = state.withLock { state in state.buffer.didRead(range) ? state.file.take() : nil }
            return chunk
        } catch {
            state.withLock { $0.buffer.failReading(error) }
            return nil
        }
    }

    /// Waits until `hasChanged` returns true or the exchange is complete. Cancelling the task completes the exchange.
    private func waitForChange(_ hasChanged: @escaping @Sendable (borrowing ResponseBuffer) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isReady = hasChanged(state.buffer) || state.buffer.isComplete
                    if !isReady { state.waiters.append(continuation) }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Sends the request, unless it has already been sent.
    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.buffer.isComplete
        }
        guard isFirst else { return }
        if let code = request.validationError {
            return change { $0.buffer.complete($0.error(.badRequest, code: code, progress: .nothingSent)) }
        }
        #if canImport(FoundationNetworking)
            Self.perform { [self] in
                // Checked before each request: a task in an invalidated session would crash the process.
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
        // Cancel a task that was never resumed; otherwise it would stay in its session.
        if isWanted { task.resume() } else { cancel(task) }
    }

    /// Cancels a task, whether it was resumed or not.
    private func cancel(_ task: URLSessionTask) {
        task.cancel()
        #if canImport(FoundationNetworking)
            state.withLock { $0.owner.take() }?.end(self)
        #endif
    }

    /// Reads and discards the rest of the response, so that the connection can be reused. Closes the connection if the
    /// rest is too long or too slow.
    func discardRest() {
        let isInProgress = state.withLock { state in
            guard state.task != nil, !state.buffer.isComplete else { return false }
            state.discardLimit = state.buffer.limit
            if state.isSuspended { resumeSender(&state) }
            return true
        }
        guard isInProgress else { return }
        #if canImport(FoundationNetworking)
            state.withLock { $0.owner }?.expectEnd(of: self)
        #endif
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.discardMilliseconds)) {
            self.cancel()
        }
    }

    /// Called when the consumer is released. Cancels the exchange, unless its rest is being discarded.
    func release() {
        if state.withLock({ $0.discardLimit == nil }) { cancel() }
    }

    /// Cancels the exchange: resumes any waiter immediately, discards buffered bytes and closes the connection.
    func cancel() {
        abandon { state in
            let progress = state.isStarted ? state.buffer.progress : .nothingSent
            state.buffer.cancel(state.error(.cancelled, code: nil, progress: progress))
            return state.file.take()
        }
    }

    /// Completes the exchange from this side and closes the connection.
    ///
    /// - Parameter complete: Completes the buffer, and returns the file to close, if any. The file is closed after the
    ///   lock is released.
    private func abandon(_ complete: (inout State) -> UnnamedFile?) {
        var task: URLSessionTask?
        var file: UnnamedFile?
        change { state in
            file = complete(&state)
            task = state.task.take()
        }
        _ = file
        if let task { Self.perform { self.cancel(task) } }
    }

    /// Performs calls to a session and its tasks, in order. With FoundationNetworking, most of them wait for the queue
    /// that all sessions share. A thread of the concurrency pool must not block there, nor may a delegate, which runs
    /// on that queue.
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

    // MARK: Delegate

    /// Changes the state, resumes the sender if possible, and resumes all waiters.
    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            if state.isSuspended, state.buffer.canResume { resumeSender(&state) }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func resumeSender(_ state: inout State) {
        state.isSuspended = false
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
        // The response to an HTTP request is always an `HTTPURLResponse`.
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
            if state.buffer.isFull && !state.isSuspended {
                state.isSuspended = true
                state.task?.suspend()
            }
        }
        if isTooLong { cancel() }
        switch placement {
        case .none: break
        case .inFile(let ranges): write(data, to: ranges)
        case .refused:
            abandon { state in
                state.buffer.complete(state.error(.overflow, code: nil, progress: .received))
                return nil
            }
        }
    }

    /// Writes a chunk to the file on the delegate's thread, which delays the next chunk until it is written.
    private func write(_ chunk: Data, to ranges: [Range<Int>]) {
        do throws(Errno) {
            try overflowFile().write(chunk, to: ranges)
            change { $0.buffer.didWrite() }
        } catch {
            abandon { state in
                state.buffer.complete(state.error(.other, code: .errno(error.code), progress: .received))
                return nil
            }
        }
    }

    private func overflowFile() throws(Errno) -> UnnamedFile {
        if let file = state.withLock({ $0.file }) { return file }
        let file = try UnnamedFile()
        state.withLock { state in
            // After a cancellation, the file is not needed.
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
        /// Accepts a response with status 401 as is. Without this, its task would never complete.
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
