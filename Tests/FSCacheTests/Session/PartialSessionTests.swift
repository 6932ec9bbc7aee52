import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Partial responses in a session (RFC 9111 §3.3, §3.4)")
struct PartialSessionTests {
    static let url = SessionUnderTest.url
    static let content = RangedContent(Data("0123456789".utf8))

    /// A session with RFC 9111 whose origin serves ranges.
    static func session(
        _ content: RangedContent = content,
        serializer: some Serializer = .native,
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) -> SessionUnderTest {
        session(serializer: serializer, settings: change) { content.response($0.request.headerFields) }
    }

    static func session(
        serializer: some Serializer = .native,
        settings change: (inout CacheSettings) -> Void = { _ in },
        respond: @escaping @Sendable (ScriptedTransport.Exchange) async throws -> TransportResponse
    ) -> SessionUnderTest {
        SessionUnderTest(
            serializer: serializer,
            settings: {
                $0 = .rfc9111()
                change(&$0)
            },
            respond: respond
        )
    }

    @Test("§3.3: a part is stored, and answers requests for its octets and fewer", arguments: FormatUnderTest.all)
    func reusesParts(format: FormatUnderTest) async throws {
        let test = Self.session(serializer: format.serializer)
        let first = try await test.session.get(Self.url, headers: [.range: "bytes=2-6"])
        #expect(first.status == .partialContent && first.text() == "23456" && !first.isFromCache)
        #expect(first.cacheStatus.description == "FSCache; fwd=uri-miss; ttl=60; stored")
        test.clock.advance(by: 10)
        let same = try await test.session.get(Self.url, headers: [.range: "bytes=2-6"])
        #expect(same.status == .partialContent && same.isFromCache && same.text() == "23456")
        #expect(same.headerFields[.contentRange] == "bytes 2-6/10" && same.headerFields[.age] == "10")
        #expect(same.cacheStatus.description == "FSCache; hit; ttl=50")
        let less = try await test.session.get(Self.url, headers: [.range: "bytes=3-4", .ifRange: "\"1\""])
        #expect(less.isFromCache && less.text() == "34" && less.headerFields[.contentRange] == "bytes 3-4/10")
        let known = try await test.session.get(Self.url, headers: [.range: "bytes=3-4", .ifNoneMatch: "\"1\""])
        #expect(known.isFromCache && known.status == .notModified && known.body.isEmpty)
        #expect(test.transport.count == 1)
        #expect(try await test.session.cache.count() == 1)
    }

    @Test("§3.3: a request for the complete response gets the stored part joined with the fetched rest")
    func completes() async throws {
        for format in FormatUnderTest.all {
            let test = Self.session(serializer: format.serializer)
            _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
            let whole = try await test.session.get(Self.url)
            #expect(whole.status == .ok && whole.text() == "0123456789" && !whole.isFromCache)
            #expect(whole.headerFields[.contentLength] == "10" && whole.headerFields[.contentRange] == nil)
            #expect(whole.cacheStatus.description == "FSCache; fwd=partial; fwd-status=206; ttl=60; stored")
            #expect(test.transport.exchanges[1].request.headerFields == [.range: "bytes=6-", .ifRange: "\"1\""])
            let hit = try await test.session.get(Self.url)
            #expect(hit.isFromCache && hit.text() == "0123456789" && hit.headerFields[.contentLength] == "10")
            #expect(try await test.session.get(Self.url, headers: [.range: "bytes=-3"]).text() == "789")
            #expect(test.transport.count == 2)
        }
    }

    @Test("§8.8.2.2: a strong date is used for If-Range, a weak one is not")
    func completesByDate() async throws {
        for (modified, isStrong) in [(-1.0, true), (0, false)] {
            let clock = TestClock()
            let content = RangedContent(
                Data("0123456789".utf8),
                tag: nil,
                lastModified: HTTPDate.format(clock.now.addingTimeInterval(modified)),
                fields: [.cacheControl: "max-age=60", .date: HTTPDate.format(clock.now)]
            )
            let test = Self.session(content)
            _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
            #expect(try await test.session.get(Self.url).text() == "0123456789")
            let fields = test.transport.exchanges[1].request.headerFields
            #expect(fields[.range] == (isStrong ? "bytes=6-" : nil))
            #expect(fields[.ifRange] == (isStrong ? content.lastModified : nil))
        }
    }

