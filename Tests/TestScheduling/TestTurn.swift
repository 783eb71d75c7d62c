import Foundation
public import Testing

/// A trait of a suite: when each of its tests may run.
///
/// The duration that is reported for a test includes the wait for its turn.
public struct TestTurn: SuiteTrait, TestTrait, TestScoping {
    private static let gate = TestGate(slots: ProcessInfo.processInfo.activeProcessorCount)
    /// Whether the current task holds the gate. A suite inside another needs no second turn.
    @TaskLocal private static var hasTurn = false

    fileprivate let mode: TestGate.Mode
    /// The time after which a test is reported as hanging, and is cancelled. Unlike `.timeLimit`, it begins with the
    /// test's turn.
    fileprivate var limit: Duration?

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard !Self.hasTurn else { return try await function() }
        try await Self.gate.run(mode) {
            try await Self.$hasTurn.withValue(true) {
                guard let limit else { return try await function() }
                try await withoutActuallyEscaping(function) { function in
                    try await Self.run(function, within: limit)
                }
            }
        }
    }

    /// Runs `function` beside a clock; the first to end cancels the other.
    private static func run(
        _ function: @escaping @concurrent @Sendable () async throws -> Void,
        within limit: Duration
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await function() }
            group.addTask {
                try await Task.sleep(for: limit)
                Issue.record("the test did not end within \(limit)")
            }
            try await group.next()
        }
    }
}

extension Trait where Self == TestTurn {
    /// Tests that compute, or that wait for processes and servers of their own: as many at a time as there are cores.
    public static var takesTurns: Self { Self(mode: .shared) }

    /// Tests that take turns, and may hang.
    public static func takesTurns(within limit: Duration) -> Self { Self(mode: .shared, limit: limit) }

    /// Tests of connections in real time, or of what all requests of a process share: one at a time, and nothing else.
    public static var runsAlone: Self { Self(mode: .exclusive) }

    /// Tests that run alone, and may hang.
    public static func runsAlone(within limit: Duration) -> Self { Self(mode: .exclusive, limit: limit) }
}
