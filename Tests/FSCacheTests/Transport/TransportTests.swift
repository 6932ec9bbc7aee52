import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Transport", .timeLimit(.minutes(2)))
struct TransportTests {
    @Test("The first byte can be read before the origin has sent the last", arguments: TransportUnderTest.all)
    func streaming(_ transport: TransportUnderTest) async throws {
        let (headSeen, firstSeen) = (Gate(), Gate())
        let answer = Origin.Response(
            framing: .declaredLength(10),
            content: [.wait(headSeen), .send(Data("first".utf8)), .wait(firstSeen), .send(Data(" last".utf8))]
        )
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            #expect(response.head.status == .ok)
            #expect(response.body.byteCount == 10)
            headSeen.open()
            var content = Data()
            for try await chunk in response.body {
                content += chunk
                if content.count == 5 { firstSeen.open() }
            }
            #expect(content == Data("first last".utf8))
        }
    }

    @Test("A body ends where its framing says", arguments: TransportUnderTest.all)
    func framing(_ transport: TransportUnderTest) async throws {
        let parts: [Origin.Response.Step] = (0..<100).map { .send(Data("part \($0);".utf8)) }
        let framings: [String: Origin.Response.Framing] = ["/length": .length, "/chunked": .chunked, "/close": .close]
        try await withOrigin({ Origin.Response(framing: framings[$0.path] ?? .length, content: parts) }) { origin in
            let transport = transport.make()
            for target in framings.keys {
                let text = try await transport.send(.get, target, of: origin).text()
                #expect(text == (0..<100).map { "part \($0);" }.joined(), "\(target)")
            }
        }
    }

    @Test("Head and content agree about the content coding, decoded or not", arguments: TransportUnderTest.all)
    func contentCoding(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let isLeft = transport.limits.contains(.leavesContentCoding)
            let transport = transport.make()
            let coded = Gzip.compress(Data(Origin.gzipped.utf8))
            let expected = isLeft ? coded : Data(Origin.gzipped.utf8)
            let response = try await transport.send(.get, "/gzip", of: origin)
            #expect(response.head.headerFields[.contentEncoding] == (isLeft ? "gzip" : nil))
            #expect(response.head.headerFields[.contentLength] == (isLeft ? "\(coded.count)" : nil))
            #expect(response.head.headerFields[.contentType] == "text/plain")
            #expect(response.body.byteCount == (isLeft ? coded.count : nil))
            #expect(try await response.body.collect() == expected)

            let head = try await transport.send(.head, "/gzip", of: origin)
            #expect(head.head.headerFields[.contentEncoding] == (isLeft ? "gzip" : nil))
            #expect(try await head.body.collect().isEmpty)
        }
    }

    @Test("The response to HEAD has the length of the omitted content", arguments: TransportUnderTest.all)
    func head(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let response = try await transport.make().send(.head, "/bytes/1000", of: origin)
            #expect(response.head.headerFields[.contentLength] == "1000")
            #expect(response.body.byteCount == 0)
            #expect(try await response.body.collect().isEmpty)
            #expect(origin.lastRequest("/bytes/1000")?.method == "HEAD")
        }
    }

    @Test("A target is sent as it is, also if its escapes aren't UTF-8", arguments: TransportUnderTest.all)
    func otherOctets(_ transport: TransportUnderTest) async throws {
        let transport = transport.make()
        try await withOrigin({ Origin.Response(body: $0.target) }) { origin in
            for method in [HTTPRequest.Method.get, .delete, .post] {
                for target in [
                    "/caf%E9", "/items/%FF?q=%FF", "/%C0%AE/", "/%ed%a0%80", "/a%2Fb%3f", "/%41?%41=%20", "//%FF", "/",
                    "/a%00",
                ] {
                    let response = try await transport.send(method, target, of: origin)
                    #expect(try await response.text() == target)
                }
            }
        }
    }

    @Test("A conditional request gets the 304", arguments: TransportUnderTest.all)
    func notModified(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            let first = try await transport.send(.get, "/etag/v1", of: origin)
            #expect(first.head.headerFields[.eTag] == "\"v1\"")
            #expect(try await first.text() == "content of v1")
            let second = try await transport.send(.get, "/etag/v1", of: origin, [.ifNoneMatch: "\"v1\""])
            #expect(second.head.status == .notModified)
            #expect(second.head.headerFields[.eTag] == "\"v1\"")
            #expect(try await second.body.collect().isEmpty)
            let third = try await transport.send(
                .get,
                "/last-modified",
                of: origin,
                [.ifModifiedSince: Origin.lastModified]
            )
            #expect(third.head.status == .notModified)
        }
    }

    @Test("A 304 with a Content-Length has no content", arguments: TransportUnderTest.all)
    func notModifiedWithLength(_ transport: TransportUnderTest) async throws {
        let answer = Origin.Response(status: 304, fields: ["Content-Length": "55"], framing: .none, content: [])
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            #expect(response.head.status == .notModified)
            #expect(try await response.body.collect().isEmpty)
        }
    }

    @Test("Interim responses do not replace the final one", arguments: TransportUnderTest.all)
    func informational(_ transport: TransportUnderTest) async throws {
        let answer = Origin.Response(body: "final").preceded(by: 103, fields: ["Link": "</style.css>"]).preceded(
            by: 100
        )
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            #expect(response.head.status == .ok)
            #expect(response.head.headerFields[HTTPField.Name("Link")!] == nil)
            #expect(try await response.text() == "final")
        }
    }

    @Test("Every status code is returned", arguments: TransportUnderTest.all)
    func statusCodes(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            for code in [200, 201, 202, 204, 206, 300, 304, 400, 401, 403, 404, 407, 410, 418, 429, 451, 500, 503, 599]
            {
                let response = try await transport.send(.get, "/status/\(code)", of: origin)
                #expect(response.head.status.code == code)
                #expect(try await response.body.collect().isEmpty)
            }
        }
    }

    @Test(
        "Redirects are returned, not followed",
        arguments: TransportUnderTest.all,
        [301, 302, 303, 307, 308]
    )
    func redirects(_ transport: TransportUnderTest, status: Int) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            for method in [HTTPRequest.Method.get, .head, .post] {
                let body = method == .post ? MessageBody(Data("form".utf8)) : nil
                let target = "/redirect/1?status=\(status)"
                let response = try await transport.send(method, target, of: origin, body: body)
                #expect(response.head.status.code == status)
                #expect(response.head.headerFields[.location] == "/redirect/0?status=\(status)")
                let expected = method == .head ? "" : "to /redirect/0?status=\(status)"
                #expect(try await response.text() == expected)
            }
            #expect(origin.requests.map(\.method) == ["GET", "HEAD", "POST"])
            #expect(origin.count("/redirect/0") == 0)
        }
    }

    @Test("Request fields reach the origin as given", arguments: TransportUnderTest.all)
    func requestFields(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            var fields: HTTPFields = [
                .userAgent: "tests/1", .accept: "text/plain;q=0.5", .acceptEncoding: "identity", .cookie: "a=1; b=2",
                .range: "bytes=0-9", .authorization: "Bearer token",
            ]
            fields[HTTPField.Name("x-Mixed-CASE")!] = "  Ünïcode, \"quoted\" \t tab  "
            fields[HTTPField.Name("X-Empty")!] = ""
            fields.append(HTTPField(name: HTTPField.Name("X-Twice")!, value: "one"))
            fields.append(HTTPField(name: HTTPField.Name("X-Twice")!, value: "two"))
            fields[.contentLength] = "77"
            _ = try await transport.make().send(.get, "/echo", of: origin, fields).body.collect()
            let seen = try #require(origin.lastRequest("/echo")?.fields)
            for field in fields where field.name != .contentLength && field.name.rawName != "X-Twice" {
                let value = String(decoding: field.value.utf8.map { UInt16($0) }, as: UTF16.self)
                #expect(seen.values(of: field.name.rawName) == [value], "\(field.name)")
            }
            #expect(seen["X-Twice"] == "one, two")
            #expect(seen["Content-Length"] == nil)
            #expect(seen.lines.contains { $0.name == "x-Mixed-CASE" })
        }
    }

    @Test("Response fields keep their values, and cookies stay separate", arguments: TransportUnderTest.all)
    func responseFields(_ transport: TransportUnderTest) async throws {
        var answer = Origin.Response(body: "")
        answer.fields["X-Empty"] = ""
        answer.fields["X-Spaces"] = "two  spaces\tand a tab"
        answer.fields["X-UTF-8"] = String(decoding: "Ünï".utf8.map { UInt16($0) }, as: UTF16.self)
        for value in ["Accept", "Accept-Language"] { answer.fields.add("Vary", value) }
        let cookies = ["a=1; Path=/", "b=2; Expires=Wed, 09 Jun 2027 10:18:14 GMT; HttpOnly", "c="]
        for cookie in cookies { answer.fields.add("Set-Cookie", cookie) }
        try await withOrigin({ [answer] _ in answer }) { origin in
            let fields = try await transport.make().send(.get, "/", of: origin).head.headerFields
            #expect(fields[HTTPField.Name("X-Empty")!] == "")
            #expect(fields[HTTPField.Name("X-Spaces")!] == "two  spaces\tand a tab")
            #expect(fields[HTTPField.Name("X-UTF-8")!] == "Ünï")
            #expect(fields[.vary] == "Accept, Accept-Language")
            #expect(fields[values: .setCookie] == cookies)
        }
    }

    @Test("The request target is sent as given", arguments: TransportUnderTest.all)
    func targets(_ transport: TransportUnderTest) async throws {
        try await withOrigin({ Origin.Response(body: $0.target) }) { origin in
            let transport = transport.make()
            for target in ["/", "/?", "/%7euser/%C3%A9", "/a?x='&y=%20+&z", "//a//b", "/a%2fb;c=1,d", "/?q=a/b?c&q="] {
                let seen = try await transport.send(.get, target, of: origin).text()
                #expect(seen == target)
            }
        }
    }

    @Test(
        "Request content arrives complete, without additional header fields",
        arguments: TransportUnderTest.all,
        [HTTPRequest.Method.post, .put, .patch, .delete, .options, HTTPRequest.Method("QUERY")!]
    )
    func requestContent(_ transport: TransportUnderTest, method: HTTPRequest.Method) async throws {
        let content = Data((0...255).map { UInt8($0) }) + Origin.bytes(100_000)
        try await withOrigin { origin in
            let transport = transport.make()
            _ = try await transport.send(method, "/echo", of: origin, body: MessageBody(content)).body.collect()
            let plain = try #require(origin.lastRequest("/echo"))
            #expect(plain.method == method.rawValue)
            #expect(plain.body == content)
            #expect(plain.fields["Content-Type"] == nil)
            #expect(plain.fields["Expect"] == nil)

            let chunks = AsyncStream { continuation in
                for start in stride(from: 0, to: content.count, by: 9000) {
                    continuation.yield(content[start..<min(start + 9000, content.count)])
                }
                continuation.finish()
            }
            let fields: HTTPFields = [.contentType: "application/octet-stream"]
            _ = try await transport.send(method, "/echo", of: origin, fields, body: MessageBody(chunks)).body.collect()
            #expect(origin.lastRequest("/echo")?.body == content)
            #expect(origin.lastRequest("/echo")?.fields["Content-Type"] == "application/octet-stream")

            _ = try await transport.send(method, "/echo", of: origin, body: MessageBody(Data())).body.collect()
            #expect(origin.lastRequest("/echo")?.body == Data())
            #expect(origin.count("/echo") == 3)
        }
    }

    @Test("Any method can be sent", arguments: TransportUnderTest.all, ["PROPFIND", "M-SEARCH", "PURGE", "x"])
    func methods(_ transport: TransportUnderTest, method: String) async throws {
        try await withOrigin { origin in
            _ = try await transport.make().send(#require(HTTPRequest.Method(method)), "/echo", of: origin).body
                .collect()
            #expect(origin.lastRequest("/echo")?.method == method)
        }
    }

    @Test("64 MB arrive intact", arguments: TransportUnderTest.all)
    func largeBody(_ transport: TransportUnderTest) async throws {
        let part = Origin.bytes(1 << 20)
        let answer = Origin.Response(framing: .length, content: Array(repeating: .send(part), count: 64))
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            var count = 0
            var isIntact = true
            var rest = Data()
            for try await chunk in response.body {
                rest += chunk
                count += chunk.count
                while rest.count >= part.count {
                    isIntact = isIntact && rest.prefix(part.count) == part
                    rest = Data(rest.dropFirst(part.count))
                }
            }
            #expect(count == 64 << 20)
            #expect(isIntact)
        }
    }

    @Test("200 concurrent requests each get their own response", arguments: TransportUnderTest.all)
    func concurrency(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let body = MessageBody(Data("content \(number)".utf8))
                        let response = try await transport.send(.post, "/echo?\(number)", of: origin, body: body)
                        let echo = try JSONDecoder().decode(Origin.Echo.self, from: try await response.body.collect())
                        return echo.target == "/echo?\(number)" && echo.body == "content \(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(origin.count("/echo") == 200)
        }
    }
}
