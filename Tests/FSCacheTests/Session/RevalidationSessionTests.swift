import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Session: validation and refresh")
struct RevalidationSessionTests {
    private let url = SessionUnderTest.url

    @Test("A 304 serves the stored body, merges the header fields and renews the expiry")
    func revalidates() async throws {
        let test = SessionUnderTest.validating { $0.expireAfter = 60 }
        let first = try await test.session.get(url)
        test.clock.advance(by: 61)
        let second = try await test.session.get(url)
        #expect(test.transport.exchanges[1].request.headerFields[.ifNoneMatch] == "\"v1\"")
        #expect(second.isFromCache && second.isRevalidated && !second.isExpired)
        #expect(second.status == .ok && second.text() == "content")
        #expect(second.headerFields[.server] == "2")
        #expect(second.createdAt == first.createdAt)
        #expect(second.expires == test.clock.now.addingTimeInterval(60))
        #expect(second.cacheStatus.description == "FSCache; fwd=stale; fwd-status=304; ttl=60; stored")
        #expect(try await test.session.get(url).headerFields[.server] == "2")
        #expect(test.transport.count == 2)
    }

    @Test("A 304 that changes nothing skips the write")
    func skipsWrite() async throws {
        let test = SessionUnderTest { exchange in
            TransportResponse(exchange.ordinal == 1 ? 200 : 304, [.eTag: "\"v1\""])
        }
        _ = try await test.session.get(url)
        let second = try await test.session.get(url, options: .init(refresh: true))
        #expect(second.isRevalidated && !second.cacheStatus.isStored)
        #expect(test.session.cache.counts.stores == 1)
    }

    @Test("An answer other than 304 replaces the entry")
    func replaces() async throws {
        let test = SessionUnderTest { exchange in
            TransportResponse(200, [.eTag: "\"\(exchange.ordinal)\""], body: "\(exchange.ordinal)")
        }
        _ = try await test.session.get(url)
        let second = try await test.session.get(url, options: .init(refresh: true))
        #expect(!second.isFromCache && !second.isRevalidated && second.text() == "2")
        #expect(try await test.session.get(url).text() == "2")
    }

    @Test("Only conditional fields are added to the request on the wire")
    func addsNothing() async throws {
        let test = SessionUnderTest.validating()
        let options = RequestOptions(expireAfter: 5, refresh: true, staleIfError: true)
        _ = try await test.session.get(url, headers: [.accept: "*/*"], options: options)
        _ = try await test.session.get(url, headers: [.accept: "*/*"], options: options)
        #expect(test.transport.exchanges[0].request.headerFields == [.accept: "*/*"])
        #expect(test.transport.exchanges[1].request.headerFields == [.accept: "*/*", .ifNoneMatch: "\"v1\""])
    }

    @Test("A request's options apply to that request")
    func takesOptions() async throws {
        let test = SessionUnderTest.counting()
        #expect(try await test.session.get(url, options: .init(expireAfter: 9)).expires != nil)
        #expect(try await test.session.get(url, options: .init(refresh: true)).text() == "2")
        #expect(try await test.session.get(url, options: .init(forceRefresh: true)).text() == "3")
        #expect(try await test.session.get(url).text() == "3")
    }

    @Test("onlyIfCached gives 504 on a miss without using the network")
    func onlyIfCached() async throws {
        let test = SessionUnderTest.counting { $0.expireAfter = 10 }
        let miss = try await test.session.get(url, options: .init(onlyIfCached: true))
        #expect(miss.status == .gatewayTimeout && !miss.isFromCache)
        #expect(test.transport.count == 0)
        _ = try await test.session.get(url)
        #expect(try await test.session.get(url, options: .init(onlyIfCached: true)).text() == "1")
        test.clock.advance(by: 11)
        #expect(try await test.session.get(url, options: .init(onlyIfCached: true)).status == .gatewayTimeout)
        let stale = try await test.session.get(url, options: .init(onlyIfCached: true, staleIfError: true))
        #expect(stale.isExpired && stale.text() == "1")
        #expect(test.transport.count == 1)
    }

    @Test("A Vary mismatch is a 504 with onlyIfCached too")
    func onlyIfCachedAndVary() async throws {
        let test = SessionUnderTest.counting([.vary: "Accept"])
        _ = try await test.session.get(url, headers: [.accept: "text/html"])
        let other = try await test.session.get(
            url,
            headers: [.accept: "text/plain"],
            options: .init(onlyIfCached: true)
        )
        #expect(other.status == .gatewayTimeout)
    }

