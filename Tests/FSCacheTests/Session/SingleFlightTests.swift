import Foundation
import Testing

@testable import FSCache

@Suite("Single flight")
struct SingleFlightTests {
    private let key = CacheKey(hashing: Data("a".utf8))

    @Test("One of many requests leads, and all share its result")
    func onlyOneLeads() async throws {
        let flights = SingleFlight<Int>()
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            let leader = flights.begin(key)
            for _ in 0..<1000 {
                group.addTask { [key] in
                    switch flights.join(key) {
                    case .leader(let flight):
                        flights.finish(flight, key, with: .shared(0))
                        return 0
                    case .follower(let flight):
                        guard case .shared(let value) = try await flight.result() else { return -1 }
                        return value
                    case .lookUpAgain: return -2
                    }
                }
            }
            if let leader { flights.finish(leader, key, with: .shared(7), staysOpen: true) }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(results == [7])
        #expect(flights.count == 1)
    }

    @Test("After a flight has ended, the next request starts a new one")
    func leadsAgain() throws {
        let flights = SingleFlight<Int>()
        let flight = try #require(flights.begin(key))
        #expect(flights.begin(key) == nil)
        flights.finish(flight, key, with: .notShareable)
        #expect(flights.begin(key) != nil)
        // An old flight does not close a new one.
        flights.close(flight, key)
        #expect(flights.count == 1)
    }

    @Test("A follower that is cancelled stops waiting")
    func cancelsAFollower() async throws {
        let flights = SingleFlight<Int>()
        let flight = try #require(flights.begin(key))
        let waiting = Task { try await flight.result() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        flights.finish(flight, key, with: .shared(1))
        guard case .shared(1) = try await flight.result() else {
            Issue.record("The result is lost.")
            return
        }
    }
}
