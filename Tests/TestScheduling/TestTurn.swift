import Foundation
public import Testing

/// A trait of a suite: when each of its tests may run.
public struct TestTurn: SuiteTrait, TestTrait, TestScoping {
    private static let gate = TestGate(slots: ProcessInfo.processInfo.activeProcessorCount)
    /// Whether the current task holds the gate. A suite inside another needs no second turn.
    @TaskLocal private static var hasTurn = false

    fileprivate let mode: TestGate.Mode

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard !Self.hasTurn else { return try await function() }
        try await Self.gate.run(mode) {
            try await Self.$hasTurn.withValue(true) { try await function() }
        }
    }
}

extension Trait where Self == TestTurn {
    /// Tests that compute, or that wait for processes and servers of their own: as many at a time as there are cores.
    public static var takesTurns: Self { Self(mode: .shared) }

    /// Tests of connections in real time, or of what all requests of a process share: one at a time, and nothing else.
    public static var runsAlone: Self { Self(mode: .exclusive) }
}