    @Test("alwaysRevalidate validates each time when there is a validator")
    func alwaysRevalidates() async throws {
        let test = SessionUnderTest.validating { $0.alwaysRevalidate = true }
        for _ in 0..<3 { _ = try await test.session.get(url) }
        #expect(test.transport.count == 3)
        #expect(test.session.cache.counts.revalidations == 2)
    }

    struct Broken: Error {}

    @Test("A stale response stands in for a thrown error and for an error status", arguments: [nil, 500, 429])
    func standsIn(status: Int?) async throws {
        let test = SessionUnderTest(settings: { $0.expireAfter = 10 }) { exchange in
            if exchange.ordinal == 1 { return TransportResponse(200, [.eTag: "\"v1\""], body: "good") }
            guard let status else { throw Broken() }
            return TransportResponse(status, body: "bad")
        }
        _ = try await test.session.get(url)
        test.clock.advance(by: 70)
        let stale = try await test.session.get(url, options: .init(staleIfError: 60))
        #expect(stale.text() == "good" && stale.isExpired && stale.isFromCache)
        #expect(stale.cacheStatus.description.hasPrefix("FSCache; fwd=stale; ttl=-60; detail="))
        test.clock.advance(by: 1)
        if let status {
            #expect(try await test.session.get(url, options: .init(staleIfError: 60)).status.code == status)
        } else {
            await #expect(throws: Broken.self) {
                try await test.session.get(url, options: .init(staleIfError: 60))
            }
        }
    }

    @Test(
        "No stale response hides that access is denied or that the resource is gone",
        arguments: [401, 403, 404, 410]
    )
    func hidesNoAnswer(status: Int) async throws {
        let test = SessionUnderTest(settings: {
            $0.expireAfter = 10
            $0.staleIfError = .always
        }) { TransportResponse($0.ordinal == 1 ? 200 : status) }
        _ = try await test.session.get(url)
        test.clock.advance(by: 11)
        #expect(try await test.session.get(url).status.code == status)
        test.session.settings.staleIfErrorCodes = [status]
        #expect(try await test.session.get(url).status == .ok)
        #expect(try await test.session.get(url, options: .init(staleIfError: .never)).status.code == status)
    }

    @Test("An error that is cached on purpose is stored, and no stale response stands in for it")
    func storesAllowableErrors() async throws {
        let test = SessionUnderTest(settings: {
            $0.allowableCodes = [200, 404]
            $0.staleIfError = .always
            $0.expireAfter = 10
        }) { TransportResponse($0.ordinal == 1 ? 200 : 404) }
        _ = try await test.session.get(url)
        test.clock.advance(by: 11)
        #expect(try await test.session.get(url).status == .notFound)
        #expect(try await test.session.get(url).isFromCache)
    }

    @Test("With nothing stored, the caller gets the error")
    func throwsWithoutEntry() async throws {
        let test = SessionUnderTest(settings: { $0.staleIfError = .always }) { _ in throw Broken() }
        await #expect(throws: Broken.self) { try await test.session.get(url) }
    }

    @Test("A body that ends early throws and is not stored")
    func refusesIncompleteBodies() async throws {
        let test = SessionUnderTest { exchange in
            guard exchange.ordinal == 1 else { return TransportResponse(body: "whole") }
            let chunks = AsyncThrowingStream<Data, any Error> { continuation in
                continuation.yield(Data("half".utf8))
                continuation.finish(throwing: FSCacheError(.incompleteResponse, "The body ended early."))
            }
            return TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(chunks))
        }
        await #expect(throws: FSCacheError.self) { try await test.session.get(url) }
        #expect(try await test.session.cache.count() == 0)
        #expect(try await test.session.get(url).text() == "whole")
    }

    @Test("A successful unsafe method deletes the stored responses of its target")
    func invalidates() async throws {
        let test = SessionUnderTest { TransportResponse($0.request.path == "/fail" ? 500 : 200, body: "\($0.ordinal)") }
        _ = try await test.session.get(url)
        _ = try await test.session.get("https://example.com/fail", options: .init())
        _ = try await test.session.head(url)
        _ = try await test.session.post("https://example.com/other")
        #expect(try await test.session.get(url).isFromCache)
        _ = try await test.session.delete(url)
        #expect(!(try await test.session.get(url).isFromCache))
        #expect(!(try await test.session.head(url).isFromCache))
    }
}
