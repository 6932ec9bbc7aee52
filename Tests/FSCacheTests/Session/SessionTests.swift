import FSCache
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@Suite("Session")
struct SessionTests {
    private let url = SessionUnderTest.url

    @Test("Every method goes through the same cache")
    func hasAllMethods() async throws {
        let test = SessionUnderTest(settings: {
            $0.allowableMethods = [.get, .post, .put, .patch, .delete, .head, .options]
        }) { TransportResponse(body: $0.request.method.rawValue + String(decoding: $0.body, as: UTF8.self)) }
        let session = test.session
        for isFromCache in [false, true] {
            #expect(try await session.get(url).isFromCache == isFromCache)
            #expect(try await session.head(url).isFromCache == isFromCache)
            #expect(try await session.options(url).isFromCache == isFromCache)
        }
        #expect(try await session.post(url, content: .text("a")).text() == "POSTa")
        #expect(try await session.put(url, content: .text("a")).text() == "PUTa")
        #expect(try await session.patch(url, content: .text("a")).text() == "PATCHa")
        #expect(try await session.delete(url).text() == "DELETE")
        #expect(try await session.request(.init("MKCOL")!, url).text() == "MKCOL")
        #expect(try await session.post(url, content: .text("a")).isFromCache)
        #expect(!(try await session.post(url, content: .text("b")).isFromCache))
        let prepared = HTTPRequest(method: .post, scheme: "https", authority: "example.com", path: "/items")
        #expect(try await session.send(prepared, body: Data("b".utf8)).isFromCache)
    }

