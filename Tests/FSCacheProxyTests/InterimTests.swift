#if Proxy
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Interim responses through the proxy", .timeLimit(.minutes(1)))
struct InterimTests {
    private static let hint: Origin.Fields = [
        "Link": "</a.css>; rel=preload", "X-Name": "Zo\u{EB}", "link": "</b.css>",
    ]

    private static let handler: Origin.Handler = { request in
        Origin.Response(fields: ["Cache-Control": "max-age=60", "X-Final": "yes"], body: "final")
            .preceded(by: 102).preceded(by: 103, fields: hint)
    }

    @Test("Interim responses are forwarded in order, field by field, and not stored")
    func passedOn() async throws {
        try await withOriginAndProxy(Self.handler) { origin, proxy in
            let client = try proxy.connect()
            let processing = try await client.exchange("GET /page HTTP/1.1\nHost: h\n\n")
            #expect(processing.status == 102)
            #expect(processing.fields.lines.map(\.name) == ["Via"])
            let hint = try await client.response()
            #expect(hint.status == 103)
            #expect(hint.fields.lines.prefix(3) == Self.hint.lines[...])
            #expect(hint.fields.lines.dropFirst(3).map(\.name) == ["Via"])
            let final = try await client.response()
            #expect(final.status == 200 && final.text == "final")
            #expect(final.fields["Link"] == nil && final.fields["X-Final"] == "yes")

            let hit = try await client.exchange("GET /page HTTP/1.1\nHost: h\n\n")
            #expect(hit.status == 200 && hit.text == "final")
            #expect(hit.fields["Cache-Status"]?.contains("hit") == true)
            #expect(hit.fields["Link"] == nil && hit.fields["X-Final"] == "yes")
            #expect(origin.requests.count == 1)
            #expect(await proxy.log(count: 2).map(\.status) == [200, 200])
        }
    }

    @Test("Interim responses reach the client before the origin has a final response")
    func atOnce() async throws {
        let gate = Gate()
        let handler: Origin.Handler = { _ in
            var response = Origin.Response(body: "final").preceded(by: 103)
            response.prelude.append(.wait(gate))
            return response
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            #expect(try await client.exchange("GET / HTTP/1.1\nHost: h\n\n").status == 103)
            gate.open()
            #expect(try await client.response().text == "final")
        }
    }

    @Test("Interim responses of pipelined requests come before their own final response")
    func pipelined() async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(body: request.path).preceded(by: 103, fields: ["Link": request.path])
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            let paths = (0..<20).map { "/\($0)" }
            await client.send(paths.map { "GET \($0) HTTP/1.1\nHost: h\n\n" }.joined())
            for path in paths {
                #expect(try await client.response().fields["Link"] == path)
                #expect(try await client.response().text == path)
            }
        }
    }

    @Test("Interim responses are forwarded when the proxy doesn't read the request's content")
    func upload() async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(body: request.body).preceded(by: 102)
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            let interim = try await client.exchange("POST / HTTP/1.1\nHost: h\nContent-Length: 5\n\nhello")
            #expect(interim.status == 102)
            #expect(try await client.response(to: "POST").text == "hello")
        }
    }

    @Test("Interim responses lose connection fields and fields about content")
    func fields() async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(body: "final").preceded(
                by: 103,
                fields: [
                    "Connection": "X-Hop", "X-Hop": "1", "Keep-Alive": "timeout=5", "Content-Length": "7", "X-End": "1",
                ]
            )
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            let interim = try await client.exchange("GET / HTTP/1.1\nHost: h\n\n")
            #expect(interim.fields.lines.map(\.name) == ["X-End", "Via"])
            #expect(try await client.response().text == "final")
        }
    }

    @Test("An HTTP/1.0 client gets no interim responses")
    func http10() async throws {
        try await withOriginAndProxy(Self.handler) { _, proxy in
            let response = try await proxy.exchange("GET /page HTTP/1.0\n\n")
            #expect(response.status == 200 && response.text == "final")
        }
    }

    @Test("A 100 that the client doesn't wait for is dropped")
    func unexpectedContinue() async throws {
        let handler: Origin.Handler = { _ in Origin.Response(body: "final").preceded(by: 100).preceded(by: 103) }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            #expect(try await client.exchange("GET / HTTP/1.1\nHost: h\n\n").status == 103)
            #expect(try await client.response().text == "final")
        }
    }

    @Test("Interim responses are forwarded before a 304 and before the stored response that it validates")
    func revalidation() async throws {
        let handler: Origin.Handler = { request in
            let isStored = request.fields["If-None-Match"] != nil
            return Origin.Response(
                status: isStored ? 304 : 200,
                fields: ["Cache-Control": "no-cache", "ETag": "\"v\""],
                body: isStored ? "" : "content"
            ).preceded(by: 103, fields: ["Link": "\(request.ordinal)"])
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            for ordinal in 1...2 {
                let interim = try await client.exchange("GET /page HTTP/1.1\nHost: h\n\n")
                #expect(interim.status == 103 && interim.fields["Link"] == "\(ordinal)")
                let final = try await client.response()
                #expect(final.status == 200 && final.text == "content" && final.fields["Link"] == nil)
            }
        }
    }

    @Test("Interim responses for a client that doesn't read are dropped, not kept")
    func flood() async throws {
        let asked = Gate()
        let handler: Origin.Handler = { _ in
            asked.open()
            var response = Origin.Response(fields: ["Cache-Control": "max-age=60"], body: "final")
            let one = "HTTP/1.1 103 Early Hints\r\nLink: \(String(repeating: "x", count: 40_000))\r\n\r\n"
            // More than the client's connection can buffer.
            response.prelude = [.sendRaw(Data(String(repeating: one, count: 250).utf8))]
            return response
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            let client = try proxy.connect()
            await client.send("GET /page HTTP/1.1\nHost: h\n\n")
            await asked.opened()
            // Gets its final response when the first client could get one.
            #expect(try await proxy.exchange("GET /page HTTP/1.1\nHost: h\n\n").text == "final")
            #expect(origin.requests.count == 1)

            var (response, count) = (try await client.response(), 0)
            while response.status == 103 {
                count += 1
                response = try await client.response()
            }
            #expect(response.text == "final")
            #expect((1..<250).contains(count))
        }
    }
}
#endif
