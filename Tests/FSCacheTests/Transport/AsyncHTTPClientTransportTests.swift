#if AsyncHTTPClient
import AsyncHTTPClient
import FSCache
import FSCacheAsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import Serializers
import TestSupport
import Testing

/// The transport applies the configuration of an `HTTPClient`.
@Suite("AsyncHTTPClientTransport", .timeLimit(.minutes(2)))
struct AsyncHTTPClientTransportTests {
    private func transport(_ configure: (inout HTTPClient.Configuration) -> Void) -> AsyncHTTPClientTransport {
        var configuration = HTTPClient.Configuration()
        configure(&configuration)
        return AsyncHTTPClientTransport(configuration: configuration)
    }

    @Test("A shared client that follows redirects can be wrapped: the session follows them")
    func sharedClient() async throws {
        let session = try CachedSession.wrap(HTTPClient.shared, cache: ResponseCache(backend: MemoryBackend()))
        try await withOrigin { origin in
            let first = try await session.get(origin.url("/redirect/2"))
            #expect(first.history.map { $0.status.code } == [302, 302])
            #expect(try await session.get(origin.url("/redirect/1")).isFromCache)
            #expect(origin.count("/redirect/2") == 1 && origin.count("/redirect/0") == 1)
            // Its configuration asks for decompression.
            #expect(try await session.get(origin.url("/gzip")).text() == Origin.gzipped)
            #expect(origin.lastRequest("/gzip")?.fields["Accept-Encoding"] == "deflate, gzip")
        }
    }

    @Test("A wrapped client stays open, and does not use the cache")
    func clientStaysOpen() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cached-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let client = HTTPClient()
        try await withOrigin { origin in
            func use() async throws {
                let session = try client.cached(folder.path, serializer: .json)
                #expect(try await session.get(origin.url("/counter")).text() == "1")
                let second = try await session.get(origin.url("/counter"))
                #expect(second.text() == "1" && second.isFromCache)
                await session.close()
            }
            try await use()
            let own = try await client.execute(HTTPClientRequest(url: "\(origin.url("/counter"))"), timeout: .hours(1))
            #expect(try await own.body.collect(upTo: 10) == ByteBuffer(string: "2"))
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(files.contains { $0.hasSuffix(".json") })
        try await client.shutdown()
    }

    @Test("A proxy in the configuration is used through a tunnel to the origin")
    func proxy() async throws {
        try await withOrigin({ request in
            guard request.method == "CONNECT" else { return Origin.Response(body: request.target) }
            return Origin.Response(framing: .none, content: [])
        }) { proxy in
            let transport = transport { $0.proxy = .server(host: "127.0.0.1", port: proxy.port) }
            let request = HTTPRequest(method: .get, scheme: "http", authority: "origin.invalid", path: "/page?q")
            let response = try await transport.send(request, body: nil)
            #expect(try await response.text() == "/page?q")
            #expect(proxy.requests.map(\.target) == ["origin.invalid:80", "/page?q"])
            #expect(proxy.requests.last?.fields["Host"] == "origin.invalid")
        }
    }

    @Test("The read timeout of the configuration applies to the head and to the content")
    func readTimeout() async throws {
        let stuck = Origin.Response(
            framing: .declaredLength(10),
            content: [.send(Data("first".utf8)), .waitForClientToClose(Gate())]
        )
        try await withOrigin({ $0.path == "/never" ? .never() : stuck }) { origin in
            let impatient = transport { $0.timeout.read = .milliseconds(200) }
            let head = await #expect(throws: HTTPClientError.self) {
                try await impatient.send(.get, "/never", of: origin)
            }
            #expect(head == .readTimeout)
            // Long enough for the head to arrive, even on a busy machine.
            let patient = transport { $0.timeout.read = .seconds(5) }
            let (bytes, failure) = await readToFailure(try await patient.send(.get, "/", of: origin).body)
            #expect(bytes == Data("first".utf8))
            #expect((failure as? FSCacheError)?.code == .incompleteResponse)
            #expect((failure as? FSCacheError)?.underlyingError as? HTTPClientError == .readTimeout)
        }
    }

    @Test("A target that HTTP/2 would change is rejected, unless only HTTP/1.1 is used", arguments: [true, false])
    func otherOctets(isHTTP1Only: Bool) async throws {
        let transport = transport {
            $0.connectionPool.retryConnectionEstablishment = false
            if isHTTP1Only { $0.httpVersion = .http1Only }
        }
        let request = HTTPRequest(method: .delete, scheme: "https", authority: "127.0.0.1:1", path: "/items/%FF")
        let error = await #expect(throws: (any Error).self) { try await transport.send(request, body: nil) }
        #expect(((error as? FSCacheError)?.code == .unsupportedRequest) == !isHTTP1Only)
    }

    @Test("Cookies are not kept")
    func cookies() async throws {
        try await withOrigin { origin in
            let transport = transport { _ in }
            let response = try await transport.send(.get, "/cookies/set?first=1", of: origin)
            #expect(response.head.headerFields[values: .setCookie] == ["first=1; Path=/"])
            _ = try await response.body.collect()
            #expect(try await transport.send(.get, "/cookies", of: origin).text() == "{}")
            #expect(try await transport.send(.get, "/cookies", of: origin, [.cookie: "a=1"]).text() == #"{"a":"1"}"#)
        }
    }

    @Test("A Host field of the request is kept, in its position")
    func hostField() async throws {
        try await withOrigin { origin in
            var fields: HTTPFields = [.accept: "*/*"]
            fields[HTTPField.Name("host")!] = "other.invalid"
            _ = try await transport { _ in }.send(.get, "/echo", of: origin, fields).body.collect()
            let seen = try #require(origin.lastRequest("/echo")).fields.lines.map { "\($0.name): \($0.value)" }
            #expect(seen == ["Accept: */*", "host: other.invalid"])
        }
    }
}
#endif