    @Test("§3.4: parts that adjoin or overlap are joined, and become complete once nothing is missing")
    func joins() async throws {
        for format in FormatUnderTest.plain {
            let test = Self.session(serializer: format.serializer)
            for range in ["bytes=4-5", "bytes=5-7", "bytes=2-3"] {
                _ = try await test.session.get(Self.url, headers: [.range: range])
            }
            let part = try await test.session.get(Self.url, headers: [.range: "bytes=2-7"])
            #expect(part.isFromCache && part.text() == "234567" && part.headerFields[.contentRange] == "bytes 2-7/10")
            for range in ["bytes=0-2", "bytes=-4"] {
                _ = try await test.session.get(Self.url, headers: [.range: range])
            }
            let whole = try await test.session.get(Self.url)
            #expect(whole.isFromCache && whole.status == .ok && whole.text() == "0123456789")
            #expect(test.transport.count == 5)
        }
    }

    @Test("§3.4: a part with all octets is a complete response", arguments: ["bytes=0-", "bytes=-10", "bytes=0-99"])
    func isWhole(range: String) async throws {
        let test = Self.session()
        let part = try await test.session.get(Self.url, headers: [.range: range])
        #expect(part.status == .partialContent && part.headerFields[.contentRange] == "bytes 0-9/10")
        let whole = try await test.session.get(Self.url)
        #expect(whole.isFromCache && whole.status == .ok && whole.headerFields[.contentRange] == nil)
        #expect(whole.text() == "0123456789" && whole.headerFields[.contentLength] == "10")
    }

