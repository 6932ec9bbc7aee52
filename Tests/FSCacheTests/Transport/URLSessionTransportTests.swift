import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The transport applies the configuration of a `URLSession`, and corrects deviations of `URLSession`.
@Suite("URLSessionTransport", .timeLimit(.minutes(2)))
struct URLSessionTransportTests {
    /// A delegate that answers challenges, and opens a gate when it is released.
    final class Delegate: NSObject, URLSessionDataDelegate {
        let challenges = Mutex<[String]>([])
        private let disposition: URLSession.AuthChallengeDisposition
        private let password: String?
        private let released: Gate

        init(_ disposition: URLSession.AuthChallengeDisposition, password: String? = nil, released: Gate = Gate()) {
            self.disposition = disposition
            self.password = password
            self.released = released
        }

        deinit {
            released.open()
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            challenges.withLock { $0.append(challenge.protectionSpace.realm ?? "") }
            // Like most delegates, it gives up after its credential has failed.
            let isTried = challenge.previousFailureCount > 0
            let credential = password.map { URLCredential(user: "user", password: $0, persistence: .none) }
            completionHandler(isTried ? .performDefaultHandling : disposition, isTried ? nil : credential)
        }
    }

    private func transport(
        _ delegate: Delegate? = nil,
        _ configure: (URLSessionConfiguration) -> Void = { _ in }
    ) -> URLSessionTransport {
        let configuration = URLSessionConfiguration.ephemeral
        configure(configuration)
        return URLSessionTransport(URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil))
    }

    @Test("Default header fields of the wrapped session are sent, unless the request has them")
    func defaultFields() async throws {
        try await withOrigin { origin in
            let transport = transport { $0.httpAdditionalHeaders = ["X-Default": "default", "x-both": "default"] }
            _ = try await transport.send(.get, "/echo", of: origin, [HTTPField.Name("X-Both")!: "request"])
            let fields = try #require(origin.lastRequest("/echo")?.fields)
            #expect(fields.values(of: "X-Default") == ["default"])
            #expect(fields.values(of: "X-Both") == ["request"])
        }
    }

    @Test("Cookies are kept, sent and shared with the wrapped session")
    func cookies() async throws {
        let storage = try #require(URLSessionConfiguration.ephemeral.httpCookieStorage)
        try await withOrigin { origin in
            let transport = transport { $0.httpCookieStorage = storage }
            _ = try await transport.send(.get, "/cookies/set?first=1&second=2", of: origin).text()
            #expect(Set(storage.cookies(for: origin.url())?.map(\.name) ?? []) == ["first", "second"])
            let sent = try await transport.send(.get, "/cookies", of: origin).text()
            #expect(sent == #"{"first":"1","second":"2"}"#)

            let own = try await transport.send(.get, "/cookies", of: origin, [.cookie: "own=3"]).text()
            #expect(own == #"{"own":"3"}"#)
        }
    }

    @Test("A session configured without cookies still sends none")
    func cookiesOff() async throws {
        try await withOrigin { origin in
            let transport = transport { $0.httpShouldSetCookies = false }
            _ = try await transport.send(.get, "/cookies/set?first=1", of: origin).text()
            #expect(try await transport.send(.get, "/cookies", of: origin).text() == "{}")
        }
    }

    @Test("A cookie among the default fields replaces stored ones")
    func defaultCookie() async throws {
        try await withOrigin { origin in
            let transport = transport { $0.httpAdditionalHeaders = ["cookie": "default=1"] }
            _ = try await transport.send(.get, "/cookies/set?first=1", of: origin).text()
            #expect(try await transport.send(.get, "/cookies", of: origin).text() == #"{"default":"1"}"#)
        }
    }

    @Test("The wrapped session's delegate answers challenges", arguments: [HTTPRequest.Method.get, .post])
    func challenge(_ method: HTTPRequest.Method) async throws {
        try await withOrigin { origin in
            let delegate = Delegate(.useCredential, password: "secret")
            let transport = transport(delegate)
            let body = method == .post ? MessageBody(Data("content".utf8)) : nil
            let response = try await transport.send(method, "/basic-auth/user/secret", of: origin, body: body)
            #expect(response.head.status == .ok)
            #expect(try await response.text() == "welcome")
            #expect(delegate.challenges.withLock { $0 } == ["test"])
            #expect(origin.count("/basic-auth/user/secret") == 2)
            #expect(origin.requests.allSatisfy { $0.body == Data((method == .post ? "content" : "").utf8) })
        }
    }

    @Test(
        "An unanswered challenge returns the 401, with its content",
        arguments: [
            (.useCredential, "wrong", 2), (.useCredential, nil, 1), (.performDefaultHandling, nil, 1),
            (.rejectProtectionSpace, nil, 1),
        ] as [(URLSession.AuthChallengeDisposition, String?, Int)]
    )
    func challengeUnmet(
        disposition: URLSession.AuthChallengeDisposition,
        password: String?,
        requests: Int
    ) async throws {
        try await withOrigin { origin in
            let transport = transport(Delegate(disposition, password: password))
            let response = try await transport.send(.get, "/basic-auth/user/secret", of: origin)
            #expect(response.head.status == .unauthorized)
            #expect(response.head.headerFields[.wwwAuthenticate] == "Basic realm=\"test\"")
            #expect(try await response.text() == "who are you?")
            #expect(origin.requests.count == requests)
        }
    }

    @Test("A challenge that the delegate cancels cancels the request")
    func challengeCancelled() async throws {
        try await withOrigin { origin in
            let transport = transport(Delegate(.cancelAuthenticationChallenge))
            let error = await #expect(throws: URLError.self) {
                try await transport.send(.get, "/basic-auth/user/secret", of: origin)
            }
            #expect(error?.code == .cancelled)
        }
    }

    @Test(
        "A 401 with a challenge that URLSession does not know is returned",
        arguments: [
            "Bearer", "Bearer realm=\"a\", error=\"b\"", "Digest realm=\"a\"", "Negotiate", "Basic", "Basic realm=a",
            "",
        ]
    )
    func unknownChallenge(_ challenge: String) async throws {
        let answer = Origin.Response(status: 401, fields: ["WWW-Authenticate": challenge], body: "who are you?")
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport().send(.get, "/", of: origin)
            #expect(response.head.status == .unauthorized)
            #expect(try await response.text() == "who are you?")
        }
    }

    @Test(
        "A stored credential is tried once, and only in its own protection space",
        arguments: [("secret", "test", 2), ("wrong", "test", 2), ("secret", "another", 1)]
    )
    func storedCredential(password: String, realm: String, requests: Int) async throws {
        try await withOrigin { origin in
            let transport = transport { $0.urlCredentialStorage?.store(password, for: realm, of: origin) }
            let response = try await transport.send(.get, "/basic-auth/user/secret", of: origin)
            let isWelcome = password == "secret" && realm == "test"
            #expect(response.head.status == (isWelcome ? .ok : .unauthorized))
            #expect(origin.requests.count == requests)
        }
    }

    @Test("The session's timeout applies to the head")
    func headTimeout() async throws {
        try await withOrigin({ _ in .never() }) { origin in
            let transport = transport { $0.timeoutIntervalForRequest = 1 }
            let error = await #expect(throws: URLError.self) { try await transport.send(.get, "/", of: origin) }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("The session's timeout applies to the body")
    func bodyTimeout() async throws {
        let never = Gate()
        let answer = Origin.Response(framing: .declaredLength(10), content: [.send(Data("abc".utf8)), .wait(never)])
        try await withOrigin({ _ in answer }) { origin in
            let transport = transport { $0.timeoutIntervalForRequest = 1 }
            let (bytes, failure) = await readToFailure(try await transport.send(.get, "/", of: origin).body)
            #expect(bytes == Data("abc".utf8))
            let error = try #require(failure as? FSCacheError)
            #expect(error.code == .incompleteResponse)
            #expect((error.underlyingError as? URLError)?.code == .timedOut)
        }
    }

    @Test("Protocol classes of the session replace the network")
    func protocolClasses() async throws {
        let transport = transport { $0.protocolClasses = [StubProtocol.self] + ($0.protocolClasses ?? []) }
        let request = HTTPRequest(method: .get, scheme: "http", authority: "stub.invalid", path: "/page")
        let response = try await transport.send(request, body: nil)
        #expect(response.head.status.code == 203)
        #expect(response.head.headerFields[HTTPField.Name("X-Stub")!] == "yes")
        #expect(try await response.text() == "stub of /page")

        let short = HTTPRequest(method: .get, scheme: "http", authority: "stub.invalid", path: "/short")
        let (_, failure) = await readToFailure(try await transport.send(short, body: nil).body)
        #expect((failure as? FSCacheError)?.code == .incompleteResponse)
    }

    @Test("URLSession's own cache is neither read nor written")
    func ownCacheIsOff() async throws {
        let cache = URLCache(memoryCapacity: 1 << 20, diskCapacity: 0, diskPath: nil)
        let fields = ["Cache-Control": "max-age=3600"]
        try await withOrigin({ _ in Origin.Response(fields: ["Cache-Control": "max-age=3600"], body: "fresh") }) {
            origin in
            let known = origin.url("/known")
            let response = try #require(
                HTTPURLResponse(url: known, statusCode: 200, httpVersion: "HTTP/1.1", headerFields: fields)
            )
            let stored = CachedURLResponse(response: response, data: Data("stored".utf8), storagePolicy: .allowed)
            cache.storeCachedResponse(stored, for: URLRequest(url: known))
            #expect(cache.cachedResponse(for: URLRequest(url: known)) != nil)

            let transport = transport {
                $0.urlCache = cache
                $0.requestCachePolicy = .returnCacheDataElseLoad
            }
            #expect(try await transport.send(.get, "/known", of: origin).text() == "fresh")
            _ = try await transport.send(.get, "/new", of: origin).text()
            #expect(cache.cachedResponse(for: URLRequest(url: origin.url("/new"))) == nil)
            #expect(cache.cachedResponse(for: URLRequest(url: known))?.data == Data("stored".utf8))
        }
    }

    @Test("A redirect without a location keeps its head, and lost content is an error")
    func redirectToNowhere() async throws {
        let answer = Origin.Response(status: 302, fields: ["X-Kept": "yes"], body: "nowhere")
        try await withOrigin({ _ in answer }) { origin in
            let response = try await transport().send(.get, "/", of: origin)
            #expect(response.head.status == .found)
            #expect(response.head.headerFields[HTTPField.Name("X-Kept")!] == "yes")
            let (bytes, failure) = await readToFailure(response.body)
            #expect(bytes == Data("nowhere".utf8) || (failure as? FSCacheError)?.code == .incompleteResponse)

            let head = try await transport().send(.head, "/", of: origin)
            #expect(head.head.status == .found)
            #expect(try await head.body.collect().isEmpty)
        }
    }

    @Test(
        "A request that URLSession would change or reject is rejected, and nothing is sent",
        arguments: [
            ("GET", "http", "", FSCacheError.Code.unsupportedRequest), ("HEAD", "http", "", .unsupportedRequest),
            ("CONNECT", "http", "", .unsupportedRequest), ("get", "http", "", .unsupportedRequest),
            ("POST", "ftp", "", .invalidURL), ("POST", "file", "", .invalidURL), ("POST", "http", " |", .invalidURL),
        ]
    )
    func unsupported(method: String, scheme: String, suffix: String, code: FSCacheError.Code) async throws {
        try await withOrigin { origin in
            let request = HTTPRequest(
                method: try #require(HTTPRequest.Method(method)),
                scheme: scheme,
                authority: "127.0.0.1:\(origin.port)",
                path: "/echo" + suffix
            )
            let error = await #expect(throws: FSCacheError.self) {
                try await transport().send(request, body: MessageBody(Data("content".utf8)))
            }
            #expect(error?.code == code)
            #expect(origin.connectionCount == 0)
        }
    }

    @Test("A field value that URLSession can't carry is refused")
    func illegibleField() async throws {
        let request = HTTPRequest(
            method: .get,
            scheme: "http",
            authority: "stub.invalid",
            path: "/",
            headerFields: HTTPFields([HTTPField(name: .from, value: [0x63, 0xe9])])
        )
        #if canImport(FoundationNetworking)
        let error = await #expect(throws: FSCacheError.self) { try await transport().send(request, body: nil) }
        #expect(error?.code == .unsupportedRequest)
        #endif
    }

    @Test("A released transport releases its session, however its exchanges have ended")
    func release() async throws {
        let released = Gate()
        try await withOrigin({ try $0.path == "/never" ? .never() : Origin.site($0) }) { origin in
            func use() async throws {
                let transport = transport(Delegate(.performDefaultHandling, released: released))
                _ = try await transport.send(.get, "/echo", of: origin).text()
                _ = try await transport.send(.get, "/bytes/1000000", of: origin)
                _ = try await transport.send(.get, "/basic-auth/a/b", of: origin).text()
                _ = try? await transport.send(.get, "/redirect-loop", of: origin).text()
                let task = Task { try await transport.send(.get, "/never", of: origin) }
                task.cancel()
                _ = await task.result
                let begin = Gate()
                let cancelledBeforehand = Task {
                    await begin.opened()
                    return try await transport.send(.get, "/echo", of: origin)
                }
                cancelledBeforehand.cancel()
                begin.open()
                _ = await cancelledBeforehand.result
            }
            try await use()
            await released.opened()
        }
    }
}

