import FSCache
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("Session that wraps a client", .timeLimit(.minutes(2)))
struct WrapTests {
    private func wrap(
        _ backend: any CacheBackend = MemoryBackend(),
        delegate: (any URLSessionDelegate)? = nil,
        _ configure: (URLSessionConfiguration) -> Void = { _ in }
    ) -> CachedSession {
        let configuration = URLSessionConfiguration.ephemeral
        configure(configuration)
        let client = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
        return CachedSession.wrap(client, cache: ResponseCache(backend: backend))
    }

    @Test("A wrapped client has a store with the given name, format and settings")
    func opensStore() async throws {
        let scratch = try ScratchDirectory()
        var settings = CacheSettings()
        settings.expireAfter = 60
        let client = URLSession(configuration: .ephemeral)
        let session = try CachedSession.wrap(client, scratch("cache"), serializer: .json, settings: settings)
        try await withOrigin { origin in
            let first = try await session.get(origin.url("/counter"))
            let second = try await session.get(origin.url("/counter"))
            #expect(first.text() == "1" && !first.isFromCache && first.expires != nil)
            #expect(second.text() == "1" && second.isFromCache)
            #expect(origin.count("/counter") == 1)
        }
        await session.close()
        try #expect(scratch.contents(of: "cache").contains { $0.hasSuffix(".json") })
        let error = #expect(throws: FSCacheError.self) {
            try CachedSession.wrap(client, scratch("cache/fscache.layout/below"))
        }
        #expect(error?.code == .unusableStore)
    }

    @Test("Cookies that one response sets are sent with the next request, and shared with the client")
    func keepsCookies() async throws {
        let storage = try #require(URLSessionConfiguration.ephemeral.httpCookieStorage)
        let session = wrap { $0.httpCookieStorage = storage }
        try await withOrigin { origin in
            _ = try await session.get(origin.url("/cookies/set?first=1&second=2"))
            #expect(Set(storage.cookies(for: origin.url())?.map(\.name) ?? []) == ["first", "second"])
            #expect(try await session.get(origin.url("/cookies")).json() == ["first": "1", "second": "2"])
            let own = try await session.get(origin.url("/cookies?own"), headers: [.cookie: "own=3"])
            #expect(try own.json() == ["own": "3"])
        }
    }

    @Test("Credentials in the URL are sent as basic authentication, and are not stored")
    func takesCredentialsOfURL() async throws {
        let scratch = try ScratchDirectory()
        let session = try CachedSession.wrap(
            URLSession(configuration: .ephemeral),
            scratch("cache"),
            serializer: .json
        )
        try await withOrigin { origin in
            let url = "http://user:p%40ss@127.0.0.1:\(origin.port)/echo/p@ss"
            let expected = Data("user:p@ss".utf8).base64EncodedString()
            let response = try await session.get(url)
            let echo = try response.json(Origin.Echo.self)
            #expect(echo.headers["authorization"] == "Basic \(expected)")
            #expect(echo.target == "/echo/p@ss")
            #expect(response.url == origin.url("/echo/p@ss").absoluteString)
            #expect(try await session.get(url).isFromCache)

            let page = try await session.get("http://user:secret@127.0.0.1:\(origin.port)/basic-auth/user/secret")
            #expect(page.text() == "welcome")
            #expect(origin.requests.count == 2, "no challenge is waited for")
        }
        let files = try scratch.contents(of: "cache").filter { $0.hasSuffix(".json") }
        #expect(files.count == 2)
        for file in files {
            let text = try scratch.read("cache/\(file)")
            let request = try #require(text.firstRange(of: "\"body\"")).lowerBound
            #expect(text[..<request].contains("\"Authorization\": \"REDACTED\""))
        }
    }

    @Test(
        "A credential in the client's storage answers a challenge; the 401 is not stored",
        arguments: [true, false]
    )
    func takesStoredCredentials(isKnown: Bool) async throws {
        try await withOrigin { origin in
            let session = wrap {
                $0.urlCredentialStorage?.store("secret", for: isKnown ? "test" : "another", of: origin)
            }
            let url = origin.url("/basic-auth/user/secret")
            let first = try await session.get(url)
            #expect(first.text() == (isKnown ? "welcome" : "who are you?"))
            #expect(first.status == (isKnown ? .ok : .unauthorized))
            #expect(try await session.get(url).isFromCache == isKnown)
        }
    }

    @Test("The client's delegate answers challenges")
    func asksDelegate() async throws {
        final class Delegate: NSObject, URLSessionTaskDelegate {
            func urlSession(
                _ session: URLSession,
                task: URLSessionTask,
                didReceive challenge: URLAuthenticationChallenge,
                completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
            ) {
                let credential = URLCredential(user: "user", password: "secret", persistence: .none)
                completionHandler(.useCredential, credential)
            }
        }
        let session = wrap(delegate: Delegate())
        try await withOrigin { origin in
            let response = try await session.get(origin.url("/basic-auth/user/secret"))
            #expect(response.text() == "welcome")
        }
    }

    @Test("The client's default header fields are sent; a request's own take precedence")
    func sendsDefaultFields() async throws {
        let session = wrap {
            $0.httpAdditionalHeaders = ["User-Agent": "MyApp/1.0", "X-Both": "default", "accept": "text/plain"]
        }
        try await withOrigin { origin in
            let url = origin.url("/echo")
            let response = try await session.get(url, headers: [HTTPField.Name("x-both")!: "request"])
            let echo = try response.json(Origin.Echo.self)
            #expect(echo.headers["user-agent"] == "MyApp/1.0")
            #expect(echo.headers["x-both"] == "request")
            #expect(echo.headers["accept"] == "text/plain")
        }
    }

    @Test(
        "Default header fields select a variant like a request's own",
        arguments: [true, false]
    )
    func matchesDefaultFields(isVarying: Bool) async throws {
        let backend = MemoryBackend()
        let handler: Origin.Handler = { request in
            let fields: Origin.Fields = isVarying ? ["Vary": "Accept-Language"] : [:]
            return .init(fields: fields, body: request.fields["Accept-Language"] ?? "none")
        }
        try await withOrigin(handler) { origin in
            for language in ["de", "en", "de", "en"] {
                let session = wrap(backend) { $0.httpAdditionalHeaders = ["Accept-Language": language] }
                if !isVarying { session.settings.matchHeaders = ["Accept-Language"] }
                let response = try await session.get(origin.url())
                #expect(response.text() == language)
            }
            #expect(origin.requests.count == 2)
        }
    }

    @Test("Default header fields are not sent to another origin after a redirect")
    func keepsDefaultCredentialsBack() async throws {
        let session = wrap { $0.httpAdditionalHeaders = ["Authorization": "Bearer secret", "X-Token": "secret"] }
        try await withOrigin { origin in
            let elsewhere = origin.url("/echo", host: "localhost")
            let response = try await session.get(origin.url("/redirect-to"), query: ["url": elsewhere.absoluteString])
            let first = try #require(origin.lastRequest("/redirect-to"))
            #expect(first.fields["Authorization"] == "Bearer secret")
            let echo = try response.json(Origin.Echo.self)
            #expect(echo.headers["authorization"] == nil)
            #expect(echo.headers["x-token"] == nil)
        }
    }

    @Test("The client's protocol classes still answer, and their responses are cached")
    func keepsProtocolClasses() async throws {
        let session = wrap { $0.protocolClasses = [CountingProtocol.self] }
        for _ in 0..<2 {
            #expect(try await session.get("http://counting.invalid/page").text() == "/page")
        }
        #expect(CountingProtocol.requests.withLock { $0 } == 1)
    }

    @Test("The client's timeout applies")
    func keepsTimeout() async throws {
        let session = wrap { $0.timeoutIntervalForRequest = 1 }
        try await withOrigin({ _ in .never() }) { origin in
            let error = await #expect(throws: URLError.self) { try await session.get(origin.url()) }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("The client stays unchanged: open, with its configuration, and uncached")
    func leavesClientAlone() async throws {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpAdditionalHeaders = ["X-Default": "yes"]
        let client = URLSession(configuration: configuration)
        let session = CachedSession.wrap(client, cache: ResponseCache(backend: MemoryBackend()))
        try await withOrigin { origin in
            _ = try await session.get(origin.url("/counter"))
            await session.close()
            let (data, _) = try await client.data(from: origin.url("/counter"))
            #expect(String(decoding: data, as: UTF8.self) == "2")
            #expect(origin.lastRequest("/counter")?.fields["X-Default"] == "yes")
        }
    }
}

/// Answers for the host `counting.invalid` with the path, and counts.
private final class CountingProtocol: URLProtocol {
    static let requests = Mutex(0)

    override class func canInit(with request: URLRequest) -> Bool { request.url?.host() == "counting.invalid" }

    override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }

    override func startLoading() {
        Self.requests.withLock { $0 += 1 }
        guard let url = request.url,
            let response = HTTPURLResponse(url: url, statusCode: 200, httpVersion: "HTTP/1.1", headerFields: [:])
        else { return }
        client?.urlProtocol(self, didReceive: response, cacheStoragePolicy: .notAllowed)
        client?.urlProtocol(self, didLoad: Data(url.path().utf8))
        client?.urlProtocolDidFinishLoading(self)
    }

    override func stopLoading() {}
}
