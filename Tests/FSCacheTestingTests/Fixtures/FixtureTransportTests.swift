import FSCache
import FSCacheFixtures
import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Fixture transport")
struct FixtureTransportTests {
    private static let url = "https://api.example.com/items"

    /// An origin whose answers count.
    private static func counting(_ fields: HTTPFields = [:]) -> ScriptedTransport {
        ScriptedTransport { TransportResponse(200, fields, body: "\($0.ordinal)") }
    }

    @Test(
        "A recorded response replays with its status, fields and bytes, without the network",
        arguments: [
            (200, "application/json", Data(#"{"b": [1, 2.50], "a": "é"}"#.utf8)),
            (404, "text/plain", Data("no\n".utf8)),
            (200, "application/octet-stream", Data([0, 255, 10])), (204, "text/plain", Data()),
            (302, "text/html; charset=utf-8", Data("<p>moved \r\n".utf8)),
        ],
        [FixtureSettings.defaultSerializer, JSONSerializer()] as [any Serializer]
    )
    func replays(_ response: (status: Int, type: String, body: Data), in serializer: any Serializer) async throws {
        let fixture = try FixtureUnderTest(FixtureSettings(serializer: serializer))
        let fields: HTTPFields = [.contentType: response.type, .location: "/elsewhere"]
        let origin = ScriptedTransport { _ in TransportResponse(response.status, fields, body: response.body) }
        let options = RequestOptions(followsRedirects: false)
        let live = try await fixture.record(from: origin) { try await $0.get(Self.url, options: options) }
        let replayed = try await fixture.replay { try await $0.get(Self.url, options: options) }
        #expect(replayed.status == live.status && replayed.body == response.body)
        #expect(replayed.headerFields == live.headerFields)
        #expect(origin.count == 1)
        try #expect(fixture.files().count == 1)
    }

    @Test("The name of a file tells host, path and method, and is the same on every disk")
    func names() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: Self.counting()) { session in
            for path in [
                "items", "items?page=2", "Items", "CON/nul.txt", "a%2Fb/..%20x/é",
                String(repeating: "long/", count: 60),
            ] {
                _ = try await session.get("https://API.example.com:8443/\(path)")
            }
            _ = try await session.delete("https://api.example.com:8443/items")
        }
        let files = try fixture.files()
        #expect(files.count == 7)
        #expect(files.filter { $0.hasPrefix("api.example.com_8443/items/GET.") }.count == 3)
        #expect(files.contains { $0.hasPrefix("api.example.com_8443/items/DELETE.") })
        #expect(files.contains { $0.hasPrefix("api.example.com_8443/_con/_nul.txt/GET.") })
        let plain = /[a-z0-9._\-\/]+[A-Z]+\.[0-9a-f]{8}\.yaml/
        for file in files {
            #expect(file.wholeMatch(of: plain) != nil && file.utf8.count <= 220, "\(file)")
            #expect(Set(files.map { $0.lowercased() }).count == files.count)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.scratch("Recorded/CACHEDIR.TAG")))
    }

    @Test("Repeats of a request replay in the order of the recording, for each test from the beginning")
    func replaysSequences() async throws {
        var fixture = try FixtureUnderTest()
        func poll(_ session: CachedSession, _ count: Int) async throws -> [String] {
            var texts: [String] = []
            for _ in 0..<count { texts.append(try await session.get(Self.url).text()) }
            return texts
        }
        try await fixture.record(from: Self.counting()) { try await #expect(poll($0, 12).last == "12") }
        try #expect(fixture.files().count == 12)
        for _ in 0..<2 {
            let texts = try await fixture.replay { try await poll($0, 14) }
            #expect(texts == (1...12).map(String.init) + ["12", "12"])
        }
        let last = try await fixture.replay { session in
            _ = try await poll(session, 12)
            return try await session.get(Self.url)
        }
        #expect(last.headerFields[.cacheStatus]?.contains("the last of 12, again") == true)
        fixture.settings.whenExhausted = .fails
        await #expect(throws: FSCacheError.self) { try await fixture.replay { try await poll($0, 13) } }
    }

    @Test("A mode asks the network only for what it should")
    func modes() async throws {
        let fixture = try FixtureUnderTest()
        await #expect(throws: FSCacheError.self) { try await fixture.replay { try await $0.get(Self.url) } }
        let origin = Self.counting()
        func texts(_ mode: FixtureMode, isPassed: Bool = true) async throws -> [String] {
            try await fixture.record(mode, from: origin, isPassed: isPassed) { session in
                [try await session.get(Self.url).text(), try await session.get(Self.url).text()]
            }
        }
        try await #expect(texts(.once) == ["1", "2"])
        try await #expect(texts(.once) == ["1", "2"])
        try await #expect(texts(.replay) == ["1", "2"])
        let longer = try await fixture.record(.new, from: origin) { session in
            [try await session.get(Self.url).text()] + [
                try await session.get(Self.url).text(), try await session.get(Self.url).text(),
            ]
        }
        #expect(longer == ["1", "2", "3"])
        try await #expect(texts(.replay) == ["1", "2"])
        try #expect(fixture.files().count == 3)
        let before = try fixture.contents()
        try await #expect(texts(.rewrite, isPassed: false) == ["4", "5"])
        try #expect(fixture.contents() == before, "the test failed")
        try await #expect(texts(.rewrite) == ["6", "7"])
        try #expect(fixture.files().count == 2)
        try await #expect(texts(.replay) == ["6", "7"])
    }

    @Test("Recording again from an unchanged origin changes no byte")
    func isDeterministic() async throws {
        let fixture = try FixtureUnderTest()
        func record(_ mode: FixtureMode, at time: TimeInterval) async throws -> [String: String] {
            let origin = ScriptedTransport { exchange in
                let date = Date(timeIntervalSince1970: time + Double(exchange.ordinal))
                func format(_ date: Date) -> String { HTTPDate.format(date) }
                let fields = HTTPFields([
                    HTTPField(name: .date, value: format(date)), HTTPField(name: .age, value: "\(exchange.ordinal)"),
                    HTTPField(name: .expires, value: format(date + 60)),
                    HTTPField(name: HTTPField.Name("X-Request-Id")!, value: UUID().uuidString),
                    HTTPField(name: .setCookie, value: "session=\(UUID())"),
                    HTTPField(name: .lastModified, value: "Thu, 01 Jan 1970 00:00:00 GMT"),
                    HTTPField(name: .contentType, value: "application/json"),
                ])
                return TransportResponse(200, fields, body: #"{"z": 1, "a": [true, null]}"#)
            }
            try await fixture.record(mode, from: origin) { session in
                _ = try await session.get(Self.url, headers: [.userAgent: "client/\(time)", .cookie: "a=\(time)"])
                _ = try await session.post(Self.url, content: .json(["q": 1]))
            }
            return try fixture.contents()
        }
        let first = try await record(.once, at: 1_000_000)
        #expect(first.count == 2)
        try await #expect(record(.rewrite, at: 2_000_000) == first)
        try await #expect(record(.rewrite, at: 3_000_000) == first)
        let response = try await fixture.replay { try await $0.get(Self.url) }
        #expect(response.headerFields[.date] == "Wed, 01 Jan 2025 00:00:00 GMT")
        #expect(response.headerFields[.expires] == "Wed, 01 Jan 2025 00:01:00 GMT")
        #expect(response.headerFields[.age] == "0")
        #expect(response.headerFields[.lastModified] == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(first.values.allSatisfy { !$0.contains("session=") && !$0.contains("client/") })
    }

    @Test(
        "Credentials and the client's version don't keep a recorded response from being found",
        arguments: ["Authorization", "User-Agent", "X-API-Key, User-Agent", "*"]
    )
    func ignoresCredentials(vary: String) async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { _ in TransportResponse(200, [.vary: vary], body: "found") }
        let fields: HTTPFields = [.authorization: "Bearer s3cret", .userAgent: "one", .init("X-API-Key")!: "s3cret"]
        try await fixture.record(from: origin) { try await $0.get("\(Self.url)?api_key=s3cret", headers: fields) }
        let other: HTTPFields = [.userAgent: "two"]
        let response = try await fixture.replay { try await $0.get("\(Self.url)?api_key=x", headers: other) }
        #expect(response.text() == "found")
        #expect(response.headerFields[.cacheStatus] == nil)
        try #expect(fixture.contents().values.allSatisfy { !$0.contains("s3cret") })
    }

    @Test("The variant that fits is replayed, else the only one, and the response says so; of several, none")
    func choosesVariants() async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { exchange in
            TransportResponse(
                200,
                [.vary: "Accept-Language"],
                body: exchange.request.headerFields[.acceptLanguage] ?? "none"
            )
        }
        func get(_ language: String, _ session: CachedSession) async throws -> CachedResponse {
            try await session.get(Self.url, headers: [.acceptLanguage: language])
        }
        try await fixture.record(from: origin) { try await get("de", $0) }
        let only = try await fixture.replay { try await get("fr", $0) }
        #expect(only.text() == "de")
        #expect(only.headerFields[.cacheStatus]?.contains("the only recorded variant, for accept-language: de") == true)
        try await fixture.record(.new, from: origin) { try await get("en", $0) }
        for language in ["de", "en"] {
            let exact = try await fixture.replay { try await get(language, $0) }
            #expect(exact.text() == language)
            #expect(exact.headerFields[.cacheStatus] == nil)
        }
        await #expect(throws: FSCacheError.self) { try await fixture.replay { try await get("fr", $0) } }
    }

    @Test("HEAD is answered from a recorded GET")
    func answersHead() async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { _ in
            TransportResponse(200, [.contentLength: "5", .eTag: "\"a\""], body: "12345")
        }
        try await fixture.record(from: origin) { try await $0.get(Self.url) }
        let head = try await fixture.replay { try await $0.head(Self.url) }
        #expect(head.body.isEmpty && head.headerFields[.contentLength] == "5" && head.headerFields[.eTag] == "\"a\"")
    }

