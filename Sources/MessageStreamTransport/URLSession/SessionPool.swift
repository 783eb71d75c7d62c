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
            /// The sessions whose task is about to end.
            var ending: Set<ObjectIdentifier> = []
            /// The requests that wait for one of these, no more of them than of sessions.
            var waiting: [Waiting] = []
            /// Whether a request has waited in vain, so that others do not.
            var isLate = false

            /// Takes out the request that has waited longest, if there are more of them than sessions to wait for.
            mutating func surplusRequest() -> Waiting? {
                waiting.count > ending.count ? waiting.removeFirst() : nil
            }
        }

        private struct Waiting {
            let id: Int
            let body: @Sendable (TaskSession) -> Void
        }

        private struct State {
            var entries: [ObjectIdentifier: Entry] = [:]
            /// Whether a sweep will come.
            var isSweepDue = false
            /// How many requests have waited.
            var waitingCount = 0

            /// Removes the sessions that have been idle since `deadline`, and those of sessions that no longer exist.
            mutating func removeExpired(_ deadline: ContinuousClock.Instant) -> [TaskSession] {
                var expired: [TaskSession] = []
                for (key, entry) in entries {
                    let count = entry.user == nil ? entry.idle.count : entry.idle.prefix { $0.since <= deadline }.count
                    expired += entry.idle.prefix(count).map(\.session)
                    entries[key]?.idle.removeFirst(count)
                    if count == entry.idle.count, entry.ending.isEmpty { entries[key] = nil }
                }
                return expired
            }
        }

        private static let state = Locked(State())
        /// How many sessions without a task are kept for one of the user.
        private static var idleLimit: Int { 16 }
        /// For how many seconds. Common servers close a connection that has been idle for five: a request sent at that
        /// moment would be lost.
        private static var idleSeconds: Int { 4 }
        /// For how many milliseconds a request waits for a session whose task is about to end.
        private static var waitingMilliseconds: Int { 250 }

        private enum Found {
            case idle(TaskSession)
            case waiting(id: Int)
            case none
        }

        /// Calls `body` once with a session without a task, which then belongs to `body`: at once, or when a session
        /// whose task is about to end has none any more.
        static func withSession(for user: URLSession, _ body: @escaping @Sendable (TaskSession) -> Void) {
            let key = ObjectIdentifier(user)
            let found = state.withLock { state in
                // Not those of a session that is gone, whose place in memory this one has.
                guard var entry = state.entries[key], entry.user === user else { return Found.none }
                defer { state.entries[key] = entry }
                if let idle = entry.idle.popLast() { return .idle(idle.session) }
                guard entry.waiting.count < entry.ending.count, !entry.isLate else { return .none }
                state.waitingCount += 1
                entry.waiting.append(Waiting(id: state.waitingCount, body: body))
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
                        state.entries[key]?.isLate = true
                        return true
                    }
                    if isWaiting { body(TaskSession(of: user)) }
                }
            }
        }

        /// The task of a session is about to end.
        static func expectEnd(of session: TaskSession, user: URLSession) {
            state.withLock { state in
                var entry = state.entries[ObjectIdentifier(user)] ?? Entry(user: user)
                guard entry.user === user else { return }
                entry.ending.insert(ObjectIdentifier(session))
                state.entries[ObjectIdentifier(user)] = entry
            }
        }

        /// A session will not be given back.
        static func forget(_ session: TaskSession) {
            guard let user = session.user else { return }
            let request = state.withLock { state in
                guard state.entries[ObjectIdentifier(user)]?.ending.remove(ObjectIdentifier(session)) != nil else {
                    return nil as Waiting?
                }
                return state.entries[ObjectIdentifier(user)]?.surplusRequest()
            }
            request?.body(TaskSession(of: user))
        }

        /// Keeps a session whose task has ended well.
        static func giveBack(_ session: TaskSession) {
            guard let user = session.user else { return session.end() }
            let (surplus, startsSweep, request) = state.withLock { state in
                var entry = state.entries[ObjectIdentifier(user)] ?? Entry(user: user)
                var surplus: [Idle] = []
                if entry.user == nil {
                    surplus = entry.idle
                    entry = Entry(user: user)
                }
                entry.ending.remove(ObjectIdentifier(session))
                if !entry.waiting.isEmpty {
                    let request = entry.waiting.removeFirst()
                    state.entries[ObjectIdentifier(user)] = entry
                    return (surplus, false, request as Waiting?)
                }
                entry.idle.append(Idle(session: session, since: .now))
                if entry.idle.count > idleLimit { surplus.append(entry.idle.removeFirst()) }
                state.entries[ObjectIdentifier(user)] = entry
                defer { state.isSweepDue = true }
                return (surplus, !state.isSweepDue, nil)
            }
            for idle in surplus { idle.session.end() }
            request?.body(session)
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

    extension URLSession {
        /// Whether the user has invalidated the session. A task of it would end the process.
        ///
        /// Only a stored property of FoundationNetworking that is not public says so. Without a property of that name, the
        /// answer is no.
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
