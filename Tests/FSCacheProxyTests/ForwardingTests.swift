#if Proxy
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCacheProxy

@Suite("Forwarding by the proxy", .timeLimit(.minutes(1)))
struct ForwardingTests {
    @Test("End-to-end fields are forwarded unchanged and in order in both directions, including repeated ones")
    func endToEndFields() async throws {
        let handler: Origin.Handler = { _ in
            var response = Origin.Response(fields: ["X-One": "1", "sEt-CoOkIe": "a=1"], body: "body")
            response.fields.add("X-Two", "a, \"b,c\" ;d")
            response.fields.add("Set-Cookie", "b=2; Path=/")
            response.fields.add("X-One", "caf\u{e9}")
            return response
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            let response = try await proxy.get("/", "X-A: 1\nCookie: a=b\nx-B: \u{ff}\u{80}\nX-A:  2 \nAccept: */*\n")
            let sent = origin.requests[0].fields.lines.map { "\($0.name): \($0.value)" }
            #expect(
                sent.filter { !$0.hasPrefix("Via: ") && !$0.hasPrefix("Host: ") }
                    == ["X-A: 1", "Cookie: a=b", "x-B: \u{ff}\u{80}", "X-A: 2", "Accept: */*"]
            )
            let own: Set<String> = ["via", "date", "cache-status", "content-type", "content-length"]
            let received = response.fields.lines.filter { !own.contains($0.name.lowercased()) }
            #expect(
                received.map { "\($0.name): \($0.value)" }
                    == [
                        "X-One: 1", "sEt-CoOkIe: a=1", "X-Two: a, \"b,c\" ;d", "Set-Cookie: b=2; Path=/",
                        "X-One: caf\u{e9}",
                    ]
            )
        }
    }

    @Test(
        "A response has one length, that of its content, whatever the fields of an entry say",
        arguments: [["5"], ["6"], ["5", "6"], ["5", "5"], ["+5"], ["-1"], ["5, 5"], ["x"], []]
    )
    func oneLength(declared: [String]) {
        let fields = HTTPFields(declared.map { HTTPField(name: .contentLength, value: $0) })
        var head = HTTPResponse(status: .ok, headerFields: fields)
        #expect(ContentFraming(&head, 5, isHTTP10: false) == .length(5))
        #expect(head.headerFields[values: .contentLength] == ["5"])

        // The length of a stream is known only from the fields.
        head.headerFields = fields
        let framing = ContentFraming(&head, nil, isHTTP10: false)
        let lengths = head.headerFields[values: .contentLength]
        if case .length(let count) = framing {
            #expect(lengths == ["\(count)"])
        } else {
            #expect(framing == .chunked && lengths.isEmpty && head.headerFields[.transferEncoding] == "chunked")
        }
    }

    @Test("Connection fields, and fields that Connection names, are removed in both directions (RFC 9110 §7.6.1)")
    func hopByHop() async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(
                fields: [
                    "Connection": "X-Private, keep-alive", "X-Private": "secret", "Keep-Alive": "timeout=5",
                    "Proxy-Authenticate": "Basic", "X-Public": "seen", "Cache-Control": "max-age=60",
                ],
                body: "body"
            )
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            let fields = """
                Connection: keep-alive, x-private
                X-Private: secret
                TE: trailers
                Keep-Alive: timeout=5
                Proxy-Connection: keep-alive
                Proxy-Authorization: Basic abc
                Upgrade: websocket
                X-Public: seen

                """
            // First from the origin, then from the cache.
            for _ in 1...2 {
                let response = try await proxy.get("/", fields)
                let names = Set(response.fields.lines.map { $0.name.lowercased() })
                #expect(names.isDisjoint(with: ["connection", "x-private", "keep-alive", "proxy-authenticate"]))
                #expect(response.fields["X-Public"] == "seen")
            }
            let names = Set(origin.requests[0].fields.lines.map { $0.name.lowercased() })
            #expect(names == ["host", "x-public", "via"])
            #expect(origin.requests.count == 1)
        }
    }

    @Test("Via is appended in both directions (RFC 9110 §7.6.3)")
    func via() async throws {
        let handler: Origin.Handler = { _ in Origin.Response(fields: ["Via": "1.1 origin-side"], body: "body") }
        try await withOriginAndProxy(handler) { origin, proxy in
            let response = try await proxy.get("/", "Via: 1.1 client-side\n")
            let sent = origin.requests[0].fields.values(of: "Via")
            let received = response.fields.values(of: "Via")
            #expect(sent.first == "1.1 client-side")
            #expect(received.first == "1.1 origin-side")
            #expect(sent.count == 2 && received.count == 2)
            #expect(sent.last == received.last)
        }
    }

    private static let forwardedNames = [
        "X-Forwarded-For", "x-forwarded-host", "X-FORWARDED-PROTO", "X_Forwarded_For", "X-Forwarded_Host",
        "X.Forwarded.For", "X-Forwarded",
        "Forwarded", "forwarded", "X-Original-URL", "X_Original_URL", "X-Original-Host", "X-Rewrite-URL",
        "X-Host", "X-HTTP-Host-Override", "X_HTTP_Host_Override", "X-Forwarded-Server", "X-ProxyUser-Ip", "X-Real-IP",
        "X-Client-IP", "True-Client-IP", "X-Cluster-Client-IP", "CF-Connecting-IP", "X-Remote-Addr", "Front-End-Https",
        "X-Forwarded-Prefix", "X-Originating-IP", "X-Script-Name", "Proxy", "Proxy-Client-IP", "WL-Proxy-Client-IP",
        "WL-Proxy-SSL", "HTTP_CLIENT_IP", "HTTP_X_FORWARDED_FOR", "X-HTTP_X_FORWARDED_HOST", "X-Forward-For",
        "X-Forward-Host", "X-Forward-Proto", "X-Client-Host", "Fly-Client-IP", "Do-Connecting-IP", "Fastly-Orig-Host",
        "X-Uri", "X-Path-Info", "X-Proto", "X-Proxy-URL", "X-Server-Name", "X-Sendfile-Type", "X-Accel-Mapping",
        "HTTP-HTTP-X-Real-IP", "X_Azure_ClientIP", "Akamai-Client-IP",
    ]

    @Test("An origin doesn't get the fields by which a client claims to be a gateway", arguments: [false, true])
    func forwardedFields(trusts: Bool) async throws {
        try await withOrigin { origin in
            try await withProxy(to: origin.url(), trustsForwarded: trusts) { proxy in
                let fields = Self.forwardedNames.map { "\($0): evil\n" }.joined()
                _ = try await proxy.get("/echo", fields + "X-Forwards: 1\nX-Hosting: 2\nX-Client-Id: 3\n")
                let sent = origin.requests[0].fields.lines.map(\.name).filter { !["Host", "Via"].contains($0) }
                #expect(sent == (trusts ? Self.forwardedNames : []) + ["X-Forwards", "X-Hosting", "X-Client-Id"])
            }
        }
    }

    @Test("A forward proxy passes on the fields of gateways")
    func forwardedFieldsOfForwardProxy() async throws {
        try await withOrigin { origin in
            try await withProxy(to: nil) { proxy in
                _ = try await proxy.get(origin.url("/echo").absoluteString, "X-Forwarded-For: 10.0.0.1\n")
                #expect(origin.requests[0].fields["X-Forwarded-For"] == "10.0.0.1")
            }
        }
    }

    @Test("A recording is the same each time, even if the origin repeats Via, and loops are still detected")
    func viaOfRecordings() async throws {
        let handler: Origin.Handler = { request in
            Origin.Response(fields: ["X-Via": request.fields["Via"] ?? ""], body: request.fields["Via"] ?? "")
        }
        try await withOrigin(handler) { origin in
            var recorded: Set<String> = []
            for _ in 1...2 {
                let via = try await withProxy(to: origin.url(), mode: .record) { proxy in
                    let via = try await proxy.get("/").text
                    #expect(try await proxy.get("/", "Via: \(via)\n").status == 508)
                    return via
                }
                recorded.insert(via)
            }
            #expect(recorded.count == 1)
            let via = try #require(recorded.first)
            // Recorders of different origins may be behind one another.
            try await withProxy(to: origin.url("/other"), mode: .record) { proxy in
                let response = try await proxy.get("/", "Via: \(via)\n")
                #expect(response.status == 200)
            }
        }
    }

    @Test("Host is the origin's")
    func host() async throws {
        try await withOriginAndProxy { origin, proxy in
            _ = try await proxy.get("/echo")
            #expect(origin.requests[0].fields.values(of: "Host") == ["127.0.0.1:\(origin.port)"])
        }
    }

    @Test("A request without Host, or with two, gets 400 (RFC 9112 §3.2)", arguments: ["", "Host: a\nHost: b\n"])
    func wrongHost(fields: String) async throws {
        try await withOriginAndProxy { origin, proxy in
            let response = try await proxy.exchange("GET / HTTP/1.1\n\(fields)\n")
            #expect(response.status == 400)
            #expect(origin.requests.isEmpty)
        }
    }

    @Test(
        "Methods are forwarded unchanged",
        arguments: ["M-SEARCH", "PURGE", "PROPFIND", "DELETE", "PATCH", "OPTIONS"]
    )
    func methods(method: String) async throws {
        try await withOriginAndProxy { origin, proxy in
            let response = try await proxy.exchange("\(method) /page HTTP/1.1\nHost: h\n\n")
            #expect(response.status == 404)
            #expect(origin.requests.map(\.method) == [method])
        }
    }

    @Test(
        "All statuses are forwarded",
        arguments: [200, 201, 204, 299, 305, 418, 451, 500, 599, 799, 999]
    )
    func statuses(status: Int) async throws {
        try await withOriginAndProxy { _, proxy in
            let response = try await proxy.get("/status/\(status)")
            #expect(response.status == status)
        }
    }

    @Test("Content is streamed to the origin, with its length or in chunks", arguments: [true, false])
    func uploads(isChunked: Bool) async throws {
        try await withOriginAndProxy { origin, proxy in
            let bytes = Origin.bytes(3 << 20)
            let client = try proxy.connect()
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(bytes.count)"
            await client.send("PUT /echo HTTP/1.1\nHost: h\n\(framing)\n\n")
            if isChunked {
                for start in stride(from: 0, to: bytes.count, by: 100_000) {
                    let chunk = bytes[start..<min(start + 100_000, bytes.count)]
                    await client.send("\(String(chunk.count, radix: 16))\n")
                    await client.send(Data(chunk) + Data("\r\n".utf8))
                }
                await client.send("0\n\n")
            } else {
                await client.send(bytes)
            }
            #expect(try await client.response(to: "PUT").status == 200)
            #expect(origin.requests[0].body == bytes)
            let length = origin.requests[0].fields["Content-Length"]
            #expect(isChunked ? length == nil : length == "\(bytes.count)")
            // The connection stays usable.
            #expect(try await client.exchange("GET /json HTTP/1.1\nHost: h\n\n").status == 200)
        }
    }

    @Test("A response to HEAD has the content's fields and no content")
    func head() async throws {
        try await withOriginAndProxy { _, proxy in
            let client = try proxy.connect()
            for _ in 1...2 {
                let response = try await client.exchange("HEAD /bytes/5000 HTTP/1.1\nHost: h\n\n")
                #expect(response.status == 200)
                #expect(response.fields["Transfer-Encoding"] == nil)
            }
            #expect(try await client.exchange("GET /bytes/5000 HTTP/1.1\nHost: h\n\n").body == Origin.bytes(5000))
        }
    }

    @Test("Content arrives while the origin is still sending it, in chunks")
    func streaming() async throws {
        let gate = Gate()
        let handler: Origin.Handler = { _ in
            Origin.Response(
                fields: ["Cache-Control": "max-age=60"],
                framing: .chunked,
                content: [.send(Data("first".utf8)), .wait(gate), .send(Data("second".utf8))]
            )
        }
        try await withOriginAndProxy(handler) { _, proxy in
            let client = try proxy.connect()
            await client.send("GET / HTTP/1.1\nHost: h\n\n")
            #expect(try await client.head().fields["Transfer-Encoding"] == "chunked")
            #expect(try await client.line() == "5")
            #expect(try await client.bytes(7) == Data("first\r\n".utf8))
            gate.open()
            #expect(try await client.line() == "6")
            #expect(try await client.bytes(8) == Data("second\r\n".utf8))
            #expect(try await client.line() == "0")
        }
    }

    @Test("A response that the origin cuts off is cut off for the client and not stored", arguments: [true, false])
    func cutOff(isChunked: Bool) async throws {
        let handler: Origin.Handler = { _ in
            Origin.Response(
                fields: ["Cache-Control": "max-age=60"],
                framing: isChunked ? .chunked : .declaredLength(100),
                content: [.send(Data("some".utf8)), .close]
            )
        }
        try await withOriginAndProxy(handler) { origin, proxy in
            for count in 1...2 {
                await #expect(throws: RawClient.Failure.self) { try await proxy.get("/") }
                #expect(origin.requests.count == count)
            }
            #expect(await proxy.log(count: 2).allSatisfy { !$0.isComplete })
        }
    }

    @Test("Redirects are not followed, cookies not kept, content not decoded")
    func nothingIsDone() async throws {
        try await withOriginAndProxy { origin, proxy in
            let redirect = try await proxy.get("/redirect/3")
            #expect(redirect.status == 302)
            #expect(redirect.fields["Location"] == "/redirect/2?status=302")

            _ = try await proxy.get("/cookies/set?a=1")
            #expect(try await proxy.get("/cookies").text == "{}")

            let compressed = try await proxy.get("/gzip", "Accept-Encoding: gzip\n")
            #expect(compressed.fields["Content-Encoding"] == "gzip")
            #expect(compressed.body == Gzip.compress(Data(Origin.gzipped.utf8)))
            #expect(origin.count("/redirect/2") == 0)
        }
    }

    @Test("Characters that a URL can't contain reach the origin percent-encoded")
    func oddTarget() async throws {
        try await withOriginAndProxy { origin, proxy in
            _ = try await proxy.get("/echo?a[]=1&b={x}|%41%zz")
            #expect(origin.requests.map(\.target) == ["/echo?a%5B%5D=1&b=%7Bx%7D%7C%41%25zz"])
        }
    }
}
#endif
