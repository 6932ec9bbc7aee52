import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The origin of the fixtures in this directory: `FSCACHE_FIXTURES=once` records them, after they have been deleted.
private func network() -> any HTTPTransport {
    ScriptedTransport { exchange in
        switch exchange.request.path {
        case "/items": TransportResponse(body: exchange.ordinal == 1 ? "pending" : "done")
        case "/items/fresh": TransportResponse(200, [.cacheControl: "max-age=60"], body: "fresh")
        case "/items/inner": TransportResponse(body: "inner")
        default: TransportResponse(404)
        }
    }
}

private let isReplaying = (try? FixtureMode.resolved(nil, environment: ProcessInfo.processInfo.environment)) == .replay

@Suite("Trait for fixtures", .fixtures("Recorded", network: network))
struct FixtureTraitTests {
    private static let url = "https://api.example.com/items"

    @Test("Tests of a suite get its recorded responses, each from the beginning", arguments: 1...3)
    func replays(_ run: Int) async throws {
        let session = try Fixture.current.session
        try await #expect(session.get(Self.url).text() == "pending")
        try await #expect(session.get(Self.url).text() == "done")
        let counts = try Fixture.current.counts
        #expect(counts.requests == 2 && counts.network == (isReplaying ? 0 : counts.network))
    }

    @Test("The trait of a test comes before that of its suite", .fixtures("Inner", network: network))
    func nests() async throws {
        let session = try Fixture.current.session
        try await #expect(session.get("\(Self.url)/inner").text() == "inner")
        try await #expect(session.get(Self.url).text() == "pending")
    }

    @Test("A URLSession from the fixture's configuration gets the recorded responses in their order")
    func answersURLSession() async throws {
        let client = URLSession(configuration: try Fixture.current.urlSessionConfiguration)
        let url = try #require(URL(string: Self.url))
        for expected in ["pending", "done", "done"] {
            let (body, response) = try await client.data(from: url)
            #expect(String(decoding: body, as: UTF8.self) == expected)
            #expect((response as? HTTPURLResponse)?.statusCode == 200)
        }
    }

    @Test("Nothing has expired since the recording, until the clock is moved")
    func holdsTime() async throws {
        let fixture = try Fixture.current
        let session = fixture.cachedSession(CacheSettings(cacheControl: true))
        for _ in 0..<2 { _ = try await session.get("\(Self.url)/fresh") }
        #expect(fixture.counts.requests == 1)
        fixture.clock.advance(by: .seconds(61))
        _ = try await session.get("\(Self.url)/fresh")
        #expect(fixture.counts.requests == 2)
    }

    @Test("A request without a recorded response is an error that says how to record it", .enabled(if: isReplaying))
    func explains() async throws {
        let session = try Fixture.current.session
        let error = await #expect(throws: FSCacheError.self) { try await session.get("\(Self.url)?page=2") }
        #expect(error?.code == .offline)
        #expect(error?.message.contains("FSCACHE_FIXTURES=once") == true)
        #expect(error?.message.contains("page") == true)
        try #expect(Fixture.current.counts.misses == 1)
    }

    @Test(
        "Stubs answer before files, in their order",
        .fixtures {
            GET(url) { "stubbed" }
            GET(url) { .json("[1]", status: .accepted) }
            POST(url) { .failure(.timedOut) }
            GET("\(url)/early") { .text("cut off").ending(after: 3) }
            GET("\(url)/slow") { .text("in pieces").arriving(inChunksOf: 4) }
            for page in 1...2 { GET("\(url)/\(page)") { .text("page \(page)") } }
            Stub(.put, url) { request, body in .text("\(request.method) \(body.count)") }
        }
    )
    func stubs() async throws {
        let session = try Fixture.current.session
        try await #expect(session.get(Self.url).text() == "stubbed")
        for _ in 0..<2 { try await #expect(session.get(Self.url).status == .accepted) }
        await #expect(throws: URLError.self) { try await session.post(Self.url) }
        await #expect(throws: FSCacheError.self) { try await session.get("\(Self.url)/early") }
        var chunks: [String] = []
        for try await chunk in try await session.stream(HTTPRequest(url: "\(Self.url)/slow")).body {
            chunks.append(String(decoding: chunk, as: UTF8.self))
        }
        #expect(chunks == ["in p", "iece", "s"])
        try await #expect(session.get("\(Self.url)/2").text() == "page 2")
        try await #expect(session.put(Self.url, content: .text("123")).text() == "PUT 3")
        try await #expect(session.get("\(Self.url)/fresh").text() == "fresh")
    }

    @Test("A test without a fixture gets an error that names the trait")
    func needsTrait() async throws {
        let error = try await #require(
            Task.detached { () -> FSCacheError? in
                do throws(FSCacheError) {
                    _ = try Fixture.current
                    return nil
                } catch { return error }
            }.value
        )
        #expect(error.message.contains(".fixtures("))
    }

    @Test(
        "Environment, CI and code choose the mode in this order",
        arguments: [
            ([:], nil, "replay"), ([:], "once", "once"), (["CI": "true"], "once", "replay"), (["CI": ""], "new", "new"),
            (["CI": "1", "FSCACHE_FIXTURES": "rewrite"], nil, "rewrite"),
            (["FSCACHE_FIXTURES": "replay"], "once", "replay"),
        ] as [([String: String], String?, String)]
    )
    func choosesMode(environment: [String: String], argument: String?, expected: String) throws {
        let argument = try argument.map { try FixtureMode(named: $0) }
        try #expect(FixtureMode.resolved(argument, environment: environment).description == expected)
    }

    @Test("A wrong mode is an error that lists the right ones")
    func rejectsModes() {
        let error = #expect(throws: FSCacheError.self) {
            try FixtureMode.resolved(nil, environment: ["FSCACHE_FIXTURES": "record"])
        }
        for mode in ["record", "replay", "once", "new", "rewrite"] { #expect(error?.message.contains(mode) == true) }
    }
}
