#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import MessageStream

    /// Pools of single-task sessions, one pool for each session of the user.
    ///
    /// ## Theory of operation
    ///
    /// FoundationNetworking supports session delegates but not task delegates, and the user's session already has the
    /// user's delegate, or none. Each task therefore belongs to a separate session with the same configuration, but
    /// without a cache.
    ///
    /// A session whose task succeeded is kept for a while, together with its open connection, and the next request
    /// reuses both. A session whose task failed or was abandoned is ended. No session ever has two tasks at a time,
    /// because the time that FoundationNetworking takes to process an event of a task grows with the number of tasks in
    /// its session: a thousand streams in one session would take minutes.
    package enum SessionPool {
        private struct Idle {
            let session: TaskSession
            let since: ContinuousClock.Instant
        }

        private struct Entry {
            weak let user: URLSession?
            /// The sessions without a task, most recently used last.
            var idle: [Idle] = []
            /// The sessions whose task is about to end.
            var ending: Set<ObjectIdentifier> = []
            /// The requests that wait for one of these sessions. Invariant: at most `ending.count`.
            var waiting: [WaitingRequest] = []
            /// Whether a request has waited without success, so that later ones do not wait.
            var hasTimedOut = false

            /// Removes and returns the oldest waiting request if there are more requests than sessions to wait for.
            mutating func removeSurplusRequest() -> WaitingRequest? {
                waiting.count > ending.count ? waiting.removeFirst() : nil
            }
        }

        private struct WaitingRequest {
            let id: Int
            let body: @Sendable (TaskSession) -> Void
        }

        private struct State {
            var entries: [ObjectIdentifier: Entry] = [:]
            /// Whether a sweep is scheduled.
            var isSweepScheduled = false
            /// The number of requests that have waited so far.
            var waitingCount = 0

            /// The entry of a session, which may be a new one, and the idle sessions of a deallocated session that had the
            /// same address.
            func entry(for user: URLSession) -> (Entry, surplus: [Idle]) {
                guard let entry = entries[ObjectIdentifier(user)] else { return (Entry(user: user), []) }
                return entry.user === user ? (entry, []) : (Entry(user: user), entry.idle)
            }

            /// Removes the sessions idle since `deadline`, and those whose user session no longer exists.
            mutating func removeExpired(_ deadline: ContinuousClock.Instant) -> [TaskSession] {
                var expired: [TaskSession] = []
                for (key, entry) in entries {
                    let count = entry.user == nil ? entry.idle.count : entry.idle.prefix { $0.since <= deadline }.count
                    expired += entry.idle.prefix(count).map(\.session)
                    entries[key]?.idle.removeFirst(count)
                    // Without a user session, no session returns to the pool.
                    let isEmpty = count == entry.idle.count && entry.ending.isEmpty
                    if isEmpty || entry.user == nil { entries[key] = nil }
                }
                return expired
            }
        }

        private static let state = Locked(State())
        /// The maximum number of idle sessions for one user session.
        private static var idleLimit: Int { 16 }
        /// How long to keep an idle session, in seconds. Common servers close a connection after five idle seconds, and
        /// a request sent at that moment would be lost.
        private static var idleSeconds: Int { 4 }
        /// How long a request waits for a session whose task is about to end, in milliseconds.
        private static var waitingMilliseconds: Int { 250 }

        private enum Found {
            case idle(TaskSession)
            case waiting(id: Int)
            case none
        }

        /// Calls `body` once with a session without a task, and transfers the session to it: immediately, or as soon as
        /// a session whose task is about to end becomes available.
        static func withSession(for user: URLSession, _ body: @escaping @Sendable (TaskSession) -> Void) {
            let key = ObjectIdentifier(user)
            let found = state.withLock { state in
                // An entry with the same key may belong to a deallocated session at the same address.
                guard var entry = state.entries[key], entry.user === user else { return Found.none }
                defer { state.entries[key] = entry }
                if let idle = entry.idle.popLast() { return .idle(idle.session) }
                guard entry.waiting.count < entry.ending.count, !entry.hasTimedOut else { return .none }
                state.waitingCount += 1
                entry.waiting.append(WaitingRequest(id: state.waitingCount, body: body))
                return .waiting(id: state.waitingCount)
            }
            switch found {
            case .idle(let session): body(session)
            case .none: body(TaskSession(of: user))
            case .waiting(let id):
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(waitingMilliseconds)) {
                    let isWaiting = state.withLock { state in
                        guard let index = state.entries[key]?.waiting.firstIndex(where: { $0.id == id }) else {
                            return false
                        }
                        state.entries[key]?.waiting.remove(at: index)
                        state.entries[key]?.hasTimedOut = true
                        return true
                    }
                    if isWaiting { body(TaskSession(of: user)) }
                }
            }
        }

        /// Records that the task of a session is about to end.
        static func expectEnd(of session: TaskSession, user: URLSession) {
            let surplus = state.withLock { state in
                var (entry, surplus) = state.entry(for: user)
                entry.ending.insert(ObjectIdentifier(session))
                state.entries[ObjectIdentifier(user)] = entry
                return surplus
            }
            guard !surplus.isEmpty else { return }
            // Ended on another thread, because the caller holds a lock.
            DispatchQueue.global().async { for idle in surplus { idle.session.end() } }
        }

        /// Removes a session that will not return to the pool.
        static func remove(_ session: TaskSession) {
            guard let user = session.user else { return }
            let request = state.withLock { state in
                guard state.entries[ObjectIdentifier(user)]?.ending.remove(ObjectIdentifier(session)) != nil else {
                    return nil as WaitingRequest?
                }
                return state.entries[ObjectIdentifier(user)]?.removeSurplusRequest()
            }
            request?.body(TaskSession(of: user))
        }

        /// Returns a session whose task succeeded to the pool.
        static func checkIn(_ session: TaskSession) {
            guard let user = session.user else { return session.end() }
            let (surplus, startsSweep, request) = state.withLock { state in
                var (entry, surplus) = state.entry(for: user)
                entry.ending.remove(ObjectIdentifier(session))
                if !entry.waiting.isEmpty {
                    let request = entry.waiting.removeFirst()
                    state.entries[ObjectIdentifier(user)] = entry
                    return (surplus, false, request as WaitingRequest?)
                }
                entry.idle.append(Idle(session: session, since: .now))
                if entry.idle.count > idleLimit { surplus.append(entry.idle.removeFirst()) }
                state.entries[ObjectIdentifier(user)] = entry
                defer { state.isSweepScheduled = true }
                return (surplus, !state.isSweepScheduled, nil)
            }
            for idle in surplus { idle.session.end() }
            request?.body(session)
            if startsSweep { scheduleSweep() }
        }

        /// Ends the sessions idle since `deadline`, and those whose user session no longer exists.
        package static func endIdle(since deadline: ContinuousClock.Instant) {
            for session in state.withLock({ $0.removeExpired(deadline) }) { session.end() }
        }

        private static func scheduleSweep() {
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(idleSeconds)) {
                endIdle(since: .now - .seconds(idleSeconds))
                let needsAnother = state.withLock { state in
                    state.isSweepScheduled = !state.entries.isEmpty
                    return state.isSweepScheduled
                }
                if needsAnother { scheduleSweep() }
            }
        }
    }

    extension URLSession {
        /// Whether the user has invalidated the session. Creating a task in it would crash the process.
        ///
        /// Only a non-public stored property of FoundationNetworking records this. If there is no property of that
        /// name, the result is false.
        var isInvalidated: Bool {
            guard let offset = Self.offsetOfInvalidated else { return false }
            var mirror = Mirror(reflecting: self)
            // The mirror of a subclass contains only its own properties.
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

        /// Determined once, from a session that no other thread uses. Iterating over the properties of the user's
        /// session would read properties that other threads change.
        private static let offsetOfInvalidated: Int? = {
            Mirror(reflecting: URLSession(configuration: .ephemeral)).children.map(\.label).firstIndex(
                of: "invalidated"
            )
        }()
    }
#endif
