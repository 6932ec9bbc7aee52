#if Proxy
import FSCache
import FSCacheFixtures
import Foundation
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Caching in the proxy", .timeLimit(.minutes(1)))
struct CachingTests {
    @Test("A response is a hit until it is stale, with Age and Cache-Status")
    func hit() async throws {
        try await withOriginAndProxy { origin, proxy in
            let path = "/fields?Cache-Control=max-age%3D60&ETag=%22a%22"
            let first = try await proxy.get(path)
            #expect(first.fields["Cache-Status"]?.contains("fwd=uri-miss") == true)
            // A line is written after its response, perhaps at the same time as that of the next request.
            _ = await proxy.log(count: 1)
            proxy.clock.advance(by: 30)
            let second = try await proxy.get(path)
            #expect(second.fields["Cache-Status"]?.contains("hit") == true)
            #expect((second.fields["Age"].flatMap { Int($0) } ?? 0) >= 30)
            #expect(second.body == first.body)
            _ = await proxy.log(count: 2)
            proxy.clock.advance(by: 60)
            _ = try await proxy.get(path)
            #expect(origin.requests.count == 2)
            let log = await proxy.log(count: 3)
            #expect(log.map(\.reason) == ["uri-miss, stored", "hit", "stale, stored"])
            #expect("\(log[1])".hasPrefix("GET \(path) 200 hit "))
        }
    }

    @Test("A client with a current response gets 304 from the cache, and its connection stays open")
    func notModified() async throws {
        try await withOriginAndProxy { origin, proxy in
            let client = try proxy.connect()
            let path = "/fields?Cache-Control=max-age%3D60&ETag=%22a%22"
            _ = try await client.exchange("GET \(path) HTTP/1.1\nHost: h\n\n")
            let response = try await client.exchange("GET \(path) HTTP/1.1\nHost: h\nIf-None-Match: \"a\"\n\n")
            #expect(response.status == 304)
            #expect(try await client.exchange("GET \(path) HTTP/1.1\nHost: h\n\n").text == "1")
            #expect(origin.requests.count == 1)
        }
    }

    @Test("Only a private proxy stores private responses", arguments: [true, false])
    func sharing(isShared: Bool) async throws {
        try await withOriginAndProxy(isShared: isShared) { origin, proxy in
            for _ in 1...2 { _ = try await proxy.get("/fields?Cache-Control=private,max-age%3D60") }
            #expect(origin.requests.count == (isShared ? 2 : 1))
        }
    }

    @Test("When the origin can't be reached, the client gets the stale response, or 504 with the reason")
    func unreachable() async throws {
        let origin = try Origin()
        defer { origin.stop() }
        try await withProxy(to: origin.url()) { proxy in
            let path = "/fields?Cache-Control=max-age%3D60&ETag=%22a%22"
            _ = try await proxy.get(path)
            _ = try await proxy.get("/fields?Cache-Control=max-age%3D60,must-revalidate&ETag=%22b%22")
            origin.stop()
            proxy.clock.advance(by: 100)
            let stale = try await proxy.get(path)
            #expect(stale.status == 200)
            #expect(stale.fields["Cache-Status"]?.contains("stands in") == true)
            let forbidden = try await proxy.get("/fields?Cache-Control=max-age%3D60,must-revalidate&ETag=%22b%22")
            #expect(forbidden.status == 504)
            let missing = try await proxy.get("/other")
            #expect(missing.status == 504)
            #expect(missing.text == "No response from the origin.\n")
            for response in [stale, forbidden, missing] {
                let texts = [response.text] + response.fields.lines.map(\.value)
                for internals in ["127.0.0.1", "\(origin.port)", "efused"] {
                    #expect(!texts.contains { $0.contains(internals) })
                }
            }
            let log = await proxy.log(count: 5)
            #expect(log.last?.reason.hasPrefix("unreachable (") == true)
            #expect(log.last?.reason.contains("refused") == true)
        }
    }