extension URLCredentialStorage {
    /// Stores a password of the user `user` for an origin.
    func store(_ password: String, for realm: String, of origin: Origin) {
        let space = URLProtectionSpace(
            host: "127.0.0.1",
            port: origin.port,
            protocol: NSURLProtectionSpaceHTTP,
            realm: realm,
            authenticationMethod: NSURLAuthenticationMethodHTTPBasic
        )
        set(URLCredential(user: "user", password: password, persistence: .forSession), for: space)
    }
}

/// Answers requests to the host `stub.invalid`.
private final class StubProtocol: URLProtocol {
    override class func canInit(with request: URLRequest) -> Bool {
        request.url?.host() == "stub.invalid"
    }

    override class func canonicalRequest(for request: URLRequest) -> URLRequest {
        request
    }

    override func startLoading() {
        guard let url = request.url else { return }
        let content = Data("stub of \(url.path())".utf8)
        let length = url.path() == "/short" ? content.count + 1 : content.count
        let fields = ["X-Stub": "yes", "Content-Length": "\(length)"]
        guard let response = HTTPURLResponse(url: url, statusCode: 203, httpVersion: "HTTP/1.1", headerFields: fields)
        else { return }
        client?.urlProtocol(self, didReceive: response, cacheStoragePolicy: .notAllowed)
        client?.urlProtocol(self, didLoad: content)
        client?.urlProtocolDidFinishLoading(self)
    }

    override func stopLoading() {}
}
