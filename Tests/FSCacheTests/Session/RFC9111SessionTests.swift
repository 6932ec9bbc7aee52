import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("A session that follows RFC 9111")
struct RFC9111SessionTests {
    private let url = SessionUnderTest.url

    private func session(
        isShared: Bool = false,
        _ change: (inout CacheSettings) -> Void = { _ in },
        respond: @escaping @Sendable (ScriptedTransport.Exchange) async throws -> TransportResponse
    ) -> SessionUnderTest {
        SessionUnderTest(
            settings: {
                $0 = .rfc9111(isShared: isShared)
                change(&$0)
            },
            respond: respond
        )
    }

    /// A session whose origin answers with these fields, and its ordinal as content; conditional requests with 304.
    private func session(_ fields: HTTPFields, isShared: Bool = false) -> SessionUnderTest {
        session(isShared: isShared) { exchange in
            let tags = exchange.request.headerFields[.ifNoneMatch]
            if let tag = fields[.eTag], tags?.contains(tag) == true { return TransportResponse(304, fields) }
            return TransportResponse(200, fields, body: "content \(exchange.ordinal)")
        }
    }

    @Test("A response with neither freshness nor a validator is not reused")
    func reusesNothingByDefault() async throws {
        let test = session([:])
        for _ in 0..<2 { #expect(!(try await test.session.get(url)).isFromCache) }
        #expect(try await test.session.cache.count() == 0)
    }

    @Test("§4: a stored response has Age, a new one the origin's, and both keep Date")
    func tellsAge() async throws {
        let test = session([.cacheControl: "max-age=60", .age: "5", .date: "Thu, 01 Jan 2026 00:00:00 GMT"])
        #expect(try await test.session.get(url).headerFields[.age] == "5")
        test.clock.advance(by: 10)
        let hit = try await test.session.get(url)
        #expect(hit.isFromCache && hit.headerFields[.age] == "15")
        #expect(hit.headerFields[.date] == "Thu, 01 Jan 2026 00:00:00 GMT")
        #expect(hit.forwardedHeaderFields[try #require(HTTPField.Name("Cache-Status"))] == "FSCache; hit; ttl=45")
    }

    @Test("§3.1: fields of the connection are not replayed, cookies are")
    func storesFields() async throws {
        let name = try #require(HTTPField.Name("X-Hop"))
        let test = session([.cacheControl: "max-age=60", .connection: "X-Hop", name: "1", .setCookie: "a=b"])
        #expect(try await test.session.get(url).headerFields[name] == "1")
        let hit = try await test.session.get(url)
        #expect(hit.headerFields[name] == nil && hit.headerFields[.connection] == nil)
        #expect(hit.headerFields[.setCookie] == "a=b")
    }

    @Test("RFC 9110 §7.6.1: fields of the connection are not forwarded, even from a response that is not stored")
    func forwardsNoConnectionFields() async throws {
        let name = try #require(HTTPField.Name("X-Hop"))
        let test = session([.connection: "X-Hop", name: "1", .transferEncoding: "chunked", .setCookie: "a=b"])
        let miss = try await test.session.get(url)
        #expect(miss.headerFields[.transferEncoding] == "chunked")
        let forwarded = miss.forwardedHeaderFields.filter { $0.name != HTTPField.Name("Cache-Status") }
        #expect(forwarded.map(\.name) == [.setCookie])
    }

    @Test("§4.3.2: a client's condition is answered from the store")
    func answersConditions() async throws {
        let test = session([.cacheControl: "max-age=60", .eTag: "\"1\"", .contentType: "text/plain"])
        _ = try await test.session.get(url)
        let same = try await test.session.get(url, headers: [.ifNoneMatch: "\"0\", \"1\""])
        #expect(same.status == .notModified && same.isFromCache && same.body.isEmpty)
        #expect(same.headerFields[.eTag] == "\"1\"" && same.headerFields[.contentType] == nil)
        #expect(try await test.session.get(url, headers: [.ifNoneMatch: "\"0\""]).text() == "content 1")
        #expect(test.transport.count == 1)
    }

    @Test("§4.3.2: a stale response is validated with its own tag, and the client's condition answered afterwards")
    func validatesForConditions() async throws {
        let test = session([.cacheControl: "max-age=60", .eTag: "\"1\""])
        _ = try await test.session.get(url)
        test.clock.advance(by: 61)
        let other = try await test.session.get(url, headers: [.ifNoneMatch: "\"0\""])
        #expect(other.isRevalidated && other.text() == "content 1")
        #expect(test.transport.exchanges[1].request.headerFields == [.ifNoneMatch: "\"1\""])
        test.clock.advance(by: 61)
        #expect(try await test.session.get(url, headers: [.ifNoneMatch: "\"1\""]).status == .notModified)
    }

    @Test("§4.3.2: with nothing stored, conditions are forwarded, and so are those that only the origin can answer")
    func passesConditionsOn() async throws {
        let test = session([.cacheControl: "max-age=60", .eTag: "\"1\""])
        #expect(try await test.session.get(url, headers: [.ifNoneMatch: "\"1\""]).status == .notModified)
        #expect(try await test.session.cache.count() == 0)
        _ = try await test.session.get(url)
        let matched = try await test.session.get(url, headers: [.ifMatch: "\"1\""])
        #expect(!matched.isFromCache && test.transport.count == 3)
    }

    @Test("RFC 9110 §14: a range is cut from a complete stored response, stale ones are validated first")
    func answersRanges() async throws {
        let test = session([.cacheControl: "max-age=60", .eTag: "\"1\""])
        _ = try await test.session.get(url)
        let part = try await test.session.get(url, headers: [.range: "bytes=0-3"])
        #expect(part.status == .partialContent && part.text() == "cont" && part.isFromCache)
        #expect(part.headerFields[.contentRange] == "bytes 0-3/9")
        test.clock.advance(by: 61)
        let validated = try await test.session.get(url, headers: [.range: "bytes=-1"])
        #expect(validated.isRevalidated && validated.text() == "1")
        #expect(test.transport.exchanges[1].request.headerFields == [.ifNoneMatch: "\"1\""])
        #expect(try await test.session.get(url).text() == "content 1")
    }

    @Test("§3.3: a range that no stored response can answer is forwarded, and the part isn't stored as complete")
    func passesRangesOn() async throws {
        let test = session { exchange in
            guard exchange.request.headerFields[.range] != nil else {
                return TransportResponse(200, [.cacheControl: "max-age=60"], body: "whole")
            }
            return TransportResponse(206, [.cacheControl: "max-age=60", .contentRange: "bytes 0-1/5"], body: "wh")
        }
        #expect(try await test.session.get(url, headers: [.range: "bytes=0-1"]).status == .partialContent)
        #expect(try await test.session.get(url).text() == "whole")
        #expect(try await test.session.get(url, headers: [.range: "bytes=3-"]).text() == "le")
    }

    @Test("§4: HEAD is answered by a response to GET, without its content")
    func answersHead() async throws {
        let test = session([.cacheControl: "max-age=60", .contentLength: "9"])
        _ = try await test.session.get(url)
        let head = try await test.session.head(url)
        #expect(head.isFromCache && head.body.isEmpty && head.headerFields[.contentLength] == "9")
        #expect(test.transport.count == 1)
    }

    @Test("§4: a response to HEAD is never stored as one to GET, also at the moment in which that one becomes stale")
    func keepsHeadApart() async throws {
        for seconds in 0..<20 {
            let test = session { exchange in
                let body = exchange.request.method == .head ? "" : "content"
                return TransportResponse(exchange.ordinal == 1 ? 404 : 200, [.cacheControl: "max-age=20"], body: body)
            }
            _ = try await test.session.get(url)
            test.clock.advance(by: TimeInterval(seconds))
            // Each reading of this clock finds it a second later.
            let hasty = CachedSession(cache: test.session.cache, transport: test.transport, autoclose: false) {
                test.clock.advance(by: 1)
                return test.clock.now
            }
            _ = try await hasty.head(url)
            #expect(try await hasty.get(url).text() == "content", "\(seconds) seconds")
            #expect(try await hasty.get(url).text() == "content", "\(seconds) seconds")
        }
    }

    @Test("§4.3.5: a response to HEAD freshens the stored response to GET, or makes it stale")
    func updatesByHead() async throws {
        let name = try #require(HTTPField.Name("X-Version"))
        let test = session { exchange in
            let isNew = exchange.ordinal > 3
            return TransportResponse(
                200,
                [.cacheControl: "max-age=60", .eTag: isNew ? "\"2\"" : "\"1\"", name: "\(exchange.ordinal)"],
                body: exchange.request.method == .head ? "" : "content"
            )
        }
        _ = try await test.session.get(url)
        test.clock.advance(by: 61)
        #expect(!(try await test.session.head(url)).isFromCache)
        let renewed = try await test.session.get(url)
        #expect(renewed.isFromCache && renewed.text() == "content" && renewed.headerFields[name] == "2")
        _ = try await test.session.head(url, headers: [.cacheControl: "no-cache"])
        _ = try await test.session.head(url, headers: [.cacheControl: "no-cache"])
        #expect(test.transport.count == 4)
        _ = try await test.session.get(url)
        #expect(test.transport.count == 5, "the origin has another representation now")
    }

    @Test("Any unsafe method invalidates Location and Content-Location (RFC 9111 §4.4)")
    func invalidates() async throws {
        let test = session { exchange in
            if exchange.request.method == .get {
                return TransportResponse(200, [.cacheControl: "max-age=60"], body: "\(exchange.ordinal)")
            }
            return TransportResponse(200, [.location: "/made", .contentLocation: "https://example.com/changed"])
        }
        let urls = ["items", "made", "changed", "other"].map { "https://example.com/\($0)" }
        for url in urls { _ = try await test.session.get(url) }
        _ = try await test.session.request(try #require(HTTPRequest.Method("M-SEARCH")), urls[0])
        for url in urls { #expect(try await test.session.get(url).isFromCache == (url == urls[3]), "\(url)") }
    }

    @Test("Variants are stored side by side, each matched by its own Vary (RFC 9111 §4.1)")
    func keepsVariants() async throws {
        let test = session { exchange in
            let language = exchange.request.headerFields[.acceptLanguage] ?? ""
            let tag = language.hasPrefix("de") ? "\"de\"" : "\"en\""
            let fields: HTTPFields = [.cacheControl: "max-age=60", .vary: "Accept-Language", .eTag: tag]
            if exchange.request.headerFields[.ifNoneMatch]?.contains(tag) == true {
                return TransportResponse(304, fields)
            }
            return TransportResponse(200, fields, body: tag)
        }
        func get(_ language: String) async throws -> CachedResponse {
            try await test.session.get(url, headers: [.acceptLanguage: language])
        }
        #expect(try await get("en").text() == "\"en\"")
        #expect(try await get("de").text() == "\"de\"")
        let british = try await get("en-GB")
        #expect(british.text() == "\"en\"" && british.isRevalidated, "the origin chose the variant that it was offered")
        #expect(test.transport.exchanges[2].request.headerFields[.ifNoneMatch] == "\"en\"")
        for language in ["en", "de", "en-GB"] { #expect(try await get(language).isFromCache) }
        #expect(test.transport.count == 3)
    }

    struct Unreachable: Error {}

    @Test(
        "§4.2.4: disconnected, a stale response is served unless it forbids that",
        arguments: [
            ("max-age=60", true, true), ("max-age=60, must-revalidate", false, false),
            ("max-age=60, proxy-revalidate", true, false), ("max-age=60, s-maxage=60", true, false),
        ]
    )
    func servesDisconnected(control: String, own: Bool, shared: Bool) async throws {
        for (isShared, isServed) in [(false, own), (true, shared)] {
            let test = session(isShared: isShared) { exchange in
                guard exchange.ordinal == 1 else { throw Unreachable() }
                return TransportResponse(200, [.cacheControl: control], body: "old")
            }
            _ = try await test.session.get(url)
            test.clock.advance(by: 61)
            if isServed {
                let stale = try await test.session.get(url)
                #expect(stale.isExpired && stale.text() == "old")
            } else {
                await #expect(throws: Unreachable.self) { try await test.session.get(url) }
            }
        }
    }

    @Test("§4.3.4: a 304 for another response doesn't validate the stored one, and the request is sent again")
    func asksAgain() async throws {
        let test = session { exchange in
            switch exchange.ordinal {
            case 1: TransportResponse(200, [.cacheControl: "max-age=60", .eTag: "\"1\""], body: "old")
            case 2: TransportResponse(304, [.eTag: "\"2\""])
            default: TransportResponse(200, [.cacheControl: "max-age=60", .eTag: "\"2\""], body: "new")
            }
        }
        _ = try await test.session.get(url)
        test.clock.advance(by: 61)
        #expect(try await test.session.get(url).text() == "new")
        #expect(test.transport.exchanges[2].request.headerFields == [:])
    }

    @Test("Credentials are not stored, and separate users")
    func redactsCredentials() async throws {
        let test = session([.cacheControl: "max-age=60"])
        _ = try await test.session.get(url, headers: [.authorization: "Bearer secret"])
        #expect(!(try await test.session.get(url)).isFromCache)
        let hit = try await test.session.get(url, headers: [.authorization: "Bearer secret"])
        #expect(hit.isFromCache)
        let stored = await test.session.cache.response(for: try #require(hit.cacheKey))
        #expect(stored?.request.headerFields == [.authorization: "REDACTED"])
        for key in ["1", "2", "1"] { _ = try await test.session.get("\(url)?api_key=\(key)&z=1&a=2") }
        #expect(test.transport.count == 4)
        #expect(test.transport.exchanges[2].request.path == "/items?api_key=1&z=1&a=2", "parameters keep their order")
    }

    @Test("By the rules of RFC 9111, URLs that differ in the order of parameters or by an empty query differ")
    func sortsNothing() async throws {
        let test = session([.cacheControl: "max-age=60"])
        for (path, count) in [("?a=1&b=2", 1), ("?b=2&a=1", 2), ("", 3), ("?", 4), ("?a=1&b=2", 4), ("?&a=1&b=2", 5)] {
            _ = try await test.session.get("\(url)\(path)")
            #expect(test.transport.count == count, "\(path)")
        }
    }

    @Test("The newest response decides by which fields stored ones are selected (RFC 9111 §4)")
    func usesTheNewest() async throws {
        let test = session { exchange in
            exchange.ordinal == 1
                ? TransportResponse(200, [.cacheControl: "max-age=1", .vary: "Accept"], body: "old")
                : TransportResponse(200, [.cacheControl: "max-age=100"], body: "new \(exchange.ordinal)")
        }
        #expect(try await test.session.get(url, headers: [.accept: "1"]).text() == "old")
        test.clock.advance(by: 2)
        #expect(try await test.session.get(url, headers: [.accept: "2"]).text() == "new 2")
        for fields in [[:], [.accept: "1"], [.accept: "2"]] as [HTTPFields] {
            #expect(try await test.session.get(url, headers: fields).text() == "new 2")
        }
    }

    @Test("Removing a response makes its variants unreachable, and none comes back")
    func forgetsVariants() async throws {
        let test = session { exchange in
            let fields: HTTPFields = [.cacheControl: "max-age=100", .vary: "Accept"]
            return TransportResponse(200, fields, body: "\(exchange.ordinal)")
        }
        func get(_ accept: String) async throws -> CachedResponse {
            try await test.session.get(url, headers: [.accept: accept])
        }
        let primary = try #require(try await get("1").cacheKey)
        #expect(try await get("2").text() == "2")
        #expect(try await get("2").isFromCache)
        // Another process deletes the first response only.
        try await test.backend.remove(primary)
        #expect(try await get("3").text() == "3")
        #expect(try await get("2").text() == "4")
        #expect(try await get("3").isFromCache)
    }

    @Test(
        "A stale response is used for as long as it allows, counted from its age, not from its receipt (RFC 9111 §4.2.3)"
    )
    func countsStalenessFromAge() async throws {
        for control in [
            "stale-while-revalidate=50", "no-cache, stale-if-error=50", "max-age=0, stale-while-revalidate=50",
        ] {
            let test = session { exchange in
                TransportResponse(200, [.cacheControl: control, .age: "25", .eTag: "\"\(exchange.ordinal)\""])
            }
            _ = try await test.session.get(url)
            test.clock.advance(by: 24)
            let within = try await test.session.get(url)
            #expect(within.isExpired == control.hasSuffix("while-revalidate=50"))
            await test.session.close()
        }
    }

    @Test("Two requests with different overridden methods, or for different hosts, are not one")
    func keepsOverridesApart() async throws {
        let test = session([.cacheControl: "max-age=60"])
        let host = try #require(HTTPField.Name("Host"))
        let override = try #require(HTTPField.Name("X-HTTP-Method-Override"))
        for fields in [[:], [host: "a"], [host: "b"], [override: "HEAD"]] as [HTTPFields] {
            #expect(!(try await test.session.get(url, headers: fields)).isFromCache)
            #expect(try await test.session.get(url, headers: fields).isFromCache)
        }
    }

    @Test(
        "A shared cache keeps what is somebody's own out, whether or not it follows Cache-Control",
        arguments: [
            ([:], [:], true), ([:], [.setCookie: "a=b"], false),
            ([:], [.setCookie: "a=b", .cacheControl: "public"], true),
            ([:], [.setCookie: "a=b", .cacheControl: "max-age=60"], true),
            ([:], [.setCookie: "a=b", .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"], false),
            ([:], [.setCookie: "a=b", .cacheControl: "s-maxage=60"], true),
            ([:], [.setCookie: "a=b", .cacheControl: "public, max-age=0", .eTag: "\"1\""], true),
            ([:], [.setCookie: "a=b", .cacheControl: "max-age=0", .eTag: "\"1\""], false),
            ([:], [.setCookie: "a=b", .cacheControl: "s-maxage=0", .eTag: "\"1\""], false),
            ([:], [.setCookie: "a=b", .cacheControl: "max-age=60, s-maxage=0", .eTag: "\"1\""], false),
            ([:], [.setCookie: "a=b", .cacheControl: "no-cache, max-age=60", .eTag: "\"1\""], false),
            ([:], [.setCookie: "a=b", .cacheControl: "max-age=60", .age: "60", .eTag: "\"1\""], false),
            ([:], [.setCookie: "a=b", .expires: "0", .eTag: "\"1\""], false),
            ([.authorization: "x"], [:], false), ([.authorization: "x"], [.cacheControl: "s-maxage=60"], true),
            ([:], [.cacheControl: "private"], false),
        ] as [(HTTPFields, HTTPFields, Bool)]
    )
    func sharesNothingPrivate(request: HTTPFields, response: HTTPFields, isStored: Bool) async throws {
        for followsRules in [true, false] {
            let test = SessionUnderTest.counting(response) {
                $0 = followsRules ? .rfc9111(isShared: true) : CacheSettings(isShared: true)
                $0.expireAfter = 60
            }
            let status = try await test.session.get(url, headers: request).cacheStatus
            #expect(status.isStored == isStored, "\(status)")
        }
    }

    @Test("With cacheControl off, conditions and ranges bypass the cache, and no Age is added")
    func leavesOthersAlone() async throws {
        let test = SessionUnderTest.counting([.eTag: "\"1\"", .connection: "close"])
        _ = try await test.session.get(url)
        test.clock.advance(by: 9)
        let hit = try await test.session.get(url)
        #expect(hit.headerFields == [.eTag: "\"1\"", .connection: "close"])
        #expect(!(try await test.session.get(url, headers: [.range: "bytes=0-0"])).isFromCache)
    }
}