    @Test("CDN-Cache-Control counts only if it is asked for", arguments: [false, true])
    func cdnCacheControl(isUsed: Bool) async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(fields: ["Cache-Control": "no-store", "CDN-Cache-Control": "max-age=60"], body: "body")
        }
        try await withOrigin(handler) { origin in
            try await withProxy(to: origin.url(), settings: { $0.usesCDNCacheControl = isUsed }) { proxy in
                for _ in 1...2 { _ = try await proxy.get("/") }
                #expect(origin.requests.count == (isUsed ? 1 : 2))
            }
        }
    }

    @Test("A request with more content than the limit for keys bypasses the cache", arguments: [false, true])
    func largeContent(isChunked: Bool) async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(fields: ["Cache-Control": "max-age=60"], body: request.body)
        }
        try await withOrigin(handler) { origin in
            try await withProxy(to: origin.url(), settings: { $0.keyedContentByteLimit = 300_000 }) { proxy in
                for (index, count) in [300_000, 300_000, 1_000_000, 1_000_000].enumerated() {
                    let bytes = Origin.bytes(count)
                    let client = try proxy.connect()
                    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
                    await client.send("GET / HTTP/1.1\nHost: h\n\(framing)\n\n")
                    for start in stride(from: 0, to: count, by: 50_000) {
                        let piece = Data(bytes[start..<(start + 50_000)])
                        await client.send(isChunked ? Data("c350\r\n".utf8) + piece + Data("\r\n".utf8) : piece)
                    }
                    if isChunked { await client.send("0\n\n") }
                    let response = try await client.response()
                    #expect(response.body == bytes)
                    let status = response.fields["Cache-Status"] ?? ""
                    switch index {
                    case 0: #expect(status.contains("fwd=uri-miss"))
                    case 1: #expect(status.contains("hit"))
                    default: #expect(status == "FSCache; fwd=bypass; detail=\"largeContent\"")
                    }
                }
                #expect(origin.requests.count == 3)
            }
        }
    }
}

@Suite("Fixtures that the proxy records and replays", .timeLimit(.minutes(1)))
struct FixtureTests {
    private static let requests = [
        "GET /page HTTP/1.1\nHost: h\n\n",
        "POST /page HTTP/1.1\nHost: h\nContent-Length: 3\n\none",
        "POST /page HTTP/1.1\nHost: h\nContent-Length: 3\n\ntwo",
        "PUT /page HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n5\nthree\n0\n\n",
        "DELETE /page HTTP/1.1\nHost: h\n\n",
        "HEAD /page HTTP/1.1\nHost: h\n\n",
        "M-SEARCH /page HTTP/1.1\nHost: h\n\n",
        "GET /status/404 HTTP/1.1\nHost: h\n\n",
        "GET /status/799 HTTP/1.1\nHost: h\n\n",
        "GET /private HTTP/1.1\nHost: h\nAuthorization: secret\n\n",
        "GET /empty HTTP/1.1\nHost: h\nCache-Control: no-store\nIf-None-Match: \"a\"\nRange: bytes=0-1\n\n",
    ]

    private static let handler: Origin.Handler = { request in
        if request.path.hasPrefix("/status/") {
            return Origin.Response(status: Int(request.path.dropFirst(8)) ?? 0, body: "status")
        }
        var response = Origin.Response(
            fields: ["Cache-Control": "no-store, max-age=0", "Set-Cookie": "a=1"],
            body: "\(request.method) \(request.ordinal) \(String(decoding: request.body, as: UTF8.self))"
        )
        response.fields.add("Set-Cookie", "b=2")
        return response
    }

