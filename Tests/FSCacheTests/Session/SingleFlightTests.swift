import Foundation
import Testing

@testable import FSCache

@Suite("Single flight")
struct SingleFlightTests {
    private let key = CacheKey(hashing: Data("a".utf8))
    private let invalidations = Invalidations()
    private let now = Date(timeIntervalSince1970: 0)

    @Test("One of many requests leads, and all share its result")
    func onlyOneLeads() async throws {
        let flights = SingleFlight<Int>(invalidations)
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            let leader = flights.begin(key, now: now)
            for _ in 0..<1000 {
                group.addTask { [key, now] in
                    switch flights.join(key, now: now) {
                    case .leader(let flight):
                        flights.finish(flight, key, with: .shared(0), now: now)
                        return 0
                    case .follower(let flight):
                        guard case .shared(let value) = try await flight.result() else { return -1 }
                        return value
                    case .alone, .lookUpAgain: return -2
                    }
                }
            }
            if let leader { flights.finish(leader, key, with: .shared(7), staysOpen: true, now: now) }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(results == [7])
        #expect(flights.count == 1)
    }

    @Test("After a flight has ended, the next request starts a new one")
    func leadsAgain() throws {
        let flights = SingleFlight<Int>(invalidations)
        let flight = try #require(flights.begin(key, now: now))
        #expect(flights.begin(key, now: now) == nil)
        flights.finish(flight, key, with: .notShareable(isLasting: false), now: now)
        #expect(flights.begin(key, now: now) != nil)
        // An old flight does not close a new one.
        flights.close(flight, key)
        #expect(flights.count == 1)
    }

    @Test("A follower that is cancelled stops waiting")
    func cancelsAFollower() async throws {
        let flights = SingleFlight<Int>(invalidations)
        let flight = try #require(flights.begin(key, now: now))
        let waiting = Task { try await flight.result() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        flights.finish(flight, key, with: .shared(1), now: now)
        guard case .shared(1) = try await flight.result() else {
            Issue.record("The result is lost.")
            return
        }
    }

    @Test("If an answer can't be shared, requests go alone for a while, and then try again")
    func remembersSolitude() throws {
        let flights = SingleFlight<Int>(invalidations)
        let flight = try #require(flights.begin(key, now: now))
        flights.finish(flight, key, with: .notShareable(isLasting: true), now: now)
        for seconds in [0, 30, 59.9] {
            guard case .alone = flights.join(key, now: now + seconds) else {
                Issue.record("It waits after \(seconds) seconds.")
                return
            }
        }
        #expect(flights.begin(key, now: now + 60) != nil)
        #expect(flights.begin(CacheKey(hashing: Data("b".utf8)), now: now) != nil)
    }

    @Test("A flight can't be joined after its response has been invalidated")
    func leavesInvalidatedFlights() throws {
        let flights = SingleFlight<Int>(invalidations)
        let old = try #require(flights.begin(key, now: now))
        #expect(flights.begin(key, now: now) == nil)
        invalidations.add(key)
        let new = try #require(flights.begin(key, now: now))
        flights.finish(old, key, with: .shared(1), now: now)
        #expect(flights.begin(key, now: now) == nil, "the end of the old flight does not end the new one")
        flights.finish(new, key, with: .shared(2), now: now)
        #expect(flights.count == 0)
    }
}