    @Test("A query and typed content become the request's URL and content")
    func buildsRequests() async throws {
        let test = SessionUnderTest { _ in TransportResponse() }
        _ = try await test.session.get("https://example.com/s?a=1", query: ["q": "a b&c", "ü": "/"])
        _ = try await test.session.post("https://example.com/f", content: .form(["q": "a b&c", "e": ""]))
        _ = try await test.session.post("https://example.com/j", content: .json(["b": 1, "a": 2]))
        _ = try await test.session.put(try #require(URL(string: "https://example.com/u")), content: .bytes(Data([0])))
        let exchanges = test.transport.exchanges
        #expect(exchanges[0].request.path == "/s?%C3%BC=%2F&a=1&q=a%20b%26c", "what is keyed is what is sent")
        #expect(String(decoding: exchanges[1].body, as: UTF8.self) == "q=a+b%26c&e=")
        #expect(exchanges[1].request.headerFields[.contentType] == "application/x-www-form-urlencoded")
        #expect(String(decoding: exchanges[2].body, as: UTF8.self) == #"{"a":2,"b":1}"#)
        #expect(exchanges[2].request.headerFields[.contentType] == "application/json")
        #expect(exchanges[3].body == Data([0]))
        #expect(!exchanges[3].request.headerFields.contains(.contentType))
    }

    @Test(
        "A URL that can't be requested is refused with advice",
        arguments: ["", "items", "ftp://example.com/", "https://"]
    )
    func refusesURLs(text: String) async throws {
        let test = SessionUnderTest.counting()
        let error = await #expect(throws: FSCacheError.self) { try await test.session.get(text) }
        #expect(error?.code == .invalidURL)
        #expect(test.transport.count == 0)
    }

    @Test("Settings can be replaced at any time, from any task")
    func replacesSettings() async throws {
        let test = SessionUnderTest.counting()
        await withTaskGroup { group in
            for count in 1...50 {
                group.addTask { test.session.settings.expireAfter = .seconds(Double(count)) }
                group.addTask { _ = try? await test.session.get("https://example.com/\(count)") }
            }
        }
        #expect(test.transport.count == 50)
        #expect(test.session.settings.expireAfter != .never)
    }

    @Test("withCacheDisabled neither reads nor writes, in this task and its children only")
    func disablesCache() async throws {
        let test = SessionUnderTest.counting()
        let other = SessionUnderTest.counting()
        _ = try await test.session.get(url)
        _ = try await other.session.get(url)
        try await test.session.withCacheDisabled {
            let own = try await test.session.get(url)
            #expect(own.text() == "2")
            async let child = test.session.get(url)
            #expect(try await child.text() == "3")
            #expect(try await other.session.get(url).isFromCache)
            let outside = Task.detached { try await test.session.get(SessionUnderTest.url) }
            #expect(try await outside.value.isFromCache)
        }
        #expect(try await test.session.get(url).text() == "1")
    }

    @Test("close closes the store unless it is shared; requests continue without it")
    func closes() async throws {
        let backend = MemoryBackend()
        let first = SessionUnderTest.counting(backend: backend)
        let shared = CachedSession(cache: first.session.cache, transport: first.transport, autoclose: false)
        await shared.close()
        _ = try await first.session.get(url)
        #expect(try await first.session.get(url).isFromCache)
        await first.session.close()
        let after = try await first.session.get(url)
        #expect(!after.isFromCache && after.status == .ok && !after.cacheStatus.isStored)
    }

    @Test("A read-only session serves hits and never writes")
    func readOnly() async throws {
        let backend = MemoryBackend()
        let writer = SessionUnderTest.validating()
        _ = try await writer.session.get(url)
        let reader = SessionUnderTest(
            backend: writer.backend,
            settings: {
                $0.isReadOnly = true
                $0.filter = { _ in false }
            }
        ) { exchange in
            exchange.request.headerFields.contains(.ifNoneMatch)
                ? TransportResponse(304, [.eTag: "\"v1\"", .server: "new"]) : TransportResponse()
        }
        #expect(try await reader.session.get(url).isFromCache)
        #expect(try await reader.session.get(url, options: .init(refresh: true)).isRevalidated)
        #expect(!(try await reader.session.get("https://example.com/new").cacheStatus.isStored))
        #expect(try await writer.session.get(url).headerFields[.server] == "1")
        #expect(reader.session.cache.counts.stores == 0)
        #expect(try await backend.read(CacheKey(hashing: Data())) == nil)
    }

    @Test("Filter and observers see hits and misses")
    func observes() async throws {
        let seen = Mutex<[Bool]>([])
        let filtered = Mutex(0)
        let test = SessionUnderTest.counting { settings in
            settings.observers = [{ response in seen.withLock { $0.append(response.isFromCache) } }]
            settings.filter = { _ in
                filtered.withLock { $0 += 1 }
                return true
            }
        }
        _ = try await test.session.get(url)
        _ = try await test.session.get(url)
        #expect(seen.withLock { $0 } == [false, true])
        #expect(filtered.withLock { $0 } == 2)
    }

    @Test("The filter prevents storing a new response, and deletes a stored one but serves it")
    func filters() async throws {
        let test = SessionUnderTest.counting()
        _ = try await test.session.get(url)
        test.session.settings.filter = { _ in false }
        #expect(try await test.session.get(url).text() == "1")
        #expect(try await test.session.cache.count() == 0)
        let refused = try await test.session.get(url)
        #expect(refused.text() == "2" && !refused.cacheStatus.isStored)
        #expect(try await test.session.cache.count() == 0)
    }

    @Test("keyFunction replaces the key")
    func takesKeyFunction() async throws {
        let test = SessionUnderTest.counting { settings in
            settings.keyFunction = { request, _ in CacheKey(hashing: Data((request.path ?? "").prefix(2).utf8)) }
        }
        #expect(try await test.session.get("https://example.com/abc").text() == "1")
        #expect(try await test.session.get("https://elsewhere.org/axy").text() == "1")
        #expect(try await test.session.get("https://example.com/b").text() == "2")
    }

    @Test("Ignored parameters don't change the key, matched header fields do")
    func matches() async throws {
        let test = SessionUnderTest.counting {
            $0.ignoredParameters = ["token"]
            $0.matchHeaders = ["Accept-Language"]
        }
        let first = try await test.session.get(url + "?token=secret&q=1", headers: [.acceptLanguage: "de"])
        #expect(first.url == "https://example.com/items?q=1&token=REDACTED")
        #expect(try await test.session.get(url + "?q=1", headers: [.acceptLanguage: "de"]).isFromCache)
        #expect(!(try await test.session.get(url + "?q=1", headers: [.acceptLanguage: "en"]).isFromCache))
        let key = try #require(first.cacheKey)
        let stored = await test.session.cache.response(for: key)
        #expect(stored?.request.url.contains("secret") == false)
    }

    @Test("Cookies can be redacted in stored responses; the caller still gets them")
    func redactsCookies() async throws {
        let test = SessionUnderTest.counting([.setCookie: "id=secret; Path=/"]) { $0.redactsCookies = true }
        let miss = try await test.session.get(url, headers: [.cookie: "id=secret"])
        #expect(miss.headerFields[.setCookie] == "id=secret; Path=/")
        let key = try #require(miss.cacheKey)
        let stored = await test.session.cache.response(for: key)
        #expect(stored != nil && !"\(stored as Any)".contains("secret"))
    }

    @Test("Variants are stored side by side")
    func keepsVariants() async throws {
        let test = SessionUnderTest { exchange in
            TransportResponse(200, [.vary: "Accept"], body: exchange.request.headerFields[.accept] ?? "none")
        }
        for accept in ["text/html", "text/plain", nil, "image/png"] {
            for isFromCache in [false, true] {
                var headers: HTTPFields = [:]
                headers[.accept] = accept
                let response = try await test.session.get(url, headers: headers)
                #expect(response.text() == accept ?? "none")
                #expect(response.isFromCache == isFromCache)
            }
        }
        #expect(try await test.session.cache.count() == 4)
        let miss = try await test.session.get(url, headers: [.accept: "audio/ogg"])
        #expect(miss.cacheStatus.forward == .varyMiss)
        #expect(try await test.session.cache.delete(urls: [url]) == 5)
        #expect(try await test.session.cache.count() == 0)
    }

    @Test("A response that varies by a redacted cookie is a miss")
    func missesRedactedVary() async throws {
        let test = SessionUnderTest.counting([.vary: "Cookie"]) { $0.redactsCookies = true }
        for count in 1...2 {
            #expect(try await test.session.get(url, headers: [.cookie: "a=b"]).text() == "\(count)")
        }
    }

    @Test(
        "A temporary redirect is stored only for as long as it says, or the settings say for it",
        arguments: [302, 303, 307]
    )
    func expiresTemporaryRedirects(status: Int) async throws {
        for (control, rules, isStored) in [
            (nil, [:], false), ("max-age=60", [:], true), (nil, ["example.com/*": 60], true),
        ] as [(String?, ExpirationRules, Bool)] {
            let test = SessionUnderTest(settings: { $0.urlsExpireAfter = rules }) { exchange in
                guard exchange.request.path == "/items" else { return TransportResponse() }
                var fields: HTTPFields = [.location: "/other"]
                fields[.cacheControl] = control
                return TransportResponse(status, fields)
            }
            for _ in 1...2 { _ = try await test.session.get(url) }
            #expect(test.transport.count == (isStored ? 2 : 3))
            test.clock.advance(by: 61)
            _ = try await test.session.get(url)
            #expect(try await test.session.get(url).history.first?.isFromCache == isStored)
        }
    }

    @Test("A streamed upload is not sent again without its content", arguments: [307, 308])
    func repeatsNoStream(status: Int) async throws {
        let test = SessionUnderTest { exchange in
            TransportResponse(exchange.request.path == "/items" ? status : 200, [.location: "/other"])
        }
        let (chunks, continuation) = AsyncStream<Data>.makeStream()
        continuation.yield(Data("content".utf8))
        continuation.finish()
        let request = HTTPRequest(method: .put, scheme: "https", authority: "example.com", path: "/items")
        let response = try await test.session.stream(request, body: MessageBody(chunks))
        #expect(response.head.status.code == status && test.transport.count == 1)
        // In memory, the content can be sent twice.
        let again = try await test.session.send(request, body: Data("content".utf8))
        #expect(again.status == .ok && test.transport.exchanges.last?.body == Data("content".utf8))
    }

    @Test(
        "A redirect is not stored if its Location holds a credential",
        arguments: [
            "/b?access_token=secret", "https://user:secret@a/b", "/b#api_key=secret", "/b?a=1&ACCESS%5Ftoken=secret",
            "//x/?token=secret", "\u{1}http://user:secret@a/b", " \u{1F}//user:secret@a/b", "\\\\user:secret@a/b",
            "/b?a=1;access_token=secret", "/b?user[api_key]=secret",
        ]
    )
    func storesNoSecretLocation(location: String) async throws {
        let test = SessionUnderTest(settings: { $0.ignoredParameters = ["token"] }) { exchange in
            // As a transport that lets control characters through.
            let field = HTTPField(name: .location, lenientValue: Array(location.utf8))
            return exchange.request.path == "/items"
                ? TransportResponse(301, HTTPFields([field])) : TransportResponse(200)
        }
        let response = try await test.session.get(url)
        #expect(response.history.first?.cacheStatus.detail == "its Location holds a credential")
        var entries = 0
        for try await entry in test.session.cache.entries() {
            entries += 1
            #expect(entry.response?.request.url != url)
        }
        #expect(entries == 1)
    }

    @Test(
        "No response is stored if its Location holds a credential, whatever its status",
        arguments: [200, 201, 300, 304, 404]
    )
    func storesNoSecretLocation(status: Int) async throws {
        let locations = [
            "http://user:secret@a/b", "http:/user:secret@a/b", "http:\\\\user:secret@a", "/b?access_token=secret",
        ]
        for location in locations {
            let test = SessionUnderTest(settings: { $0.allowableCodes = [status] }) { _ in
                TransportResponse(status, [.location: location, .cacheControl: "max-age=60"])
            }
            let response = try await test.session.get(url)
            #expect(!response.cacheStatus.isStored)
            #expect(status == 304 || response.cacheStatus.detail == "its Location holds a credential")
            try await #expect(test.session.cache.count() == 0)
        }
    }

    @Test("Each hop of a redirect chain is stored, and the chain is served without the network")
    func followsRedirects() async throws {
        let test = SessionUnderTest(settings: {
            $0.expireAfter = 60
            $0.credentials = .ignored
        }) { exchange in
            switch exchange.request.path {
            case "/a": TransportResponse(301, [.location: "/b"])
            case "/b": TransportResponse(302, [.location: "https://other.example/c#part"])
            default: TransportResponse(body: exchange.request.headerFields[.authorization] ?? "end")
            }
        }
        let first = try await test.session.get("https://example.com/a", headers: [.authorization: "Basic eDp5"])
        #expect(first.text() == "end" && first.url == "https://other.example/c")
        #expect(first.history.map(\.status.code) == [301, 302])
        #expect(test.transport.exchanges[1].request.headerFields.contains(.authorization))
        let second = try await test.session.get("https://example.com/a")
        #expect(second.isFromCache && second.history.allSatisfy(\.isFromCache) && second.history.count == 2)
        #expect(try await test.session.get("https://other.example/c").isFromCache)
        #expect(test.transport.count == 3)
    }

    @Test(
        "Redirects change the method according to RFC 9110 §15.4",
        arguments: [
            (301, HTTPRequest.Method.post, HTTPRequest.Method.get, ""), (302, .post, .get, ""),
            (303, .post, .get, ""), (303, .put, .get, ""), (303, .head, .head, ""),
            (307, .post, .post, "body"), (308, .put, .put, "body"), (301, .put, .put, "body"),
        ]
    )
    func changesMethod(
        status: Int,
        method: HTTPRequest.Method,
        next: HTTPRequest.Method,
        body: String
    ) async throws {
        let test = SessionUnderTest {
            $0.ordinal == 1 ? TransportResponse(status, [.location: "/next"]) : TransportResponse()
        }
        let content: RequestContent? = method == .head ? nil : .text("body")
        _ = try await test.session.request(method, url, content: content)
        let second = test.transport.exchanges[1]
        #expect(second.request.method == next)
        #expect(String(decoding: second.body, as: UTF8.self) == body)
        #expect(second.request.headerFields.contains(.contentType) == !body.isEmpty)
    }

    @Test("A redirect loop ends with a clear error; following redirects can be turned off")
    func endsLoops() async throws {
        let test = SessionUnderTest { _ in TransportResponse(302, [.location: "/items"]) }
        let error = await #expect(throws: FSCacheError.self) { try await test.session.get(url) }
        #expect(error?.code == .tooManyRedirects)
        let plain = try await test.session.get(url, options: .init(followsRedirects: false))
        #expect(plain.status == .found && plain.history.isEmpty)
    }

    @Test("A response describes itself in one line")
    func describes() async throws {
        let test = SessionUnderTest.counting([.contentType: "application/json"]) { $0.expireAfter = 60 }
        let response = try await test.session.get(url)
        #expect(response.description == "GET \(url) → 200, 1 bytes, from the network, expires 2026-01-01T00:01:00Z")
        let hit = try await test.session.get(url)
        #expect(hit.description == "GET \(url) → 200, 1 bytes, from the cache, expires 2026-01-01T00:01:00Z")
        #expect(hit.cacheStatus.description == "FSCache; hit; ttl=60")
        #expect(try hit.json(Int.self) == 1)
        #expect(hit.createdAt == test.clock.now && hit.elapsed == .zero && hit.cacheKey == response.cacheKey)
    }

    @Test("The log names the reason for not reading and not writing")
    func logsReasons() async throws {
        let test = SessionUnderTest { TransportResponse($0.request.path == "/404" ? 404 : 200) }
        _ = try await test.session.get("https://example.com/404")
        _ = try await test.session.post(url)
        _ = try await test.session.get(url, options: .init(expireAfter: .doNotCache))
        _ = try await test.session.get(url, options: .init(onlyIfCached: true))
        let log = test.log.text
        #expect(log.contains("not stored: its status is not among the allowable codes"))
        #expect(log.contains("not cached: method"))
        #expect(log.contains("not cached: doNotCache"))
        #expect(log.contains("504: nothing usable is stored"))
    }

    @Test("A session without a network names the request that no stored response answers")
    func offline() async throws {
        let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: OfflineTransport())
        let error = await #expect(throws: FSCacheError.self) { try await session.get("https://example.com/a?b=1") }
        #expect(error?.code == .offline)
        #expect(error?.message.contains("GET https://example.com/a?b=1") == true)
    }
}
