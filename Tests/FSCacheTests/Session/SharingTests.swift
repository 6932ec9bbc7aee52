import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Collapsed requests")
struct SharingTests {
    private struct Broken: Error {}

    private static let url = SessionUnderTest.url

    @Test("A thousand concurrent misses share one request")
    func oneRequest() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { exchange in
            await gate.opened()
            return TransportResponse(200, body: "\(exchange.ordinal)")
        }
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<1000 {
                group.addTask { try await subject.session.get(Self.url).text() }
            }
            await subject.transport.received(1)
            gate.open()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies == ["1"])
        #expect(subject.transport.count == 1)
        let counts = subject.session.cache.counts
        #expect(counts.misses == 1)
        #expect(counts.misses + counts.hits + counts.collapsedRequests == 1000)
    }

    @Test("A thousand requests for a stale response share one validation")
    func oneValidation() async throws {
        let subject = SessionUnderTest.validating { $0.expireAfter = 10 }
        _ = try await subject.session.get(Self.url)
        subject.clock.advance(by: 11)
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<1000 {
                group.addTask { try await subject.session.get(Self.url).text() }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies == ["content"])
        #expect(subject.transport.count == 2)
    }

    @Test("Requests that join a stream get its beginning before its end has arrived")
    func followsAStream() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let subject = SessionUnderTest { _ in
            TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(parts))
        }
        let request = try HTTPRequest(url: Self.url)
        let leader = try await subject.session.stream(request)
        origin.yield(Data("beginning, ".utf8))
        var first = leader.body.makeAsyncIterator()
        #expect(try await first.next() == Data("beginning, ".utf8))

        let follower = try await subject.session.stream(request)
        #expect(follower.head.cacheStatus.isCollapsed)
        var second = follower.body.makeAsyncIterator()
        #expect(try await second.next() == Data("beginning, ".utf8))
        async let whole = subject.session.send(request)
        origin.yield(Data("end".utf8))
        origin.finish()
        #expect(try await first.next() == Data("end".utf8))
        #expect(try await second.next() == Data("end".utf8))
        #expect(try await whole.text() == "beginning, end")
        #expect(subject.transport.count == 1)
    }

    @Test("When the leader is cancelled, another request leads, and none fails")
    func handsOverWhenCancelled() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { exchange in
            if exchange.ordinal == 1 {
                try await Task.sleep(for: .seconds(3600))
            }
            await gate.opened()
            return TransportResponse(200, body: "\(exchange.ordinal)")
        }
        let leader = Task { try await subject.session.get(Self.url).text() }
        await subject.transport.received(1)
        let followers = (0..<100).map { _ in Task { try await subject.session.get(Self.url).text() } }
        leader.cancel()
        await #expect(throws: (any Error).self) { try await leader.value }
        gate.open()
        for follower in followers { #expect(try await follower.value == "2") }
        #expect(subject.transport.count == 2)
    }

    @Test("When the only reader of a stream leaves, concurrent requests get another response, and none fails")
    func handsOverWhenAbandoned() async throws {
        for _ in 0..<50 {
            let subject = SessionUnderTest { exchange in
                guard exchange.ordinal == 1 else { return TransportResponse(body: "\(exchange.ordinal)") }
                // This stream never ends by itself.
                let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
                origin.yield(Data("beginning".utf8))
                return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(parts))
            }
            let request = try HTTPRequest(url: Self.url)
            var leader: StreamedResponse? = try await subject.session.stream(request)
            #expect(leader?.head.status == .ok)
            leader = nil
            let followers = (0..<4).map { _ in Task { try await subject.session.get(Self.url).text() } }
            for follower in followers { #expect(try await follower.value == "2") }
            #expect(subject.transport.count == 2)
        }
    }

    @Test("When the leader fails, one more request tries; when that fails too, all fail")
    func handsOverOnce() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { _ in
            await gate.opened()
            throw Broken()
        }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        _ = try await subject.session.get(Self.url)
                        return false
                    } catch {
                        return error is Broken
                    }
                }
            }
            await subject.transport.received(1)
            gate.open()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 200)
    }

    @Test("A stale response stands in for followers as it does for their leader", arguments: [nil, 503])
    func sharesStandIn(status: Int?) async throws {
        let gate = Gate()
        let subject = SessionUnderTest(settings: { ($0.expireAfter, $0.staleIfError) = (10, .always) }) { exchange in
            guard exchange.ordinal > 1 else { return TransportResponse(body: "old") }
            await gate.opened()
            guard let status else { throw Broken() }
            return TransportResponse(status)
        }
        _ = try await subject.session.get(Self.url)
        subject.clock.advance(by: 11)
        async let leader = subject.session.get(Self.url)
        await subject.transport.received(2)
        async let follower = subject.session.get(Self.url)
        await subject.log.logged("waiting for a concurrent request")
        gate.open()
        let reason = status.map { "status \($0)" } ?? "Broken()"
        let report = "FSCache; fwd=stale; ttl=-1; detail=\"stands in for: \(reason)\""
        for response in try await [leader, follower] {
            #expect(response.text() == "old" && response.cacheStatus.description == report)
        }
        #expect(subject.transport.count == 2)
    }

    @Test("A response that is not stored goes only to its own request")
    func sharesNothingPrivate() async throws {
        let subject = SessionUnderTest { exchange in
            TransportResponse(200, [.cacheControl: "no-store"], body: "\(exchange.ordinal)")
        }
        subject.session.settings = .rfc9111()
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask { try await subject.session.get(Self.url).text() }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies.count == 50)
    }

    @Test("The response to a request that was sent before its URL was invalidated is neither stored nor shared")
    func forgetsInvalidatedResponses() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { exchange in
            if exchange.ordinal == 1 { await gate.opened() }
            return TransportResponse(body: "\(exchange.ordinal)")
        }
        async let old = subject.session.get(Self.url)
        await subject.transport.received(1)
        _ = try await subject.session.put(Self.url)
        #expect(try await subject.session.get(Self.url).text() == "3", "it does not wait for the old response")
        gate.open()
        let late = try await old
        #expect(late.text() == "1" && !late.cacheStatus.isStored)
        #expect(try await subject.session.get(Self.url).text() == "3")
    }

    @Test("A request for another variant is not collapsed")
    func heedsVary() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { exchange in
            await gate.opened()
            let language = exchange.request.headerFields[.acceptLanguage] ?? ""
            return TransportResponse(200, [.vary: "Accept-Language"], body: language)
        }
        let texts = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for number in 0..<100 {
                group.addTask {
                    let language = number.isMultiple(of: 2) ? "de" : "fr"
                    let response = try await subject.session.get(Self.url, headers: [.acceptLanguage: language])
                    return (language, response.text())
                }
            }
            await subject.transport.received(1)
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(texts.allSatisfy { $0.0 == $0.1 })
    }

    /// A session with a stale response, which is refreshed when the gate opens.
    private func stale(_ gate: Gate) async throws -> SessionUnderTest {
        let subject = SessionUnderTest { exchange in
            if exchange.ordinal > 1 { await gate.opened() }
            return TransportResponse(
                200,
                [.cacheControl: "max-age=10, stale-while-revalidate=100"],
                body: "\(exchange.ordinal)"
            )
        }
        subject.session.settings = .rfc9111()
        _ = try await subject.session.get(Self.url)
        subject.clock.advance(by: 50)
        return subject
    }

    @Test("A stale response is served at once and refreshed once for any number of requests")
    func refreshesOnce() async throws {
        let gate = Gate()
        let subject = try await stale(gate)
        for _ in 0..<100 {
            let response = try await subject.session.get(Self.url)
            #expect(response.text() == "1" && response.isExpired)
        }
        gate.open()
        await subject.session.backgroundTasks.drain()
        #expect(subject.transport.count == 2)
        #expect(try await subject.session.get(Self.url).text() == "2")
    }

    @Test("Settings and options allow stale-while-revalidate within a window", arguments: [true, false])
    func allowedBySettings(isOption: Bool) async throws {
        let subject = SessionUnderTest.counting { settings in
            settings.expireAfter = 10
            if !isOption { settings.staleWhileRevalidate = 60 }
        }
        let options = RequestOptions(staleWhileRevalidate: isOption ? 60 : nil)
        _ = try await subject.session.get(Self.url, options: options)
        subject.clock.advance(by: 71)
        #expect(try await subject.session.get(Self.url, options: options).text() == "2")
        subject.clock.advance(by: 69)
        let stale = try await subject.session.get(Self.url, options: options)
        #expect(stale.text() == "2" && stale.isExpired)
        await subject.session.backgroundTasks.drain()
        #expect(try await subject.session.get(Self.url, options: options).text() == "3")
    }

    @Test("Closing waits for background refreshes")
    func drains() async throws {
        let gate = Gate()
        let subject = try await stale(gate)
        _ = try await subject.session.get(Self.url)
        await subject.transport.received(2)
        async let closed: Void = subject.session.close()
        gate.open()
        await closed
        #expect(subject.session.cache.counts.stores == 2)
    }

    @Test("The settings limit the number of concurrent background refreshes")
    func boundsRefreshes() async throws {
        let gate = Gate()
        let subject = SessionUnderTest { exchange in
            if exchange.ordinal > 5 { await gate.opened() }
            return TransportResponse(200, [.cacheControl: "max-age=10, stale-while-revalidate=100"])
        }
        subject.session.settings = .rfc9111()
        subject.session.settings.maxBackgroundRefreshes = 2
        for number in 0..<5 { _ = try await subject.session.get("https://example.com/\(number)") }
        subject.clock.advance(by: 50)
        for number in 0..<5 { _ = try await subject.session.get("https://example.com/\(number)") }
        await subject.transport.received(7)
        gate.open()
        await subject.session.backgroundTasks.drain()
        #expect(subject.transport.count == 7)
    }
}
