import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

/// Transports read and write the right bytes.
@Suite("Transport on the wire", .timeLimit(.minutes(2)))
struct TransportWireTests {
    /// A response in exactly these bytes.
    private func raw(_ text: String) -> Origin.Response {
        var response = Origin.Response(framing: .none, content: [])
        response.prelude = [.sendRaw(Data(text.utf8)), .close]
        return response
    }

    @Test("Response fields keep order, spelling and repetition", arguments: TransportUnderTest.all)
    func fieldOrder(_ transport: TransportUnderTest) async throws {
        let lines = [
            ("x-zebra", "1"), ("X-Apple", "first"), ("Set-Cookie", "b=2"), ("X-Apple", "second"), ("ETAG", "\"e\""),
            ("Set-Cookie", "a=1"), ("!#$%&'*+-.^_`|~", "token"), ("X-Empty", ""), ("X-Quoted", "\"a, b\", c=\"d\""),
            ("Content-Length", "0"), ("x-aPPle", "third"),
        ]
        let head = lines.map { "\($0.0): \($0.1)\r\n" }.joined()
        let answer = raw("HTTP/1.1 200 Fine By Me\r\n\(head)\r\n")
        try await withOrigin({ _ in answer }) { origin in
            let head = try await transport.make().send(.get, "/", of: origin).head
            if transport.limits.contains(.sortsFields) {
                let names = head.headerFields.map(\.name.canonicalName)
                #expect(names == names.sorted())
                #expect(head.headerFields[.setCookie] == "b=2, a=1")
            } else {
                let seen = head.headerFields.map { "\($0.name.rawName): \($0.value)" }
                #expect(seen == lines.map { "\($0.0): \($0.1)" })
            }
        }
    }

    @Test(
        "A control octet in a field value is a space, so that the entry can be read",
        arguments: TransportUnderTest.all
    )
    func controlOctets(_ transport: TransportUnderTest) async throws {
        let values = [("X-A", "a\u{1}b\u{7F}c\u{1B}[31m"), ("X-B", "\u{8} d\te \u{1F}"), ("X-C", "\u{9B}31m")]
        let answer = raw(
            "HTTP/1.1 200 OK\r\n\(values.map { "\($0.0): \($0.1)\r\n" }.joined())Content-Length: 3\r\n\r\nabc"
        )
        try await withOrigin({ _ in answer }) { origin in
            // A transport may also refuse the response.
            guard let head = try? await transport.make().send(.get, "/", of: origin).head else { return }
            #expect(try head.headerFields[#require(HTTPField.Name("X-A"))] == "a b c [31m")
            #expect(try head.headerFields[#require(HTTPField.Name("X-B"))] == "d\te")
            #expect(try head.headerFields[#require(HTTPField.Name("X-C"))] == "\u{9B}31m")
            let cache = ResponseCache(backend: MemoryBackend(), serializer: .json)
            let session = CachedSession(cache: cache, transport: transport.make())
            let first = try await session.get(origin.url("/x").absoluteString)
            let second = try await session.get(origin.url("/x").absoluteString)
            #expect(second.isFromCache && second.headerFields == first.headerFields)
        }
    }

