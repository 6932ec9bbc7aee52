import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("What collapsed requests share")
struct SharedResultTests {
    private static let url = SessionUnderTest.url
    private static let balance = HTTPField.Name("X-Balance")!

    /// Starts two requests, so that the second waits for the first, and opens the gate.
    private func collapse(
        _ test: SessionUnderTest,
        _ gate: Gate,
        _ fields: HTTPFields
    ) async throws -> (leader: CachedResponse, follower: CachedResponse) {
        let count = test.transport.count
        async let leader = test.session.get(Self.url, headers: fields)
        await test.transport.received(count + 1)
        async let follower = test.session.get(Self.url, headers: fields)
        await test.log.logged("waiting for a concurrent request")
        gate.open()
        return try await (leader, follower)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var update: HTTPFields
        var settings = CacheSettings.rfc9111(isShared: true)
        var isShared = false
    }

    @Test(
        "The response that a 304 has updated is shared if it may still be stored",
        arguments: [
            Row(testDescription: "private", update: [.cacheControl: "private", .setCookie: "id=alice"]),
            Row(testDescription: "no-store", update: [.cacheControl: "no-store"]),
            Row(testDescription: "no-store, one user", update: [.cacheControl: "no-store"], settings: .rfc9111()),
            Row(testDescription: "a cookie", update: [.cacheControl: "no-cache", .setCookie: "id=alice"]),
            Row(
                testDescription: "rejected by the filter",
                update: [:],
                settings: {
                    var settings = CacheSettings.rfc9111()
                    settings.filter = { $0.headerFields[Self.balance] == nil }
                    return settings
                }()
            ),
            Row(testDescription: "changes nothing", update: [.cacheControl: "max-age=1000"], isShared: true),
            Row(testDescription: "a longer lifetime", update: [.cacheControl: "max-age=2000"], isShared: true),
        ]
    )
    func sharesByRules(row: Row) async throws {
        let gate = Gate()
        let test = SessionUnderTest(settings: { $0 = row.settings }) { exchange in
            guard exchange.ordinal > 1 else {
                return TransportResponse(200, [.eTag: "\"1\"", .cacheControl: "max-age=1000"], body: "page")
            }
            await gate.opened()
            var fields = row.update
            fields[.eTag] = "\"1\""
            fields[Self.balance] = "\(exchange.ordinal)"
            return TransportResponse(304, fields)
        }
        _ = try await test.session.get(Self.url)
        test.clock.advance(by: 20)
        let (leader, follower) = try await collapse(test, gate, [.cacheControl: "max-age=10"])
        #expect(leader.headerFields[Self.balance] == "2")
        #expect(follower.cacheStatus.isCollapsed == row.isShared)
        #expect(test.transport.count == (row.isShared ? 2 : 3))
        if !row.isShared { #expect(follower.headerFields[Self.balance] != "2") }
    }

    @Test("Fields for one user alone are not shared", arguments: [200, 304])
    func keepsPrivateFields(status: Int) async throws {
        let gate = Gate()
        let test = SessionUnderTest(settings: { $0 = .rfc9111(isShared: true) }) { exchange in
            var fields: HTTPFields = [.eTag: "\"1\"", .cacheControl: "max-age=10, private=\"X-Balance\""]
            if exchange.ordinal > 1 { await gate.opened() }
            fields[Self.balance] = "\(exchange.ordinal)"
            return TransportResponse(exchange.ordinal > 1 ? status : 200, fields, body: "page")
        }
        _ = try await test.session.get(Self.url)
        test.clock.advance(by: 20)
        let (leader, follower) = try await collapse(test, gate, [:])
        #expect(leader.headerFields[Self.balance] == (status == 200 ? "2" : nil))
        #expect(follower.cacheStatus.isCollapsed && follower.headerFields[Self.balance] == nil)
        #expect(test.transport.count == 2)
    }

    @Test("The age of a shared response counts its delay once")
    func tellsAgeOnce() async throws {
        let gate = Gate()
        let clock = TestClock()
        let test = SessionUnderTest(clock: clock, settings: { $0 = .rfc9111() }) { exchange in
            if exchange.ordinal > 1 {
                await gate.opened()
                clock.advance(by: 2)
            }
            let fields: HTTPFields = [.eTag: "\"1\"", .cacheControl: "max-age=60"]
            return TransportResponse(exchange.ordinal == 1 ? 200 : 304, fields, body: "page")
        }
        _ = try await test.session.get(Self.url)
        clock.advance(by: 61)
        let (leader, follower) = try await collapse(test, gate, [:])
        #expect(follower.cacheStatus.isCollapsed)
        #expect(leader.headerFields[.age] == "2" && follower.headerFields[.age] == "2")
    }

    @Test(
        "A background refresh shares the response itself, not the answer to the conditions of its client",
        arguments: [[.ifNoneMatch: "\"1\""], [.range: "bytes=0-1"], [.range: "bytes=100-"], [:]] as [HTTPFields],
        [200, 304]
    )
    func refreshesForAll(conditions: HTTPFields, status: Int) async throws {
        for isStreamed in [false, true] {
            let gate = Gate()
            let test = SessionUnderTest(settings: { $0 = .rfc9111() }) { exchange in
                if exchange.ordinal > 1 { await gate.opened() }
                return TransportResponse(
                    exchange.ordinal == 1 ? 200 : status,
                    [.eTag: "\"1\"", .cacheControl: "max-age=10, stale-while-revalidate=100"],
                    body: exchange.ordinal == 1 || status == 200 ? "content" : ""
                )
            }
            _ = try await test.session.get(Self.url)
            test.clock.advance(by: 50)
            var request = try HTTPRequest(url: Self.url)
            request.headerFields = conditions
            if isStreamed {
                _ = try await test.session.stream(request)
            } else {
                _ = try await test.session.send(request)
            }
            await test.transport.received(2)
            // It accepts nothing stale, so it waits for the refresh.
            async let follower = test.session.get(Self.url, headers: [.cacheControl: "max-age=1000"])
            await test.log.logged("waiting for a concurrent request")
            gate.open()
            let response = try await follower
            #expect(response.status == .ok && response.text() == "content" && response.cacheStatus.isCollapsed)
            await test.session.backgroundTasks.drain()
            #expect(test.transport.count == 2)
            let hit = try await test.session.get(Self.url)
            #expect(hit.cacheStatus.isHit && !hit.isExpired && hit.text() == "content")
        }
    }
}