    @Test("Recorded responses with any method, status and age are replayed offline")
    func recordAndReplay() async throws {
        let scratch = try ScratchDirectory()
        let origin = try Origin(Self.handler)
        defer { origin.stop() }
        let recorded = try await withProxy(to: origin.url(), mode: .record, fixture: scratch("a")) { proxy in
            var responses: [RawClient.Response] = []
            for request in Self.requests { responses.append(try await proxy.exchange(request)) }
            return responses
        }
        #expect(origin.requests.count == Self.requests.count)
        origin.stop()

        let later = TestClock(Date() + 1e9)
        try await withProxy(to: origin.url(), mode: .replay, fixture: scratch("a"), clock: later) { proxy in
            for (request, recorded) in zip(Self.requests, recorded) {
                let replayed = try await proxy.exchange(request)
                #expect(replayed.statusLine == recorded.statusLine)
                #expect(replayed.body == recorded.body)
                let own: Set<String> = ["Cache-Status", "Date", "Set-Cookie", "Via"]
                #expect(
                    replayed.fields.lines.filter { !own.contains($0.name) }
                        == recorded.fields.lines.filter { !own.contains($0.name) }
                )
                #expect(replayed.fields["Cache-Status"]?.contains("hit") == true, "\(request)")
            }
        }
    }

    @Test("Fixtures are for all credentials, unless they are told apart", arguments: [false, true])
    func credentials(isSeparate: Bool) async throws {
        var change = FixtureSettings()
        if isSeparate { change.credentials = .separate }
        let settings = change
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), mode: .record, fixtureSettings: settings) { proxy in
                _ = try await proxy.get("/echo?access_token=a", "Authorization: Bearer a\n")
                try await withProxy(to: origin.url(), mode: .replay, fixture: proxy.fixture, fixtureSettings: settings)
                {
                    replay in
                    let others = isSeparate ? 504 : 200
                    let own = try await replay.get("/echo?access_token=a", "Authorization: Bearer a\n")
                    let other = try await replay.get("/echo?access_token=b", "Authorization: Bearer b\n")
                    let anonymous = try await replay.get("/echo")
                    #expect([own, other, anonymous].map(\.status) == [200, others, others])
                }
            }
        }
    }

    @Test("Repeats of a request are recorded in their order, and replayed so")
    func recordAgain() async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), mode: .record) { proxy in
                #expect(try await proxy.get("/counter").text == "1")
                #expect(try await proxy.get("/counter").text == "2")
                try await withProxy(to: origin.url(), mode: .replay, fixture: proxy.fixture) { replay in
                    for expected in ["1", "2", "2"] {
                        let response = try await replay.get("/counter")
                        #expect(response.text == expected)
                    }
                }
            }
        }
    }

    @Test(
        "A replay answers a missing request with an explanation that names the nearest recorded one",
        arguments: [
            ("GET /items?page=2", "GET http://ORIGIN/items?page=1\nquery page wanted 2 stored 1\n"),
            ("DELETE /items?page=1", "GET http://ORIGIN/items?page=1\nmethod wanted DELETE stored GET\n"),
            ("GET /item?page=1", "GET http://ORIGIN/items?page=1\npath wanted /item stored /items\n"),
            ("POST /form", "POST http://ORIGIN/form\nbody wanted (absent) stored 1 byte\n"),
        ]
    )
    func nearest(request: String, nearest: String) async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), mode: .record) { proxy in
                _ = try await proxy.get("/items?page=1")
                _ = try await proxy.exchange("POST /form HTTP/1.1\nHost: h\nContent-Length: 1\n\n1")
                try await withProxy(to: origin.url(), mode: .replay, fixture: proxy.fixture) { replay in
                    let response = try await replay.exchange("\(request) HTTP/1.1\nHost: h\n\n")
                    #expect(response.status == 504)
                    #expect(response.fields["Content-Type"]?.hasPrefix("text/plain") == true)
                    #expect(
                        response.text.hasPrefix("No stored response answers \(request.prefix { $0 != " " }) http://")
                    )
                    // The width of the columns depends on the other requests.
                    let text = response.text.split(separator: "\n").map {
                        $0.split(separator: " ").joined(separator: " ")
                    }
                    .joined(separator: "\n")
                    let expected = nearest.replacing("ORIGIN", with: "127.0.0.1:\(origin.port)")
                    #expect(text.contains(":\n\(expected)"), "\(text)")
                    #expect(
                        response.text.hasSuffix(
                            "run the proxy with --record in place of --replay, and repeat the request.\n"
                        )
                    )
                }
                #expect(origin.requests.count == 2)
            }
        }
    }

    @Test("Offline, stored responses are served by the rules, and other requests get 504")
    func offline() async throws {
        let backend = MemoryBackend()
        try await withOrigin { origin in
            let fresh = "/fields?Cache-Control=max-age%3D60&ETag=%22a%22"
            let strict = "/fields?Cache-Control=max-age%3D60,must-revalidate&ETag=%22b%22"
            try await withProxy(to: origin.url(), backend: backend) { proxy in
                _ = try await proxy.get(fresh)
                _ = try await proxy.get(strict)
            }
            try await withProxy(to: origin.url(), mode: .offline, backend: backend) { proxy in
                #expect(try await proxy.get(fresh).status == 200)
                #expect(try await proxy.get(strict).status == 200)
                proxy.clock.advance(by: 100)
                #expect(try await proxy.get(fresh).status == 200)
                #expect(try await proxy.get(strict).status == 504)
                let response = try await proxy.exchange("POST /echo HTTP/1.1\nHost: h\nContent-Length: 1\n\n1")
                #expect(response.status == 504)
                #expect(!response.text.contains("similar"))
            }
            #expect(origin.requests.count == 2)
        }
    }
}
#endif
