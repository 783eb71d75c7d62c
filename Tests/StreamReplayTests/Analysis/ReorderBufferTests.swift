import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Results that arrive in any order.
@Suite(.takesTurns) struct ReorderBufferTests {
    @Test func anyOrder() {
        var random = SeededRandom(seed: 8)
        for window in [1, 2, 5, 100] {
            var buffer = ReorderBuffer<Int>(window: window)
            var begun: [Int] = []
            var next = 0
            var results: [Int] = []
            while results.count < 200 {
                // A few jobs begin on the permitted numbers, and one of them ends.
                while begun.count < 8, next < 200, buffer.mayBegin(next) {
                    begun.append(next)
                    next += 1
                }
                #expect(!begun.isEmpty)
                let done = begun.remove(at: random.number(0...(begun.count - 1)))
                #expect(done < results.count + window)
                buffer.insert(done, at: done)
                while let result = buffer.popNext() { results.append(result) }
            }
            #expect(results == Array(0..<200))
        }
    }

    @Test func gaps() {
        var buffer = ReorderBuffer<String>(window: 10)
        buffer.insert("c", at: 2)
        buffer.insert("b", at: 1)
        #expect(buffer.popNext() == nil)
        #expect(buffer.removeAll() == ["b", "c"])
        #expect(buffer.removeAll() == [])
    }
}