    @Test("§14.4: a part of unknown complete length becomes complete when its end is known")
    func learnsLength() async throws {
        let test = Self.session { exchange in
            var content = Self.content
            content.tellsLength = exchange.ordinal > 1
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=1-2"])
        #expect(part.isFromCache && part.headerFields[.contentRange] == "bytes 1-2/*")
        #expect(try await test.session.get(Self.url).text() == "0123456789")
        #expect(try await test.session.get(Self.url).isFromCache)
    }

    @Test("§3.3: without a stored beginning that has a strong validator, the complete response is requested")
    func fetchesWhole() async throws {
        for (tag, range) in [("\"1\"", "bytes=1-5"), ("W/\"1\"", "bytes=0-5")] {
            var content = Self.content
            content.tag = tag
            let test = Self.session(content)
            _ = try await test.session.get(Self.url, headers: [.range: range])
            let whole = try await test.session.get(Self.url)
            #expect(whole.text() == "0123456789" && whole.cacheStatus.forward == .partial)
            #expect(test.transport.exchanges[1].request.headerFields.isEmpty)
            #expect(try await test.session.get(Self.url).isFromCache)
        }
    }

    @Test("§13.1.5: if the origin's content has changed, it sends the complete response")
    func noticesChange() async throws {
        let test = Self.session { exchange in
            var content = Self.content
            if exchange.ordinal > 1 { content = RangedContent(Data("abcdefgh".utf8), tag: "\"2\"") }
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let whole = try await test.session.get(Self.url)
        #expect(whole.status == .ok && whole.text() == "abcdefgh" && test.transport.count == 2)
        #expect(try await test.session.get(Self.url, headers: [.range: "bytes=0-1"]).text() == "ab")
        #expect(test.transport.count == 2)
    }

    @Test("§14.4: parts with unknown complete length never become complete")
    func neverLearnsLength() async throws {
        var content = Self.content
        content.tellsLength = false
        let test = Self.session(content)
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let whole = try await test.session.get(Self.url)
        #expect(whole.status == .ok && whole.text() == "0123456789")
        #expect(test.transport.exchanges.map { $0.request.headerFields[.range] } == ["bytes=0-5", "bytes=6-", nil])
    }

    struct WrongRest: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var status = 206
        var fields: HTTPFields
        var body = "6789"

        init(_ what: String, status: Int = 206, _ fields: HTTPFields, _ body: String = "6789") {
            self.testDescription = what
            self.status = status
            self.fields = fields
            self.body = body
        }
    }

    static let wrongRests: [WrongRest] = [
        WrongRest("another tag", [.eTag: "\"2\"", .contentRange: "bytes 6-9/10"]),
        WrongRest("no tag", [.contentRange: "bytes 6-9/10"]),
        WrongRest("a gap", [.eTag: "\"1\"", .contentRange: "bytes 7-9/10"], "789"),
        WrongRest("not all of it", [.eTag: "\"1\"", .contentRange: "bytes 6-8/10"], "678"),
        WrongRest("another length", [.eTag: "\"1\"", .contentRange: "bytes 6-9/11"]),
        WrongRest("fewer octets than it says", [.eTag: "\"1\"", .contentRange: "bytes 6-9/10"], "678"),
        WrongRest("no range", [.eTag: "\"1\""]),
        WrongRest("several parts", [.eTag: "\"1\"", .contentType: "multipart/byteranges; boundary=b"], "--b"),
        WrongRest("no such octets", status: 416, [.contentRange: "bytes */6"], ""),
    ]

    @Test("§3.4: an answer that isn't the rest is not joined; the complete response is fetched", arguments: wrongRests)
    func asksOnceMore(rest: WrongRest) async throws {
        let test = Self.session { exchange in
            guard exchange.ordinal == 2 else { return Self.content.response(exchange.request.headerFields) }
            return TransportResponse(rest.status, rest.fields, body: rest.body)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let whole = try await test.session.get(Self.url)
        #expect(whole.status == .ok && whole.text() == "0123456789")
        try #require(test.transport.count == 3)
        #expect(test.transport.exchanges[2].request.headerFields.isEmpty)
        #expect(try await test.session.get(Self.url).isFromCache)
    }

    @Test("An error in answer to the request for the rest is returned, and the part stays", arguments: [404, 503])
    func passesErrorsOn(status: Int) async throws {
        let test = Self.session { exchange in
            if exchange.ordinal == 2 { return TransportResponse(status, body: "error") }
            return Self.content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        #expect(try await test.session.get(Self.url).status.code == status)
        #expect(try await test.session.get(Self.url, headers: [.range: "bytes=0-1"]).isFromCache)
    }

    @Test("§4.3: a stale part is validated with its range, and renewed by a 304")
    func revalidates() async throws {
        let test = Self.session()
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=2-6"])
        test.clock.advance(by: 61)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=3-4", .ifNoneMatch: "\"0\""])
        #expect(part.status == .partialContent && part.isRevalidated && part.text() == "34")
        #expect(test.transport.exchanges[1].request.headerFields == [.range: "bytes=3-4", .ifNoneMatch: "\"1\""])
        let again = try await test.session.get(Self.url, headers: [.range: "bytes=2-6"])
        #expect(again.isFromCache && again.text() == "23456" && test.transport.count == 2)
    }

    @Test("§4.3.3: if a stale part has changed, the new part replaces it")
    func replacesStaleParts() async throws {
        let test = Self.session { exchange in
            let isNew = exchange.ordinal > 1
            let content = RangedContent(
                Data((isNew ? "abcdefghij" : "0123456789").utf8),
                tag: isNew ? "\"2\"" : "\"1\""
            )
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-6"])
        test.clock.advance(by: 61)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=3-4"])
        #expect(part.status == .partialContent && part.text() == "de" && !part.isRevalidated)
        #expect(try await test.session.get(Self.url, headers: [.range: "bytes=3-4"]).isFromCache)
        #expect(try await test.session.get(Self.url, headers: [.range: "bytes=0-1"]).text() == "ab")
    }

    @Test("§4.2.4: a part stands in for an unreachable origin if it has the requested octets")
    func standsIn() async throws {
        struct Unreachable: Error {}
        let test = Self.session { exchange in
            guard exchange.ordinal == 1 else { throw Unreachable() }
            return Self.content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        test.clock.advance(by: 61)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=1-2"])
        #expect(part.status == .partialContent && part.isFromCache && part.text() == "12")
        await #expect(throws: Unreachable.self) { try await test.session.get(Self.url) }
        await #expect(throws: Unreachable.self) { try await test.session.get(Self.url, headers: [.range: "bytes=1-"]) }
    }

    @Test("§15.5.17: only the origin can reject a range that no part can answer")
    func passesUnsatisfiableOn() async throws {
        let test = Self.session()
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=5-9"])
        let refused = try await test.session.get(Self.url, headers: [.range: "bytes=10-"])
        #expect(refused.status == .rangeNotSatisfiable && !refused.isFromCache)
        #expect(try await test.session.get(Self.url, headers: [.range: "bytes=6-7"]).isFromCache)
    }

    @Test("§14.6: several ranges are forwarded, and the response is not stored")
    func passesSeveralOn() async throws {
        let test = Self.session()
        for _ in 0..<2 {
            let parts = try await test.session.get(Self.url, headers: [.range: "bytes=0-1,3-4"])
            #expect(parts.status == .partialContent && !parts.isFromCache)
        }
        #expect(try await test.session.cache.count() == 0)
    }

    @Test("§9.3.2: HEAD is not answered by a part, and its range is ignored")
    func leavesHead() async throws {
        let test = Self.session()
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let head = try await test.session.head(Self.url, headers: [.range: "bytes=0-1"])
        #expect(!head.isFromCache && test.transport.count == 2)
        #expect(test.transport.exchanges[1].request.method == .head)
    }

    @Test("§4.3.5: a response to HEAD about other content makes a part stale", arguments: [true, false])
    func updatesByHead(isOther: Bool) async throws {
        let test = Self.session { exchange in
            guard exchange.request.method == .head else { return Self.content.response(exchange.request.headerFields) }
            return TransportResponse(200, [.eTag: isOther ? "\"2\"" : "\"1\"", .contentLength: "10"])
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        _ = try await test.session.head(Self.url)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=0-1"])
        #expect(part.isFromCache && part.isRevalidated == isOther)
    }

    @Test("§5.2.1.7: a part doesn't answer only-if-cached for the complete response")
    func onlyIfCached() async throws {
        let test = Self.session()
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let options = RequestOptions(onlyIfCached: true, staleIfError: .always)
        #expect(try await test.session.get(Self.url, options: options).status == .gatewayTimeout)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"], options: options)
        #expect(part.status == .partialContent)
        #expect(test.transport.count == 1)
    }

    @Test("Without cacheControl a part is neither stored nor used")
    func needsCacheControl() async throws {
        let backend = MemoryBackend()
        let plain = SessionUnderTest(backend: backend) { Self.content.response($0.request.headerFields) }
        _ = try await plain.session.get(Self.url, headers: [.range: "bytes=0-5"])
        #expect(try await plain.session.cache.count() == 0)
        let standard = SessionUnderTest(backend: backend, settings: { $0.cacheControl = true }) {
            Self.content.response($0.request.headerFields)
        }
        _ = try await standard.session.get(Self.url, headers: [.range: "bytes=0-5"])
        #expect(try await standard.session.get(Self.url, headers: [.range: "bytes=0-5"]).isFromCache)
        let whole = try await plain.session.get(Self.url)
        #expect(whole.status == .ok && whole.text() == "0123456789" && !whole.isFromCache)
        #expect(try await plain.session.get(Self.url).isFromCache)
    }

    @Test("A read-only session fetches the rest, and leaves the stored part unchanged")
    func readOnly() async throws {
        let backend = MemoryBackend()
        func session(isReadOnly: Bool) -> SessionUnderTest {
            SessionUnderTest(
                backend: backend,
                settings: {
                    $0 = .rfc9111()
                    $0.isReadOnly = isReadOnly
                },
                respond: { Self.content.response($0.request.headerFields) }
            )
        }
        _ = try await session(isReadOnly: false).session.get(Self.url, headers: [.range: "bytes=0-5"])
        let test = session(isReadOnly: true)
        for _ in 0..<2 {
            let whole = try await test.session.get(Self.url)
            #expect(whole.text() == "0123456789" && !whole.cacheStatus.isStored)
        }
        #expect(test.transport.exchanges.allSatisfy { $0.request.headerFields[.range] == "bytes=6-" })
    }

    @Test("Each variant has its own part")
    func variants() async throws {
        let test = Self.session { exchange in
            let language = exchange.request.headerFields[.acceptLanguage] ?? ""
            var content = RangedContent(Data("\(language)0123456789".utf8), tag: "\"\(language)\"")
            content.fields[.vary] = "Accept-Language"
            return content.response(exchange.request.headerFields)
        }
        for _ in 0..<2 {
            for language in ["de", "en"] {
                let part = try await test.session.get(
                    Self.url,
                    headers: [.acceptLanguage: language, .range: "bytes=0-3"]
                )
                #expect(part.text() == "\(language)01")
            }
        }
        #expect(test.transport.count == 2)
        for language in ["de", "en"] {
            let whole = try await test.session.get(Self.url, headers: [.acceptLanguage: language])
            #expect(whole.status == .ok && whole.text() == "\(language)0123456789")
        }
        // For a request that selects none of the parts, no part is offered to the origin.
        let french = try await test.session.get(Self.url, headers: [.acceptLanguage: "fr"])
        #expect(french.text() == "fr0123456789")
        #expect(try await test.session.cache.count() == 3)
    }

    @Test("§4.1: parts are not offered to the origin as variants")
    func offersNoParts() async throws {
        let test = Self.session { exchange in
            var content = Self.content
            content.fields[.vary] = "Accept-Language"
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.acceptLanguage: "de", .range: "bytes=0-3"])
        let whole = try await test.session.get(Self.url, headers: [.acceptLanguage: "en"])
        #expect(whole.status == .ok && whole.text() == "0123456789")
        #expect(test.transport.exchanges[1].request.headerFields[.ifNoneMatch] == nil)
    }

    @Test("A hundred requests for the complete response request the rest once")
    func asksOnce() async throws {
        let test = Self.session { exchange in
            if exchange.ordinal > 1 { for _ in 0..<100 { await Task.yield() } }
            return Self.content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url, headers: [.range: "bytes=0-5"])
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await test.session.get(Self.url).text() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies == ["0123456789"] && test.transport.count == 2)
    }

    @Test("§3.4: a part fetched with forceRefresh updates the stored complete response")
    func leavesComplete() async throws {
        let test = Self.session { exchange in
            var content = Self.content
            content.fields[.server] = "\(exchange.ordinal)"
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(Self.url)
        test.clock.advance(by: 50)
        let options = RequestOptions(forceRefresh: true)
        let part = try await test.session.get(Self.url, headers: [.range: "bytes=0-1"], options: options)
        #expect(part.status == .partialContent && part.text() == "01" && test.transport.count == 2)
        test.clock.advance(by: 50)
        let whole = try await test.session.get(Self.url)
        #expect(whole.isFromCache && whole.text() == "0123456789" && whole.headerFields[.server] == "2")
    }

    @Test("A stored part reads as status 206 with its Content-Range and octets")
    func isReadable() async throws {
        let test = try FileSession(.json, in: ScratchDirectory(), settings: { $0 = .rfc9111() }) { exchange in
            var content = RangedContent(Data("first line\nsecond line\n".utf8))
            content.fields[.contentType] = "text/plain"
            return content.response(exchange.request.headerFields)
        }
        _ = try await test.session.get(FileSession.url, headers: [.range: "bytes=0-4"])
        _ = try await test.session.get(FileSession.url, headers: [.range: "bytes=5-9"])
        let text = try test.text()
        #expect(text.contains("\"status\": 206") && text.contains("\"bytes 0-9/23\"") && text.contains("first line"))
        try test.edit { $0.replacingOccurrences(of: "first line", with: "other line") }
        let edited = try await test.session.get(FileSession.url, headers: [.range: "bytes=0-4"])
        #expect(edited.isEdited && edited.text() == "other")
        let whole = try await test.session.get(FileSession.url)
        #expect(whole.text() == "first line\nsecond line\n")
        #expect(test.transport.exchanges[2].request.headerFields[.range] == nil)
    }
}
