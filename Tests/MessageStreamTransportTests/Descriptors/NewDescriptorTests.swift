import Foundation
import LoopbackServer
import MessageStreamTransport
import Synchronization
import TestScheduling
import TestSupport
import Testing

#if os(Linux)
    /// A descriptor has close-on-exec from its creation; otherwise a process started by another thread could inherit
    /// it.
    extension ProcessTests {
        @Test
        func newDescriptorIsNeverInheritable() async {
            await #expect(processExitsWith: .success) {
                try expectClosedOnExec { [try NewDescriptor.streamSocket(family: AF_INET)] }
                try expectClosedOnExec { [try NewDescriptor.temporaryFile()] }
                try expectClosedOnExec {
                    let (reading, writing) = try NewDescriptor.streamPair()
                    return [reading, writing]
                }
            }
        }
    }

    /// Creates and closes descriptors while another thread checks their flags.
    private func expectClosedOnExec(_ make: () throws -> [Int32]) throws {
        let first = try make()
        for number in first { close(number) }
        let isOver = Atomic(false)
        let seen = Atomic(0)
        let inheritable = Atomic(0)
        // The number that the next descriptor probably has: the same as the last one.
        let watched = Atomic(try #require(first.first))
        let done = Gate()
        Thread.detachNewThread {
            while !isOver.load(ordering: .relaxed) {
                let flags = fcntl(watched.load(ordering: .relaxed), F_GETFD)
                if flags >= 0 { seen.add(1, ordering: .relaxed) }
                if flags >= 0 && flags & FD_CLOEXEC == 0 { inheritable.add(1, ordering: .relaxed) }
            }
            done.open()
        }
        let end = ContinuousClock.now + .milliseconds(Sweep.count(inDebug: 300, inRelease: 2000))
        var rounds = 0
        while ContinuousClock.now < end || (seen.load(ordering: .relaxed) == 0 && rounds < 1_000_000) {
            rounds += 1
            let numbers = try make()
            watched.store(numbers[0], ordering: .relaxed)
            for number in numbers { close(number) }
        }
        isOver.store(true, ordering: .relaxed)
        #expect(done.wait())
        #expect(seen.load(ordering: .relaxed) > 0)
        #expect(inheritable.load(ordering: .relaxed) == 0, "of \(seen.load(ordering: .relaxed))")
    }
#endif

@Suite(.runsAlone) struct NewDescriptorTests {
    @Test
    func everyNewDescriptorHasCloseOnExec() throws {
        let (reading, writing) = try NewDescriptor.streamPair()
        let others = [try NewDescriptor.streamSocket(family: AF_INET), try NewDescriptor.temporaryFile()]
        for number in others + [reading, writing] {
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            close(number)
        }
    }
}
