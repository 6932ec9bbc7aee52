import Synchronization
import Testing

@testable import FSCache

@Suite("The availability of a store")
struct StoreAvailabilityTests {
    private struct Refused: Error {}
    private struct Lost: Error, CustomStringConvertible { let description = "the cable is cut" }

    /// A clock that a test moves, and a store that it loses.
    private final class Store: Sendable {
        private let clock = Mutex(ContinuousClock.now)
        private let lost = Mutex(false)
        private let count = Mutex(0)

        var isLost: Bool {
            get { lost.withLock { $0 } }
            set { lost.withLock { $0 = newValue } }
        }

        /// How often it was asked.
        var askedCount: Int { count.withLock { $0 } }

        func advance(by duration: Duration) { clock.withLock { $0 += duration } }

        func makeAvailability() -> StoreAvailability {
            StoreAvailability("The store", pauses: .seconds(1)...(.seconds(5)), now: { self.clock.withLock { $0 } })
        }

        func ask() throws {
            count.withLock { $0 += 1 }
            if isLost { throw Lost() }
        }
    }

    private func ask(_ availability: StoreAvailability, _ store: Store) async -> (any Error)? {
        do {
            try await availability.run(isOutage: { $0 is Lost }) { try store.ask() }
            return nil
        } catch {
            return error
        }
    }

    @Test("A store that works is always asked")
    func works() async {
        let store = Store()
        let availability = store.makeAvailability()
        for _ in 0..<3 { await #expect(ask(availability, store) == nil) }
        #expect(store.askedCount == 3)
        #expect(availability.isAvailable)
    }

    @Test("A lost store is not asked during the pause, and the error tells the failure")
    func pauses() async throws {
        let store = Store()
        let availability = store.makeAvailability()
        store.isLost = true
        await #expect(ask(availability, store) is Lost)
        #expect(!availability.isAvailable)
        store.advance(by: .milliseconds(999))
        let error = try #require(await ask(availability, store) as? FSCacheError)
        #expect(error.code == .storeUnavailable)
        #expect(error.message.contains("The store") && error.message.contains("the cable is cut"))
        #expect(store.askedCount == 1)
    }

    @Test("Each failure doubles the pause, up to the longest one")
    func doublesPause() async {
        let store = Store()
        let availability = store.makeAvailability()
        store.isLost = true
        await #expect(ask(availability, store) is Lost)
        for seconds in [1, 2, 4, 5, 5] {
            store.advance(by: .seconds(seconds) - .milliseconds(1))
            await #expect(ask(availability, store) is FSCacheError, "before \(seconds) seconds")
            store.advance(by: .milliseconds(1))
            await #expect(ask(availability, store) is Lost, "after \(seconds) seconds")
        }
    }

    @Test("After a success, the store is asked each time, and the next failure has the shortest pause")
    func recovers() async {
        let store = Store()
        let availability = store.makeAvailability()
        store.isLost = true
        for seconds in [0, 1, 2] {
            store.advance(by: .seconds(seconds))
            await #expect(ask(availability, store) is Lost)
        }
        store.isLost = false
        store.advance(by: .seconds(4))
        for _ in 0..<2 { await #expect(ask(availability, store) == nil) }
        #expect(availability.isAvailable)
        store.isLost = true
        await #expect(ask(availability, store) is Lost)
        store.advance(by: .seconds(1))
        await #expect(ask(availability, store) is Lost)
    }

    @Test("While one operation tries the store, the others go on without it")
    func triesOnce() async throws {
        let store = Store()
        let availability = store.makeAvailability()
        store.isLost = true
        await #expect(ask(availability, store) is Lost)
        store.isLost = false
        store.advance(by: .seconds(1))
        try await availability.run(isOutage: { $0 is Lost }) {
            await #expect(ask(availability, store) is FSCacheError)
        }
        await #expect(ask(availability, store) == nil)
    }

    @Test("A refused operation is no outage, and shows that the store is back")
    func refuses() async {
        let store = Store()
        let availability = store.makeAvailability()
        store.isLost = true
        await #expect(ask(availability, store) is Lost)
        store.advance(by: .seconds(1))
        await #expect(throws: Refused.self) {
            try await availability.run(isOutage: { $0 is Lost }) { throw Refused() }
        }
        #expect(availability.isAvailable)
    }
}
