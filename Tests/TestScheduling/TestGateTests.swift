import Synchronization
import Testing

@Suite struct TestGateTests {
    /// The tests inside a gate, as they see each other.
    private struct Inside {
        var shared = 0
        var exclusive = 0
        var order: [Int] = []
    }

    /// What concurrent tasks share.
    private final class Shared<Value: Sendable>: Sendable {
        let value: Mutex<Value>

        init(_ value: Value) { self.value = Mutex(value) }
    }

    @Test(arguments: [1, 2, 5])
    func modes(slots: Int) async {
        let gate = TestGate(slots: slots)
        let inside = Shared(Inside())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    let mode: TestGate.Mode = number % 3 == 0 ? .exclusive : .shared
                    await gate.run(mode) {
                        inside.value.withLock {
                            if mode == .shared { $0.shared += 1 } else { $0.exclusive += 1 }
                            $0.order.append(number)
                            #expect($0.shared <= slots)
                            #expect($0.exclusive == 0 || ($0.exclusive == 1 && $0.shared == 0))
                        }
                        for _ in 0..<number % 7 { await Task.yield() }
                        inside.value.withLock {
                            if mode == .shared { $0.shared -= 1 } else { $0.exclusive -= 1 }
                        }
                    }
                }
            }
        }
        #expect(inside.value.withLock { $0.order.sorted() } == Array(0..<300))
    }

    /// Tests that wait for their turn: exclusive ones first, each kind in order of arrival.
    @Test func order() async {
        let gate = TestGate(slots: 2)
        let order = Shared<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            await gate.run(.exclusive) {
                for number in 0..<8 {
                    group.addTask {
                        let mode: TestGate.Mode = number % 2 == 0 ? .shared : .exclusive
                        await gate.run(mode) { order.value.withLock { $0.append(number) } }
                    }
                    // The next one arrives after this one.
                    while await gate.waiterCount <= number { await Task.yield() }
                }
            }
        }
        let numbers = order.value.withLock { $0 }
        #expect(numbers.prefix(4) == [1, 3, 5, 7])
        #expect(numbers.dropFirst(4).sorted() == [0, 2, 4, 6])
    }

    /// An error leaves the gate open.
    @Test func error() async throws {
        struct Failure: Error {}
        let gate = TestGate(slots: 1)
        for mode in [TestGate.Mode.exclusive, .shared, .exclusive] {
            await #expect(throws: Failure.self) { try await gate.run(mode) { throw Failure() } }
        }
    }
}
