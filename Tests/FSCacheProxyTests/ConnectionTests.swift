#if Proxy
import Foundation
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Connections of the proxy's clients", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("Pipelined requests are answered in order on one connection")
    func pipelining() async throws {
        try await withOriginAndProxy { origin, proxy in
            let client = try proxy.connect()
            let paths = ["/echo/a", "/bytes/20000", "/fields?Cache-Control=max-age%3D60", "/status/404", "/echo/b"]
            await client.send(paths.map { "GET \($0) HTTP/1.1\nHost: h\n\n" }.joined())
            var statuses: [Int] = []
            var bodies: [Data] = []
            for _ in paths {
                let response = try await client.response()
                statuses.append(response.status)
                bodies.append(response.body)
            }
            #expect(statuses == [200, 200, 200, 404, 200])
            #expect(String(decoding: bodies[0], as: UTF8.self).contains("/echo/a"))
            #expect(bodies[1] == Origin.bytes(20000))
            #expect(String(decoding: bodies[4], as: UTF8.self).contains("/echo/b"))
            #expect(origin.requests.count == paths.count)
        }
    }

    @Test("A request pipelined after a slow one is answered after it, even from the cache")
    func pipeliningBehindSlow() async throws {
        let (asked, gate) = (Gate(), Gate())
        let handler: Origin.Handler = { request in
            var response = Origin.Response(fields: ["Cache-Control": "max-age=60"], body: request.path)
            if request.path == "/slow" { response.prelude = [.open(asked), .wait(gate)] }
            return response
        }
        try await withOriginAndProxy(handler) { _, proxy in
            _ = try await proxy.get("/quick")
            let client = try proxy.connect()
            await client.send(["/slow", "/quick"].map { "GET \($0) HTTP/1.1\nHost: h\n\n" }.joined())
            await asked.opened()
            gate.open()
            #expect(try await client.response().text == "/slow")
            let quick = try await client.response()
            #expect(quick.text == "/quick")
            #expect(quick.fields["Cache-Status"]?.contains("hit") == true)
        }
    }

    @Test("Any number of pipelined requests are answered, with and without content")
    func pipeliningMany() async throws {
        try await withOriginAndProxy { origin, proxy in
            let client = try proxy.connect()
            let numbers = 0..<200
            let requests = numbers.map { number in
                let content = String(repeating: "x", count: number * 10)
                return number.isMultiple(of: 3)
                    ? "PUT /echo/\(number) HTTP/1.1\nHost: h\nContent-Length: \(content.count)\n\n\(content)"
                    : "GET /echo/\(number) HTTP/1.1\nHost: h\n\n"
            }
            // Send concurrently, because the proxy waits for answers to be read before it accepts all requests.
            async let sent: Void = client.send(requests.joined())
            for number in numbers {
                #expect(try await client.response().text.contains("/echo/\(number)\""))
            }
            await sent
            #expect(origin.requests.map(\.path) == numbers.map { "/echo/\($0)" })
        }
    }

    @Test(
        "A slow client slows down the origin, whether or not the response is stored",
        arguments: ["no-store", "max-age=60"]
    )
    func slowReader(cacheControl: String) async throws {
        let piece = Origin.bytes(1 << 20)
        let pouring = Pouring()
        let handler: Origin.Handler = { _ in
            Origin.Response(
                fields: ["Cache-Control": cacheControl],
                framing: .length,
                content: [.pour(piece, times: 64, pouring)]
            )
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            await client.send("GET / HTTP/1.1\nHost: h\n\n")
            _ = try await client.head()
            await pouring.settled.opened()
            // The system's buffers of two connections, and some pieces in between.
            #expect(pouring.byteCount < 32 << 20)
            for _ in 0..<64 { #expect(try await client.bytes(piece.count) == piece) }
            #expect(await proxy.log(count: 1).map(\.isComplete) == [true])
        }
    }

    @Test("200 concurrent connections are served, and their common response is fetched once")
    func manyConnections() async throws {
        let gate = Gate()
        let handler: Origin.Handler = { _ in
            Origin.Response(fields: ["Cache-Control": "max-age=60"], body: Origin.bytes(12_288)).delayed(until: gate)
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            let clients = try (0..<200).map { _ in try proxy.connect() }
            try await withThrowingTaskGroup { tasks in
                for client in clients {
                    await client.send("GET /page HTTP/1.1\nHost: h\n\n")
                    tasks.addTask { try await client.response().body }
                }
                gate.open()
                for try await body in tasks { #expect(body == Origin.bytes(12_288)) }
            }
            // Again, on the same connections, from the cache.
            for client in clients {
                let response = try await client.exchange("GET /page HTTP/1.1\nHost: h\n\n")
                #expect(response.fields["Cache-Status"]?.contains("hit") == true)
            }
            #expect(origin.requests.count == 1)
        }
    }

    @Test("An HTTP/1.0 client needs no Host and gets no chunks; closing the connection ends the content")
    func http10() async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(framing: .chunked, content: [.send(Data("one ".utf8)), .send(Data("two".utf8))])
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            let client = try proxy.connect()
            let response = try await client.exchange("GET / HTTP/1.0\n\n")
            #expect(response.text == "one two")
            #expect(response.fields["Transfer-Encoding"] == nil)
            #expect(response.fields["Connection"] == "close")
            #expect(await client.isAtEnd())
            #expect(origin.requests[0].fields["Via"]?.hasPrefix("1.0 ") == true)
        }
    }

    @Test("An HTTP/1.0 client can keep its connection")
    func http10KeepAlive() async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            for path in ["/echo/a", "/echo/b"] {
                let response = try await client.exchange("GET \(path) HTTP/1.0\nConnection: keep-alive\n\n")
                #expect(response.fields["Connection"] == "keep-alive")
                #expect(response.text.contains(path))
            }
        }
    }

    @Test("A client that asks for another protocol is answered by HTTP/1.1, and its connection is closed")
    func upgrade() async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            let fields = "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\n"
            let response = try await client.exchange("GET /json HTTP/1.1\nHost: h\n\(fields)\n")
            #expect(response.status == 200)
            #expect(response.fields["Connection"] == "close")
            #expect(await client.isAtEnd())
        }
    }

    @Test("Connection: close from a client closes the connection")
    func close() async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            let response = try await client.exchange("GET /json HTTP/1.1\nHost: h\nConnection: close\n\n")
            #expect(response.fields["Connection"] == "close")
            #expect(await client.isAtEnd())
        }
    }

    @Test("A client that waits for a 100 gets it when the origin wants the content")
    func expectContinue() async throws {
        let (asked, gate) = (Gate(), Gate())
        let expect: Origin.ExpectationHandler = { _ in
            asked.open()
            gate.wait()
            return .meet
        }
        try await withOriginAndProxy(expect: expect) { origin, proxy in
            let client = try proxy.connect()
            await client.send("POST /echo HTTP/1.1\nHost: h\nContent-Length: 5\nExpect: 100-continue\n\n")
            await asked.opened()
            gate.open()
            #expect(try await client.response().statusLine == "HTTP/1.1 100 Continue")
            await client.send("hello")
            let response = try await client.response(to: "POST")
            #expect(response.status == 200)
            #expect(origin.requests[0].body == Data("hello".utf8))
        }
    }

    @Test("A client that waits for a 100 gets the final response when the origin refuses the content")
    func expectContinueUnwanted() async throws {
        let handler: Origin.Handler = { _ in Origin.Response(status: 413, body: "too much") }
        try await withOriginAndProxy(handler, expect: { _ in .refuse }) { _, proxy in
            let client = try proxy.connect()
            let response = try await client.exchange(
                "POST / HTTP/1.1\nHost: h\nContent-Length: 5\nExpect: 100-continue\n\n"
            )
            #expect(response.status == 413 && response.text == "too much")
            #expect(await client.isAtEnd())
        }
    }

    @Test(
        "A client that waits for a 100 gets it when the content is stored with the response",
        arguments: [true, false]
    )
    func expectContinueRecorded(isMet: Bool) async throws {
        try await withOrigin(expect: { _ in isMet ? .meet : .ignore }) { origin in
            try await withProxy(to: origin.url(), mode: .record) { proxy in
                let client = try proxy.connect()
                await client.send("POST /echo HTTP/1.1\nHost: h\nContent-Length: 5\nExpect: 100-continue\n\n")
                #expect(try await client.response().statusLine == "HTTP/1.1 100 Continue")
                await client.send("hello")
                #expect(try await client.response(to: "POST").status == 200)
            }
            #expect(origin.requests[0].body == Data("hello".utf8))
        }
    }

    @Test("A client that gets no 100 loses its connection, because it may still send its content")
    func expectContinueRefused() async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            let response = try await client.exchange("POST /echo HTTP/1.1\nContent-Length: 5\nExpect: 100-continue\n\n")
            #expect(response.status == 400)
            #expect(await client.isAtEnd())
        }
    }

    @Test(
        "Invalid HTTP gets 400",
        arguments: [
            "nonsense\n\n", "GET / HTTP/1.1\nHost: h\nno colon\n\n", "GET / HTTP/1.1\nHost: h\nX : 1\n\nmore",
            "POST / HTTP/1.1\nHost: h\nContent-Length: 1\nContent-Length: 1\n\nx",
            "POST / HTTP/1.1\nHost: h\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nGET / HTTP/1.1\nHost: h\n\n",
        ]
    )
    func malformed(text: String) async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            #expect(try await client.exchange(text).status == 400)
            #expect(await client.isAtEnd())
        }
    }

    @Test(
        "Invalid content gets 400",
        arguments: ["PUT", "GET"],
        ["zz\n", "1\nxy\n", "3\nabc\n1;a\u{0}\n", "ffffffffffffffffff\n", "-1\n"]
    )
    func malformedContent(method: String, content: String) async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            let head = "\(method) /echo HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n"
            let response = try await client.exchange(head + content)
            #expect(response.status == 400 && response.fields["Connection"] == "close")
            #expect(await client.isAtEnd())
            #expect(await proxy.log(count: 1)[0].reason == "invalid content")
        }
    }

    @Test("A client that leaves before the response frees the connection to the origin")
    func clientLeaves() async throws {
        let (asked, freed) = (Gate(), Gate())
        let handler: Origin.Handler = { _ in
            var response = Origin.Response.never(closed: freed)
            response.prelude.insert(.open(asked), at: 0)
            return response
        }
        try await withOriginAndProxy(handler) { _, proxy in
            var client: RawClient? = try proxy.connect()
            await client?.send("GET /slow HTTP/1.1\nHost: h\n\n")
            await asked.opened()
            client = nil
            await freed.opened()
            #expect(freed.isOpen)
        }
    }
}
#endif
