import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Session: expiration")
struct ExpirationSessionTests {
    private let url = SessionUnderTest.url

    @Test("By default a response never expires, and only GET and HEAD with 200 are stored")
    func hasDefaults() async throws {
        let test = SessionUnderTest(respond: { exchange in
            let isMissing = exchange.request.path == "/missing"
            return TransportResponse(isMissing ? 404 : 200, body: "\(exchange.ordinal)")
        })
        let first = try await test.session.get(url)
        test.clock.advance(by: 1e9)
        let second = try await test.session.get(url)
        #expect(first.text() == "1" && !first.isFromCache)
        #expect(second.text() == "1" && second.isFromCache && second.expires == nil && !second.isExpired)
        _ = try await test.session.get("https://example.com/missing")
        _ = try await test.session.get("https://example.com/missing")
        _ = try await test.session.post(url)
        _ = try await test.session.head("https://example.com/head")
        #expect(try await test.session.head("https://example.com/head").isFromCache)
        #expect(test.transport.count == 5)
    }

    @Test("An entry is served until it expires, then fetched again")
    func expires() async throws {
        let test = SessionUnderTest.counting { $0.expireAfter = 60 }
        #expect(try await test.session.get(url).text() == "1")
        test.clock.advance(by: 59.9)
        #expect(try await test.session.get(url).text() == "1")
        test.clock.advance(by: 0.1)
        let refetched = try await test.session.get(url)
        #expect(refetched.text() == "2")
        #expect(refetched.cacheStatus.description == "FSCache; fwd=stale; ttl=60; stored")
    }

    @Test("doNotCache neither reads nor writes")
    func doNotCache() async throws {
        let test = SessionUnderTest.counting()
        _ = try await test.session.get(url)
        let bypass = try await test.session.get(url, options: .init(expireAfter: .doNotCache))
        #expect(bypass.text() == "2" && bypass.cacheKey == nil)
        #expect(try await test.session.get(url).text() == "1")
    }

    @Test("Immediately stores responses with a validator and validates each time")
    func immediately() async throws {
        let test = SessionUnderTest.validating { $0.expireAfter = .immediately }
        #expect(!(try await test.session.get(url).isFromCache))
        let second = try await test.session.get(url)
        #expect(second.isFromCache && second.isRevalidated && second.text() == "content")
        #expect(test.transport.count == 2)

        let plain = SessionUnderTest.counting { $0.expireAfter = .immediately }
        let response = try await plain.session.get(url)
        #expect(!response.cacheStatus.isStored)
        #expect(try await plain.session.cache.count() == 0)
    }

    @Test("Rules by URL, in order")
    func rulesByURL() async throws {
        let test = SessionUnderTest.counting {
            $0.urlsExpireAfter = ["example.com/static": .never, "example.com/items": 10, "*": .doNotCache]
        }
        #expect(try await test.session.get("https://example.com/static/a").expires == nil)
        #expect(try await test.session.get(url).expires == test.clock.now.addingTimeInterval(10))
        #expect(try await test.session.get("https://elsewhere.org/").cacheKey == nil)
    }

    @Test("New settings don't change stored entries; resetExpiration does, from now")
    func resetsExpiration() async throws {
        let test = SessionUnderTest.counting { $0.expireAfter = 60 }
        _ = try await test.session.get(url)
        test.session.settings.expireAfter = 5
        test.clock.advance(by: 30)
        let hit = try await test.session.get(url)
        #expect(hit.isFromCache)
        #expect(try await test.session.cache.resetExpiration(.seconds(5), now: test.clock.now) == 1)
        test.clock.advance(by: 6)
        #expect(try await test.session.get(url).text() == "2")
    }

    @Test("Expired entries stay until they are replaced or deleted")
    func keepsExpired() async throws {
        let test = SessionUnderTest.counting { $0.expireAfter = 1 }
        _ = try await test.session.get(url)
        test.clock.advance(by: 1000)
        let cache = test.session.cache
        #expect(try await cache.count() == 1)
        #expect(try await cache.delete(.expired, now: test.clock.now) == 1)
        #expect(try await cache.count() == 0)
    }

    @Test("With cacheControl the response decides, then the settings")
    func obeysResponse() async throws {
        let test = SessionUnderTest.counting([.cacheControl: "max-age=5"]) {
            $0.cacheControl = true
            $0.expireAfter = 600
        }
        #expect(try await test.session.get(url).expires == test.clock.now.addingTimeInterval(5))
        test.session.settings.cacheControl = false
        let refetched = try await test.session.get(url, options: .init(forceRefresh: true))
        #expect(refetched.expires == test.clock.now.addingTimeInterval(600))
    }
}