    @Test("A file that somebody has renamed or moved is found, and recorded again under its new name")
    func findsRenamedFiles() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: Self.counting()) { try await $0.get(Self.url) }
        let file = try #require(fixture.files().first)
        let manager = FileManager.default
        for name in ["first page.yaml", "elsewhere/GET.yaml"] {
            let target = fixture.scratch("Recorded/\(name)")
            try manager.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true
            )
            let current = try #require(fixture.files().first)
            try manager.moveItem(atPath: fixture.scratch("Recorded/\(current)"), toPath: target)
            try await #expect(fixture.replay { try await $0.get(Self.url).text() } == "1")
        }
        let other = ScriptedTransport { _ in TransportResponse(body: "again") }
        try await fixture.record(.rewrite, from: other) { try await $0.get(Self.url) }
        try #expect(fixture.files() == ["elsewhere/GET.yaml"])
        try await #expect(fixture.replay { try await $0.get(Self.url).text() } == "again")
        #expect(file.hasPrefix("api.example.com/items/GET."))
    }

    @Test(
        "With keepsOrder, a GET gets what it got at that point: before or after the change",
        arguments: [true, false]
    )
    func keepsOrder(isKept: Bool) async throws {
        let fixture = try FixtureUnderTest(FixtureSettings(keepsOrder: isKept))
        try await fixture.record(from: Self.counting()) { session in
            _ = try await session.get(Self.url)
            _ = try await session.put(Self.url, content: .text("x"))
            _ = try await session.get(Self.url)
            _ = try await session.delete(Self.url)
            _ = try await session.get(Self.url)
        }
        let texts = try await fixture.replay { session in
            var texts: [String] = []
            for _ in 0..<3 { texts.append(try await session.get(Self.url).text()) }
            _ = try await session.put(Self.url, content: .text("x"))
            for _ in 0..<2 { texts.append(try await session.get(Self.url).text()) }
            return texts
        }
        #expect(texts == (isKept ? ["1", "1", "1", "3", "3"] : ["1", "3", "5", "5", "5"]))
    }

    @Test("Layers are read in their order, and only the first is written")
    func layers() async throws {
        let (base, overlay) = (try FixtureUnderTest(), try FixtureUnderTest())
        try await base.record(from: ScriptedTransport { _ in TransportResponse(body: "base") }) { session in
            _ = try await session.get("\(Self.url)/a")
            _ = try await session.get("\(Self.url)/b")
        }
        let before = try base.contents()
        let origin = ScriptedTransport { _ in TransportResponse(body: "overlay") }
        try await overlay.record(from: origin) { try await $0.get("\(Self.url)/a") }
        let transport = try overlay.transport(.once, over: [base.path], network: origin)
        let session = CachedSession(uncached: transport)
        try await #expect(session.get("\(Self.url)/a").text() == "overlay")
        try await #expect(session.get("\(Self.url)/b").text() == "base")
        try await #expect(session.get("\(Self.url)/c").text() == "overlay")
        try #expect(base.contents() == before && overlay.files().count == 2)
        #expect(transport.counts.network == 1 && transport.counts.requests == 3)
    }

    @Test(
        "A server for tests may have another port each time, and an origin may have a name",
        arguments: [true, false]
    )
    func replaysOtherOrigins(isNamed: Bool) async throws {
        var fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { exchange in
            let authority = exchange.request.authority ?? ""
            return TransportResponse(
                200,
                [.contentType: "application/json"],
                body: #"{"next": "http://\#(authority)/2"}"#
            )
        }
        func name(_ port: Int) {
            fixture.settings.originNames = isNamed ? ["http://127.0.0.1:\(port)": "http://shop.test"] : [:]
        }
        name(8001)
        try await fixture.record(from: origin) { try await $0.get("http://127.0.0.1:8001/1") }
        name(8002)
        let response = try await fixture.replay { try await $0.get("http://127.0.0.1:8002/1") }
        #expect(response.text() == #"{"next": "http://127.0.0.1:\#(isNamed ? 8002 : 8001)/2"}"#)
        try #expect(fixture.files().allSatisfy { $0.hasPrefix(isNamed ? "shop.test/" : "127.0.0.1_8001/") })
        await #expect(throws: FSCacheError.self) {
            try await fixture.replay { try await $0.get("http://other.example:8002/1") }
        }
    }

    @Test("A stream of events replays in the chunks in which it came", arguments: [false, true])
    func replaysStreams(isPaced: Bool) async throws {
        var fixture = try FixtureUnderTest()
        if isPaced { fixture.settings.pace = .recorded }
        let events = ["data: 1\n", "\ndata: 2\n\n", "data: 3\n\n"].map { Data($0.utf8) }
        let origin = ScriptedTransport { _ in
            var response = TransportResponse(200, [.contentType: "text/event-stream"], body: "")
            response.body = MessageBody(
                AsyncStream { continuation in
                    for event in events { continuation.yield(event) }
                    continuation.finish()
                }
            )
            return response
        }
        func chunks(_ session: CachedSession) async throws -> [Data] {
            var chunks: [Data] = []
            for try await chunk in try await session.stream(HTTPRequest(url: Self.url)).body { chunks.append(chunk) }
            return chunks
        }
        try await #expect(fixture.record(from: origin, chunks) == events)
        try await #expect(fixture.replay(chunks) == events)
        try #expect(fixture.contents().values.contains { $0.contains("pauses") } == isPaced)
    }

    @Test("A directory that is a link is read")
    func followsLinkedDirectory() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: Self.counting()) { try await $0.get(Self.url) }
        try fixture.scratch.link("Linked", to: fixture.path)
        let transport = try FixtureTransport(fixture.scratch("Linked"))
        try await #expect(CachedSession(uncached: transport).get(Self.url).text() == "1")
    }

    @Test("Python's YAML reads the files")
    func isReadByPython() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: Self.counting()) { session in
            for _ in 0..<2 { _ = try await session.get(Self.url) }
        }
        let files = try fixture.files().map { fixture.scratch("Recorded/\($0)") }
        let program = """
            import sys, yaml
            for path in sys.argv[1:]:
                entry = yaml.safe_load(open(path))
                print(entry["request"]["url"], entry.get("fixture", {}).get("repetition", 1), entry["body"]["text"])
            """
        let output = try await String(decoding: Python.run(program, arguments: files), as: UTF8.self)
        #expect(output.split(separator: "\n") == ["\(Self.url) 2 2", "\(Self.url) 1 1"])
    }

    @Test("A coded response is not asked for when recording, because it couldn't be read as a file")
    func asksForPlainContent() async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { exchange in
            let isAsked = exchange.request.headerFields[.acceptEncoding] != nil
            return TransportResponse(200, [.vary: "Accept-Encoding"], body: isAsked ? "coded" : "plain")
        }
        let fields: HTTPFields = [.acceptEncoding: "gzip"]
        try await fixture.record(from: origin) { _ = try await $0.get(Self.url, headers: fields) }
        try await #expect(
            fixture.replay { try await $0.get(Self.url, headers: [.acceptEncoding: "br"]).text() } == "plain"
        )
    }
}
