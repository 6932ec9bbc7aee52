import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Session: rules of caching, and the properties of responses")
struct SessionRulesTests {
    private let url = SessionUnderTest.url

    @Test(
        "Allowable methods restrict reading and writing, including a method in an override field",
        arguments: [
            ("GET", nil, true), ("HEAD", nil, true), ("POST", nil, false), ("OPTIONS", nil, false),
            ("DELETE", nil, false), ("GET", "POST", false), ("GET", "delete", false), ("POST", "GET", false),
            ("POST", "get", false), ("GET", "head", true), ("GET", "no method", true),
        ] as [(String, String?, Bool)],
        ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    )
    func gatesMethods(_ row: (method: String, override: String?, isCached: Bool), field: String) async throws {
        let (name, override, isCached) = row
        let test = SessionUnderTest.counting()
        var headers: HTTPFields = [:]
        if let override { headers[try #require(HTTPField.Name(field))] = override }
        let method = try #require(HTTPRequest.Method(name))
        for count in 1...2 {
            let response = try await test.session.request(method, url, headers: headers)
            #expect(response.isFromCache == (isCached && count == 2))
            #expect((response.cacheKey != nil) == isCached)
        }
        #expect(try await test.session.cache.count() == (isCached ? 1 : 0))
    }

    @Test("An entry is no longer read once its method is not allowed")
    func gatesReading() async throws {
        let test = SessionUnderTest.counting { $0.allowableMethods = [.get, .post] }
        _ = try await test.session.post(url)
        #expect(try await test.session.post(url).isFromCache)
        test.session.settings.allowableMethods = [.get]
        #expect(try await test.session.post(url).text() == "2")
    }

    @Test("Allowable codes restrict only writing", arguments: [200, 201, 203, 204, 300, 301, 404, 410, 500, 503])
    func gatesCodes(status: Int) async throws {
        let test = SessionUnderTest { TransportResponse(status, body: "\($0.ordinal)") }
        #expect(try await test.session.get(url).cacheStatus.isStored == (status == 200))
        test.session.settings.allowableCodes = [status]
        #expect(try await test.session.get(url, options: .init(forceRefresh: true)).cacheStatus.isStored)
        test.session.settings.allowableCodes = []
        #expect(try await test.session.get(url).text() == "2")
    }

    @Test(
        "Without cacheControl, a 206 and a 304 are never stored, even if allowed",
        arguments: [206, 304]
    )
    func refusesParts(status: Int) async throws {
        let test = SessionUnderTest(settings: { $0.allowableCodes = [status] }) { _ in TransportResponse(status) }
        #expect(try await !test.session.get(url).cacheStatus.isStored)
        #expect(try await test.session.cache.count() == 0)
    }

    @Test(
        "Each kind of expiration works for a session and for one request",
        arguments: [
            (60, 60), (0.5, 0.5), (.after(.seconds(7)), 7), (.after(.milliseconds(1500)), 1.5),
            (.at(TestClock().now + 100), 100), (.at(TestClock().now - 100), -100), (.never, nil),
        ] as [(Expiration, Double?)],
        [true, false]
    )
    func setsExpiry(_ row: (expiration: Expiration, seconds: Double?), isOption: Bool) async throws {
        let (expiration, seconds) = row
        let test = SessionUnderTest.counting { $0.expireAfter = isOption ? 1 : expiration }
        let options = RequestOptions(expireAfter: isOption ? expiration : nil)
        let response = try await test.session.get(url, options: options)
        #expect(response.expires == seconds.map { test.clock.now + $0 })
        #expect(response.cacheStatus.isStored, "a date in the past stores an entry that is stale from the start")
        let again = try await test.session.get(url, options: options)
        #expect(again.isFromCache == (seconds.map { $0 > 0 } ?? true))
    }

    @Test("The first of response, request, option, URL rule and session that sets a lifetime decides")
    func ordersExpirations() async throws {
        let test = SessionUnderTest.counting([.cacheControl: "max-age=10"])
        // Add each to the previous ones, from the weakest to the strongest.
        var headers: HTTPFields = [:]
        var options = RequestOptions(forceRefresh: true)
        func lifetime() async throws -> Double? {
            let response = try await test.session.get(url, headers: headers, options: options)
            return response.expires?.timeIntervalSince(test.clock.now)
        }
        #expect(try await lifetime() == nil)
        test.session.settings.expireAfter = 50
        #expect(try await lifetime() == 50)
        test.session.settings.urlsExpireAfter = ["elsewhere.org": 1, "example.com/items": 40, "*": 2]
        #expect(try await lifetime() == 40)
        options.expireAfter = 30
        #expect(try await lifetime() == 30)
        headers[.cacheControl] = "max-age=20"
        #expect(try await lifetime() == 20)
        test.session.settings.cacheControl = true
        #expect(try await lifetime() == 10)
    }

    @Test("doNotCache of the session, of a rule or of an option neither reads nor writes", arguments: 0..<3)
    func bypasses(place: Int) async throws {
        let test = SessionUnderTest.counting()
        _ = try await test.session.get(url)
        var options = RequestOptions()
        switch place {
        case 0: test.session.settings.expireAfter = .doNotCache
        case 1: test.session.settings.urlsExpireAfter = ["*": .doNotCache]
        default: options.expireAfter = .doNotCache
        }
        let bypass = try await test.session.get(url, options: options)
        #expect(bypass.text() == "2" && bypass.cacheKey == nil && bypass.cacheStatus.forward == .bypass)
        test.session.settings = CacheSettings()
        #expect(try await test.session.get(url).text() == "1")
    }

    @Test("Without a validator refresh fetches again, and alwaysRevalidate serves the stored response")
    func refreshesWithoutValidator() async throws {
        let test = SessionUnderTest.counting { $0.alwaysRevalidate = true }
        _ = try await test.session.get(url)
        #expect(try await test.session.get(url).isFromCache)
        let refreshed = try await test.session.get(url, options: .init(refresh: true))
        #expect(refreshed.text() == "2" && !refreshed.isFromCache && !refreshed.isRevalidated)
        #expect(test.transport.exchanges[1].request.headerFields.isEmpty)
    }

    @Test("forceRefresh sends no conditional request, and overwrites")
    func forcesRefresh() async throws {
        let test = SessionUnderTest.validating()
        _ = try await test.session.get(url)
        let second = try await test.session.get(url, options: .init(forceRefresh: true))
        #expect(!second.isFromCache && !second.isRevalidated && second.cacheStatus.isStored)
        #expect(!test.transport.exchanges[1].request.headerFields.contains(.ifNoneMatch))
        #expect(try await test.session.get(url).headerFields[.server] == "2")
    }

    @Test("A merge never leaves both Content-Length and Transfer-Encoding")
    func mergesLength() async throws {
        for (stored, update) in [
            ([.contentLength: "7"], [.transferEncoding: "chunked"]),
            ([.transferEncoding: "chunked"], [.contentLength: "0"]),
            ([.contentLength: "7", .transferEncoding: "chunked"], [:]),
        ] as [(HTTPFields, HTTPFields)] {
            let test = SessionUnderTest { exchange in
                var fields = exchange.ordinal == 1 ? stored : update
                fields[.eTag] = "\"v1\""
                return TransportResponse(exchange.ordinal == 1 ? 200 : 304, fields, body: "content")
            }
            _ = try await test.session.get(url)
            for response in [
                try await test.session.get(url, options: .init(refresh: true)), try await test.session.get(url),
            ] {
                let fields = response.headerFields
                #expect(response.isFromCache && response.text() == "content")
                #expect(!fields.contains(.contentLength) || !fields.contains(.transferEncoding))
                #expect(fields[.contentLength] != "0", "a 304 has no content whose length it could tell")
            }
        }
    }

    @Test(
        "What is keyed is what is sent, also the host",
        arguments: [URLMatching.sortedQuery, .normalized, .verbatim],
        ["loc%61lhost:18801", "LOCALHOST:18801", "localhost:018801", "loc\u{ad}alhost:18801"]
    )
    func sendsNormalizedHost(matching: URLMatching, authority: String) async throws {
        let test = SessionUnderTest(settings: { $0.urlMatching = matching }) { _ in TransportResponse() }
        let host = try #require(HTTPField.Name("Host"))
        for (scheme, authority) in [("HTTP", authority), ("http", "localhost:18801")] {
            var request = HTTPRequest(method: .get, scheme: scheme, authority: authority, path: "/")
            _ = try await test.session.send(request)
            // A Host field that repeats the authority changes nothing.
            request.headerFields[host] = authority
            #expect(try await test.session.send(request).isFromCache)
            _ = try await test.session.send(request, options: RequestOptions(forceRefresh: true))
        }
        #expect(test.transport.count == 3)
        for exchange in test.transport.exchanges {
            #expect(exchange.request.scheme == "http" && exchange.request.authority == "localhost:18801")
            #expect([nil, "localhost:18801"].contains(exchange.request.headerFields[host]))
        }
    }

    @Test("A request keeps the settings that it started with")
    func keepsSettingsOfRequest() async throws {
        let (asked, answer) = (Gate(), Gate())
        let test = SessionUnderTest(settings: { $0.expireAfter = 60 }) { _ in
            asked.open()
            await answer.opened()
            return TransportResponse(404, body: "old rules")
        }
        test.session.settings.allowableCodes = [404]
        async let response = test.session.get(url)
        await asked.opened()
        test.session.settings = CacheSettings()
        test.session.settings.filter = { _ in false }
        answer.open()
        #expect(try await response.cacheStatus.isStored)
        #expect(try await response.expires == test.clock.now + 60)
    }

    @Test("Settings that other tasks replace are never seen half replaced")
    func replacesSettingsWhole() async throws {
        let test = SessionUnderTest.counting()
        await withTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    for step in 0..<200 {
                        var settings = CacheSettings()
                        settings.expireAfter = .seconds(Double(writer * 1000 + step + 1))
                        settings.maxRedirects = writer * 1000 + step + 1
                        test.session.settings = settings
                        _ = try? await test.session.get("https://example.com/\(step)")
                    }
                }
                group.addTask {
                    for _ in 0..<2000 {
                        let settings = test.session.settings
                        guard settings.expireAfter != .never else { continue }
                        #expect(settings.expireAfter == .seconds(Double(settings.maxRedirects)))
                    }
                }
            }
        }
        #expect(try await test.session.cache.count() == 200)
    }

    @Test("withCacheDisabled covers child tasks; nesting, throwing and other sessions change nothing")
    func disablesCacheInGroups() async throws {
        struct Stop: Error {}
        let test = SessionUnderTest.counting()
        let other = SessionUnderTest.counting(backend: test.backend)
        _ = try await test.session.get(url)
        await #expect(throws: Stop.self) {
            try await test.session.withCacheDisabled {
                try await other.session.withCacheDisabled {
                    try await withThrowingTaskGroup { group in
                        for _ in 0..<10 {
                            group.addTask { try await test.session.get(SessionUnderTest.url).isFromCache }
                            group.addTask { try await other.session.get(SessionUnderTest.url).isFromCache }
                        }
                        for try await isFromCache in group { #expect(!isFromCache) }
                    }
                    _ = try await test.session.delete(url)
                }
                #expect(try await other.session.get(url).isFromCache)
                _ = try await test.session.get("https://example.com/new")
                throw Stop()
            }
        }
        #expect(try await test.session.get(url).text() == "1")
        #expect(try await test.session.cache.count() == 1)
    }

    @Test("Closing a session leaves a shared backend open", arguments: [true, false])
    func closesBackend(autoclose: Bool) async throws {
        let backend = MemoryBackend()
        let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        let cache = ResponseCache(backend: backend)
        let first = CachedSession(cache: cache, transport: transport, autoclose: autoclose)
        let second = try CachedSession(backend: .custom(backend), transport: transport)
        _ = try await first.get(url)
        await first.close()
        #expect(try await second.get(url).isFromCache == !autoclose)
    }

    @Test("A session with all defaults writes native files to http_cache among the user's caches")
    func hasDefaults() async throws {
        let scratch = try ScratchDirectory()
        let home = ["-u", "XDG_CACHE_HOME", "HOME=\(scratch.path)"]
        let report = try await StoreWorkerProcess(["defaults", scratch.path], wrapper: home).finish()
        #expect(
            report == """
                serializer native, expires never, codes [200], methods ["GET", "HEAD"], cacheControl false

                """
        )
        let entries = try scratch.contents().filter { $0.hasSuffix(".cbor") }
        #expect(entries.count == 1 && entries[0].contains("/http_cache/"))
    }

    @Test("A response says where it came from, when it was stored, when it expires and how long it took")
    func describesItself() async throws {
        let clock = TestClock()
        let test = SessionUnderTest(clock: clock, settings: { $0.expireAfter = 60 }) { exchange in
            if exchange.request.headerFields.contains(.ifNoneMatch) {
                return TransportResponse(304, [.eTag: "\"v1\""])
            }
            clock.advance(by: 0.25)
            return TransportResponse(200, [.eTag: "\"v1\""], body: "content")
        }
        let miss = try await test.session.get(url)
        let created = clock.now
        #expect(!miss.isFromCache && !miss.isRevalidated && !miss.isExpired && miss.history.isEmpty)
        #expect(miss.createdAt == created && miss.expires == created + 60 && miss.elapsed == .milliseconds(250))
        #expect(miss.cacheKey == (try test.session.cache.key(for: HTTPRequest(url: url))))

        clock.advance(by: 10)
        let hit = try await test.session.get(url)
        #expect(hit.isFromCache && !hit.isRevalidated && !hit.isExpired && hit.elapsed == .milliseconds(250))
        #expect(hit.createdAt == created && hit.expires == created + 60 && hit.cacheKey == miss.cacheKey)

        clock.advance(by: 60)
        let stale = try await test.session.get(url, headers: [.cacheControl: "max-stale"])
        #expect(stale.isFromCache && stale.isExpired && stale.expires == created + 60)
        #expect(stale.description == "GET \(url) → 200, 7 bytes, from the cache, expired 2026-01-01T00:01:00Z")

        let revalidated = try await test.session.get(url)
        #expect(revalidated.isFromCache && revalidated.isRevalidated && !revalidated.isExpired)
        #expect(revalidated.createdAt == created && revalidated.expires == clock.now + 60)
        #expect(revalidated.description.contains("from the cache, revalidated, expires 2026-01-01T00:02:10Z"))
        #expect(!revalidated.description.contains("\n"))
    }

    @Test("Filter and observers see every hop, a 304, a stale response and responses that are not stored")
    func observesAll() async throws {
        let seen = Mutex<[String]>([])
        let test = SessionUnderTest(settings: { settings in
            settings.filter = { response in
                seen.withLock { $0.append("filter \(response.status.code) \(response.isFromCache)") }
                return true
            }
            settings.observers = [
                { response in seen.withLock { $0.append("first \(response.status.code) \(response.isFromCache)") } },
                { response in seen.withLock { $0.append("second \(response.status.code) \(response.isFromCache)") } },
            ]
        }) { exchange in
            switch exchange.request.path {
            case "/moved": TransportResponse(301, [.location: "/items"])
            case "/missing": TransportResponse(404)
            default: TransportResponse(exchange.ordinal > 2 ? 304 : 200, [.eTag: "\"v1\""])
            }
        }
        func events(_ body: () async throws -> Void) async throws -> [String] {
            seen.withLock { $0 = [] }
            try await body()
            return seen.withLock { $0 }
        }
        #expect(
            try await events { _ = try await test.session.get("https://example.com/moved") } == [
                "filter 301 false", "first 301 false", "second 301 false",
                "filter 200 false", "first 200 false", "second 200 false",
            ]
        )
        #expect(
            try await events { _ = try await test.session.get(url, options: .init(refresh: true)) } == [
                "filter 200 true", "first 200 true", "second 200 true",
            ]
        )
        #expect(
            try await events { _ = try await test.session.get("https://example.com/missing") } == [
                "first 404 false", "second 404 false",
            ]
        )
    }
}