    @Test("Request fields keep order, spelling and repetition", arguments: TransportUnderTest.all)
    func requestFieldOrder(_ transport: TransportUnderTest) async throws {
        let lines = [("x-zebra", "1"), ("X-Apple", "a"), ("accept", "*/*"), ("x-Apple", "b"), ("X-Last", "")]
        let fields = try lines.map { HTTPField(name: try #require(HTTPField.Name($0.0)), value: $0.1) }
        try await withOrigin { origin in
            let response = try await transport.make().send(.get, "/echo", of: origin, HTTPFields(fields))
            _ = try await response.body.collect()
            let seen = try #require(origin.lastRequest("/echo")).fields.lines
            if transport.limits.contains(.sortsFields) {
                #expect(seen.first { $0.name.lowercased() == "x-apple" }?.value == "a, b")
            } else {
                let added = seen.filter { $0.name.lowercased() == "accept-encoding" }.count
                #expect(seen.first?.name == "Host" && seen.first?.value == "127.0.0.1:\(origin.port)")
                #expect(
                    seen[1..<(seen.count - added)].map { "\($0.name): \($0.value)" } == lines.map { "\($0.0): \($0.1)" }
                )
                #expect(added == (transport.limits.contains(.leavesContentCoding) ? 0 : 1))
            }
        }
    }

    @Test("Field values that aren't UTF-8 are kept exactly, or rejected", arguments: TransportUnderTest.all)
    func latin1(_ transport: TransportUnderTest) async throws {
        // Not UTF-8, the characters that stand for escaped bytes within NIO, and mixtures.
        let values: [[UInt8]] = [
            [0x63, 0x61, 0x66, 0xe9], Array("\u{f7e9} é".utf8), Array("\u{f7e9}".utf8) + [0xff], Array(0x80...0xff),
        ]
        // Content that looks like a head with such bytes is not changed.
        let content = Data([0xe9, 10, 13, 10, 0xe9, 13, 10, 13, 10, 0xc3, 0xa9, 10, 10, 0xff] + Array(0x80...0xff))
        let names = try (0..<values.count).map { try #require(HTTPField.Name("X-Octets-\($0)")) }
        let fields = HTTPFields(zip(names, values).map { HTTPField(name: $0, value: $1) })
        let lines = zip(names, values).map { Data("\($0.rawName): ".utf8) + $1 + Data("\r\n".utf8) }
        try await withOrigin({ request in
            var answer = Origin.Response(framing: .chunked, content: [.send(content), .send(content)])
            if request.method == "HEAD" { answer.framing = .none }
            answer.prelude = [
                .sendRaw(Data("HTTP/1.1 103 Early Hints\r\n".utf8) + lines.joined() + Data("\r\n".utf8))
            ]
            for (name, value) in zip(names, values) {
                answer.fields.add(name.rawName, String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) })))
            }
            return answer
        }) { origin in
            let (isLost, transport) = (transport.limits.contains(.losesLatin1), transport.make())
            if isLost {
                let error = await #expect(throws: FSCacheError.self) {
                    try await transport.send(.get, "/", of: origin, fields)
                }
                #expect(error?.code == .unsupportedRequest)
                await #expect(throws: (any Error).self) { try await transport.send(.get, "/", of: origin) }
                return
            }
            // Mostly on one connection, so that each head follows the end of content.
            for method in [HTTPRequest.Method.get, .head, .post] {
                let body = method == .post ? MessageBody(content) : nil
                let response = try await transport.send(method, "/", of: origin, fields, body: body)
                for (name, value) in zip(names, values) {
                    let seen = try #require(response.head.headerFields.first { $0.name == name })
                    #expect(unsafe seen.withUnsafeBytesOfValue { unsafe Array($0) } == value)
                    let sent = try #require(origin.lastRequest("/")?.fields[name.rawName])
                    #expect(sent.unicodeScalars.map { UInt8($0.value) } == value)
                }
                #expect(try await response.body.collect() == (method == .head ? Data() : content + content))
                #expect(origin.lastRequest("/")?.body == (method == .post ? content : Data()))
            }
            #expect(origin.connectionCount < 3)
        }
    }

    @Test("Any status from 200 to 999 is returned", arguments: TransportUnderTest.all)
    func statuses(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            for code in [200, 226, 299, 306, 399, 444, 499, 599, 600, 718, 999] {
                let response = try await transport.send(.get, "/status/\(code)", of: origin)
                #expect(response.head.status.code == code)
                #expect(try await response.body.collect().isEmpty)
            }
        }
    }

    @Test("Trailer fields are dropped", arguments: TransportUnderTest.all)
    func trailers(_ transport: TransportUnderTest) async throws {
        if transport.limits.contains(.trapsOnBrokenResponses) { try Test.cancel("Trailer fields end the process.") }
        let answer = raw(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n"
        )
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            #expect(try await response.text() == "abc")
            #expect(!response.head.headerFields.contains(HTTPField.Name("X-Sum")!))
        }
    }

    @Test("A head that is cut short or invalid throws", arguments: TransportUnderTest.all)
    func brokenHeads(_ transport: TransportUnderTest) async throws {
        if transport.limits.contains(.trapsOnBrokenResponses) { try Test.cancel("Cut heads end the process.") }
        let answers = [
            "/cut": raw("HTTP/1.1 200 OK\r\nX-Half"), "/status": raw("HTTP/1.1 20x OK\r\n\r\n"),
            "/name": raw("HTTP/1.1 200 OK\r\nbad name: 1\r\nContent-Length: 0\r\n\r\n"),
            "/version": raw("HTTP/7.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            "/lengths": raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ]
        try await withOrigin({ answers[$0.path] ?? Origin.Response(status: 404) }) { origin in
            let transport = transport.make()
            for target in answers.keys {
                await #expect(throws: (any Error).self, "\(target)") {
                    try await transport.send(.get, target, of: origin).body.collect()
                }
                #expect(origin.count(target) == 1)
            }
        }
    }

    @Test("Bytes after the content do not become the next response", arguments: TransportUnderTest.all)
    func excess(_ transport: TransportUnderTest) async throws {
        if transport.limits.contains(.takesExcessForResponse) { try Test.cancel("They may become one.") }
        let forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
        let long = Origin.Response(framing: .declaredLength(3), content: [.send(Data("abc\(forged)".utf8))])
        try await withOrigin({ $0.path == "/long" ? long : Origin.Response(body: "next") }) { origin in
            let transport = transport.make()
            for _ in 0..<3 {
                // Some transports trust the length, others reject the response.
                let (bytes, failure) = await readToFailure(try await transport.send(.get, "/long", of: origin).body)
                #expect(bytes == Data("abc".utf8) || failure != nil)
                // That may close the connection just before the next request is written.
                let next = try? await transport.send(.get, "/next", of: origin).text()
                #expect(next == "next" || next == nil)
            }
        }
    }

    @Test("One connection carries consecutive requests", arguments: TransportUnderTest.all)
    func reuse(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            for target in ["/bytes/100000", "/echo", "/status/204", "/gzip", "/redirect/1", "/etag/v1", "/status/500"] {
                _ = try await transport.send(.get, target, of: origin).body.collect()
                _ = try await transport.send(.post, target, of: origin, body: MessageBody(Data("x".utf8))).body
                    .collect()
            }
            // The connection may not be ready yet for a request right after the previous one.
            #expect(origin.connectionCount <= 4)
            #expect(origin.requests.count == 14)
        }
    }

    @Test(
        "A request that the origin has read is not sent again",
        arguments: TransportUnderTest.all,
        [HTTPRequest.Method.get, .post]
    )
    func sentOnce(_ transport: TransportUnderTest, method: HTTPRequest.Method) async throws {
        try await withOrigin({ request in
            var response = Origin.Response(body: "x")
            if request.path == "/close" { response.prelude = [.close] }
            if request.path == "/reset" { response.prelude = [.reset] }
            return response
        }) { origin in
            let (isSentAgain, transport) = (transport.limits.contains(.sendsAgain), transport.make())
            if isSentAgain, method == .post { try Test.cancel("It would wait for its timeout.") }
            let body = method == .post ? MessageBody(Data("x".utf8)) : nil
            for target in ["/close", "/reset"] {
                // On a reused connection, the origin might have closed it before it saw the request.
                _ = try await transport.send(.get, "/", of: origin).body.collect()
                let connectionCount = origin.connectionCount
                await #expect(throws: (any Error).self) {
                    try await transport.send(method, target, of: origin, body: body)
                }
                if isSentAgain {
                    #expect(origin.count(target) == 2, "\(target)")
                } else {
                    #expect(origin.count(target) == 1, "\(target)")
                    #expect(origin.connectionCount == connectionCount)
                }
            }
        }
    }

    @Test("A slow reader slows the origin down", arguments: TransportUnderTest.all)
    func backPressure(_ transport: TransportUnderTest) async throws {
        let (part, times, pouring) = (Origin.bytes(1 << 20), 64, Pouring())
        let answer = Origin.Response(framing: .length, content: [.pour(part, times: times, pouring)])
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport.make().send(.get, "/", of: origin)
            var count = 0
            for try await chunk in response.body {
                count += chunk.count
                await pouring.settled.opened()
            }
            #expect(count == part.count * times)
            // The operating system buffers up to 10 MB on Linux.
            let hasWaited = pouring.byteCount < 16 << 20
            #expect(hasWaited != transport.limits.contains(.buffersWithoutBound), "\(pouring.byteCount) bytes had left")
        }
    }

    @Test("Request content is sent while it is produced", arguments: TransportUnderTest.all, [nil, 10])
    func requestStream(_ transport: TransportUnderTest, byteCount: Int?) async throws {
        try await withOrigin { origin in
            let isCollected = transport.limits.contains(.collectsRequestContent)
            let stages = AsyncStream { continuation in
                continuation.yield("first")
                continuation.yield(" last")
                continuation.finish()
            }
            let chunks = stages.map { text in
                if text == " last" {
                    if isCollected { #expect(!origin.connected.isOpen) } else { await origin.connected.opened() }
                }
                return Data(text.utf8)
            }
            let body = MessageBody(chunks, byteCount: byteCount)
            _ = try await transport.make().send(.put, "/echo", of: origin, body: body).body.collect()
            let seen = try #require(origin.lastRequest("/echo"))
            #expect(seen.body == Data("first last".utf8))
            if !isCollected {
                #expect(seen.fields["Content-Length"] == byteCount.map { "\($0)" })
                #expect(seen.fields["Transfer-Encoding"] == (byteCount == nil ? "chunked" : nil))
            }
        }
    }

    @Test(
        "Request content of the wrong length fails the request",
        arguments: TransportUnderTest.all
    )
    func wrongRequestLength(_ transport: TransportUnderTest) async throws {
        if transport.limits.contains(.collectsRequestContent) {
            try Test.cancel("It counts the bytes that it has collected.")
        }
        try await withOrigin { origin in
            for byteCount in [4, 6] {
                let chunks = AsyncStream { continuation in
                    continuation.yield(Data("12345".utf8))
                    continuation.finish()
                }
                await #expect(throws: (any Error).self) {
                    let body = MessageBody(chunks, byteCount: byteCount)
                    return try await transport.make().send(.put, "/echo", of: origin, body: body).body.collect()
                }
            }
        }
    }

    @Test("GET with content is sent with it, or refused", arguments: TransportUnderTest.all)
    func contentOfGet(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = (made: transport.make(), limits: transport.limits)
            if transport.limits.contains(.sendsNoContentWithGet) {
                await #expect(throws: FSCacheError.self) {
                    try await transport.made.send(.get, "/echo", of: origin, body: MessageBody(Data("x".utf8)))
                }
                #expect(origin.requests.isEmpty)
            } else {
                let response = try await transport.made.send(
                    .get,
                    "/echo",
                    of: origin,
                    body: MessageBody(Data("x".utf8))
                )
                _ = try await response.body.collect()
                #expect(origin.lastRequest("/echo")?.body == Data("x".utf8))
            }
        }
    }

    @Test("An invalid request is refused, and nothing is sent", arguments: TransportUnderTest.all)
    func refusedRequests(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let here = "127.0.0.1:\(origin.port)"
            let requests: [(HTTPRequest.Method, String?, String?, String?, FSCacheError.Code)] = [
                (.connect, "http", here, "/", .unsupportedRequest), (.get, "ftp", here, "/", .invalidURL),
                (.get, "http", "", "/", .invalidURL), (.get, nil, nil, nil, .invalidURL),
                (.get, "http", here, "/a|b c", .invalidURL),
            ]
            for (method, scheme, authority, path, code) in requests {
                let request = HTTPRequest(method: method, scheme: scheme, authority: authority, path: path)
                let error = await #expect(throws: FSCacheError.self) {
                    try await transport.make().send(request, body: nil)
                }
                #expect(error?.code == code, "\(request)")
            }
            #expect(origin.connectionCount == 0)
        }
    }

    @Test(
        "A session follows redirects over any transport",
        arguments: TransportUnderTest.all,
        [301, 302, 303, 307, 308]
    )
    func sessionFollows(_ transport: TransportUnderTest, status: Int) async throws {
        try await withOrigin { origin in
            let session = CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport.make())
            for isFromCache in [false, true] {
                let response = try await session.get(origin.url("/redirect/2?status=\(status)"))
                #expect(response.status.code == 200 && response.history.count == 2)
                #expect(response.isFromCache == isFromCache)
            }
            let posted = try await session.post(
                origin.url("/redirect/1?status=\(status)"),
                content: .bytes(Data("form".utf8))
            )
            #expect(posted.text() == "the end, by \(status < 304 ? "GET" : "POST")")
            let loop = await #expect(throws: FSCacheError.self) { try await session.get(origin.url("/redirect-loop")) }
            #expect(loop?.code == .tooManyRedirects)
        }
    }

    @Test("Credentials are sent as given, and without them the 401 is returned", arguments: TransportUnderTest.all)
    func credentials(_ transport: TransportUnderTest) async throws {
        try await withOrigin { origin in
            let transport = transport.make()
            let authorization = "Basic \(Data("user:secret".utf8).base64EncodedString())"
            let target = "/basic-auth/user/secret"
            let welcome = try await transport.send(.get, target, of: origin, [.authorization: authorization])
            #expect(try await welcome.text() == "welcome")
            let refused = try await transport.send(.get, target, of: origin)
            #expect(refused.head.status == .unauthorized)
            #expect(refused.head.headerFields[.wwwAuthenticate] == "Basic realm=\"test\"")
            #expect(try await refused.text() == "who are you?")
        }
    }
}
