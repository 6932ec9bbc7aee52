import FSCache
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Code that only takes a `URLSessionConfiguration` gets the responses of a cached session.
@Suite("Cached session in a URLSession", .timeLimit(.minutes(2)))
struct URLProtocolTests {
    private func session(_ transport: some HTTPTransport = URLSessionTransport(configuration: .ephemeral))
        -> CachedSession
    {
        CachedSession(cache: ResponseCache(backend: MemoryBackend()), transport: transport)
    }

    private func client(
        _ session: CachedSession? = nil,
        delegate: (any URLSessionDelegate)? = nil,
        _ configure: (URLSessionConfiguration) -> Void = { _ in }
    ) -> URLSession {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.installCache(session ?? self.session())
        configure(configuration)
        return URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
    }

    @Test("The second request is answered without the network", arguments: Way.allCases)
    func secondRequest(way: Way) async throws {
        try await withOrigin { origin in
            let client = client()
            for expected in ["uri-miss", "hit"] {
                let answer = try await way.send(URLRequest(url: origin.url("/counter?a=1")), in: client)
                #expect(answer.text == "1")
                #expect(answer.response.statusCode == 200)
                #expect(answer.response.url == origin.url("/counter?a=1"))
                #expect(answer.response.value(forHTTPHeaderField: "Cache-Status")?.contains(expected) == true)
            }
            #expect(origin.count("/counter") == 1)
        }
    }

    @Test("Configurations with different caches don't mix, although their requests run at the same time")
    func twoCaches() async throws {
        try await withOrigin { origin in
            let sessions = (0..<4).map { _ in session() }
            let clients = (0..<40).map { client(sessions[$0 % 4]) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, client) in clients.enumerated() {
                    group.addTask {
                        let url = origin.url("/echo?session=\(number % 4)&round=\(number / 8)")
                        let answer = try await Way.allCases[number % 3].send(URLRequest(url: url), in: client)
                        #expect(answer.text.contains("session=\(number % 4)"))
                    }
                }
                try await group.waitForAll()
            }
            for (number, session) in sessions.enumerated() {
                for other in 0..<4 {
                    let url = origin.url("/echo?session=\(other)&round=0")
                    try await #expect(session.cache.contains(url: url) == (other == number))
                }
            }
        }
    }

    @Test("Many requests in one URLSession at the same time get their own content")
    func concurrentRequests() async throws {
        try await withOrigin { origin in
            let client = client(delegate: Recorder())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let url = origin.url("/bytes/\(number * 997)")
                        let answer = try await Way.completionHandler.send(URLRequest(url: url), in: client)
                        #expect(answer.content == Origin.bytes(number * 997))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Removing the cache restores the configuration, and its requests go to the network")
    func removal() async throws {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpAdditionalHeaders = ["X-Own": "yes"]
        let classes = try #require(configuration.protocolClasses).map(ObjectIdentifier.init)
        let session = session()
        configuration.installCache(self.session())
        configuration.installCache(session)
        #expect(configuration.protocolClasses?.count == classes.count + 1)
        let copy = configuration.cached(by: session)
        configuration.removeCache()
        #expect(configuration.protocolClasses?.map(ObjectIdentifier.init) == classes)
        #expect(configuration.httpAdditionalHeaders as? [String: String] == ["X-Own": "yes"])
        configuration.removeCache()
        #expect(configuration.protocolClasses?.map(ObjectIdentifier.init) == classes)
        #expect(copy.protocolClasses?.count == classes.count + 1)

        try await withOrigin { origin in
            let plain = URLSession(configuration: configuration)
            for expected in ["1", "2"] {
                let answer = try await Way.async.send(URLRequest(url: origin.url("/counter")), in: plain)
                #expect(answer.text == expected)
                #expect(answer.response.value(forHTTPHeaderField: "Cache-Status") == nil)
            }
        }
    }

    @Test("The content of a request reaches the origin", arguments: Upload.allCases)
    func content(upload: Upload) async throws {
        let scratch = try ScratchDirectory()
        let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let file = URL(fileURLWithPath: scratch("content"))
        try content.write(to: file)
        try await withOrigin { origin in
            var request = URLRequest(url: origin.url("/echo"))
            request.httpMethod = "POST"
            request.setValue("application/octet-stream", forHTTPHeaderField: "Content-Type")
            let recorder = Recorder(upload: content)
            let client = client(delegate: recorder)
            let task: URLSessionTask
            switch upload {
            case .body:
                request.httpBody = content
                task = client.dataTask(with: request)
            case .stream:
                request.httpBodyStream = InputStream(data: content)
                task = client.dataTask(with: request)
            case .data: task = client.uploadTask(with: request, from: content)
            case .file: task = client.uploadTask(with: request, fromFile: file)
            case .delegate: task = client.uploadTask(withStreamedRequest: request)
            }
            task.resume()
            await recorder.completed.opened()
            #expect(recorder.error == nil)
            #expect((task.response as? HTTPURLResponse)?.statusCode == 200)
            let received = try #require(origin.lastRequest("/echo"))
            #expect(received.method == "POST")
            #expect(received.body == content)
            #expect(received.fields["Content-Type"] == "application/octet-stream")
        }
    }

    @Test("Content in parts arrives complete, even beside a delegate", arguments: Way.allCases, [false, true])
    func manyParts(way: Way, hasDelegate: Bool) async throws {
        let part = Data(repeating: 0x61, count: 100_000)
        let answer = Origin.Response(framing: .chunked, content: (0..<20).map { _ in .send(part) })
        try await withOrigin({ _ in answer }) { origin in
            let client = client(delegate: hasDelegate ? Recorder() : nil)
            for _ in 0..<2 {
                let answer = try await way.send(URLRequest(url: origin.url("/large")), in: client)
                #expect(answer.content.count == 2_000_000)
            }
            #expect(origin.count("/large") == 1)
        }
    }

    @Test("A delegate gets the head and the first part before the origin has sent the rest")
    func streaming() async throws {
        let more = Gate()
        let answer = Origin.Response(
            framing: .chunked,
            content: [.send(Data("first".utf8)), .wait(more), .send(Data("last".utf8))]
        )
        try await withOrigin({ _ in answer }) { origin in
            let recorder = Recorder()
            client(delegate: recorder).dataTask(with: origin.url()).resume()
            await recorder.received.opened()
            #expect(recorder.content == Data("first".utf8))
            #expect(!recorder.completed.isOpen)
            more.open()
            await recorder.completed.opened()
            #expect(recorder.error == nil)
            #expect(recorder.content == Data("firstlast".utf8))
        }
    }

    @Test("A suspended task goes on where it was")
    func suspension() async throws {
        let more = Gate()
        let answer = Origin.Response(
            framing: .chunked,
            content: [.send(Data("first".utf8)), .wait(more), .send(Data("last".utf8))]
        )
        try await withOrigin({ _ in answer }) { origin in
            let recorder = Recorder()
            let task = client(delegate: recorder).dataTask(with: origin.url())
            task.resume()
            await recorder.received.opened()
            task.suspend()
            more.open()
            task.resume()
            await recorder.completed.opened()
            #expect(recorder.error == nil)
            #expect(recorder.content == Data("firstlast".utf8))
            #expect(origin.count("/") == 1)
        }
    }

    @Test("Without an origin, the caller gets the same URLError as without the cache", arguments: Way.allCases)
    func noOrigin(way: Way) async throws {
        let gone = try Origin()
        gone.stop()
        let request = URLRequest(url: gone.url())
        let client = client()
        let error = await #expect(throws: URLError.self) { try await way.send(request, in: client) }
        #expect(error?.code == .cannotConnectToHost)
    }

    @Test("An error of the cache is a URLError that contains it", arguments: Way.allCases)
    func cacheError(way: Way) async throws {
        let client = client(session(OfflineTransport()))
        let request = URLRequest(url: try #require(URL(string: "http://example.invalid/")))
        let error = await #expect(throws: URLError.self) { try await way.send(request, in: client) }
        #expect(error?.code == .notConnectedToInternet)
        #expect(error?.fsCacheError?.code == .offline)
        #expect(error?.failingURL == request.url)
    }

    @Test("Content that ends early is an error, and is not stored", arguments: Way.allCases)
    func earlyEnd(way: Way) async throws {
        let answer = Origin.Response(framing: .declaredLength(100), content: [.send(Data("short".utf8)), .close])
        try await withOrigin({ _ in answer }) { origin in
            let session = session()
            let client = client(session)
            let request = URLRequest(url: origin.url())
            let error = await #expect(throws: URLError.self) { try await way.send(request, in: client) }
            #expect(error?.fsCacheError?.code == .incompleteResponse)
            try await #expect(!session.cache.contains(url: origin.url()))
        }
    }

    @Test("A cancelled task ends the request to the origin", arguments: [false, true])
    func cancellation(afterHead: Bool) async throws {
        let closed = Gate()
        let answer =
            afterHead
            ? Origin.Response(framing: .chunked, content: [.send(Data("first".utf8)), .waitForClientToClose(closed)])
            : .never(closed: closed)
        try await withOrigin({ _ in answer }) { origin in
            let recorder = Recorder()
            let task = client(delegate: recorder).dataTask(with: origin.url())
            task.resume()
            await (afterHead ? recorder.received : origin.connected).opened()
            task.cancel()
            await recorder.completed.opened()
            await closed.opened()
            #expect((recorder.error as? URLError)?.code == .cancelled)
        }
    }

    @Test("The origin gets the fields that it gets without a cache, and keys have no others")
    func fields() async throws {
        let session = session()
        session.settings.matchHeaders = ["X-Default", "X-Both", "X-Request"]
        try await withOrigin { origin in
            let cookie = try origin.cookie("stored", "1")
            func configure(_ configuration: URLSessionConfiguration) {
                configuration.httpAdditionalHeaders = ["X-Default": "default", "x-both": "default"]
                configuration.httpCookieStorage?.setCookie(cookie)
            }
            let cached = client(session, configure)
            let plain = client(session) {
                $0.removeCache()
                configure($0)
            }
            var request = URLRequest(url: origin.url("/echo"))
            request.setValue("request", forHTTPHeaderField: "X-Both")
            request.setValue("request", forHTTPHeaderField: "X-Request")
            var received: [[Origin.Fields.Line]] = []
            for client in [plain, cached] {
                _ = try await Way.async.send(request, in: client)
                let fields = try #require(origin.lastRequest("/echo")?.fields)
                #expect(fields.values(of: "X-Default") == ["default"])
                #expect(fields.values(of: "X-Both") == ["request"])
                #expect(fields.values(of: "Cookie") == ["stored=1"])
                received.append(fields.lines.sorted { $0.name < $1.name })
            }
            #expect(received[0] == received[1])
            let direct = try HTTPRequest(url: origin.url("/echo").absoluteString)
            var keyed = direct
            for name in ["X-Default", "X-Both", "X-Request"] {
                keyed.headerFields[try #require(HTTPField.Name(name))] = name == "X-Default" ? "default" : "request"
            }
            try await #expect(session.cache.contains(keyed))
            try await #expect(!session.cache.contains(direct))
        }
    }

    @Test("A session that sends through the same configuration doesn't call itself")
    func noLoop() async throws {
        try await withOrigin { origin in
            let configuration = URLSessionConfiguration.ephemeral
            configuration.installCache(session())
            let wrapping = CachedSession.wrap(
                URLSession(configuration: configuration),
                cache: ResponseCache(backend: MemoryBackend())
            )
            configuration.installCache(wrapping)
            let again = CachedSession.wrap(
                URLSession(configuration: configuration),
                cache: ResponseCache(backend: MemoryBackend())
            )
            let client = client(again)
            try await #expect(Way.async.send(URLRequest(url: origin.url("/counter")), in: client).text == "1")
            try await #expect(!wrapping.cache.contains(url: origin.url("/counter")))
        }
    }

    @Test("A redirect is followed, and the response has the last URL")
    func redirect() async throws {
        try await withOrigin { origin in
            let target = origin.url("/redirect-to?url=/counter&status=302")
            let answer = try await Way.async.send(URLRequest(url: target), in: client())
            #expect(answer.response.statusCode == 200)
            #expect(answer.response.url == origin.url("/counter"))
        }
    }

    @Test("A redirect is a response if the session doesn't follow it")
    func redirectNotFollowed() async throws {
        let session = session()
        session.settings.followsRedirects = false
        try await withOrigin { origin in
            let answer = try await Way.async.send(URLRequest(url: origin.url("/redirect/2")), in: client(session))
            #expect(answer.response.statusCode == 302)
            #expect(answer.response.url == origin.url("/redirect/2"))
        }
    }

    @Test("A response that asks for credentials reaches the caller", arguments: Way.allCases, [false, true])
    func challenge(way: Way, hasDelegate: Bool) async throws {
        try await withOrigin { origin in
            let request = URLRequest(url: origin.url("/basic-auth/user/password"))
            let client = client(delegate: hasDelegate ? Recorder() : nil)
            let answer = try await way.send(request, in: client)
            #expect(answer.response.statusCode == 401)
        }
    }

    @Test("Fields with the same name are joined")
    func repeatedFields() async throws {
        try await withOrigin { origin in
            let request = URLRequest(url: origin.url("/fields?X-List=a&X-List=b"))
            let answer = try await Way.async.send(request, in: client())
            #expect(answer.response.value(forHTTPHeaderField: "X-List") == "a, b")
        }
    }

    @Test("Other schemes are left alone")
    func otherSchemes() async throws {
        let url = try #require(URL(string: "data:text/plain,hello"))
        let (content, _) = try await client(session(OfflineTransport())).data(from: url)
        #expect(content == Data("hello".utf8))
    }

    @Test("After the session has been closed, requests fail")
    func closed() async throws {
        let session = session()
        let client = client(session)
        await session.close()
        try await withOrigin { origin in
            let request = URLRequest(url: origin.url("/counter"))
            let error = await #expect(throws: URLError.self) { try await Way.async.send(request, in: client) }
            #expect(error?.fsCacheError?.code == .closed)
            #expect(origin.connectionCount == 0)
        }
    }

    @Test("An installed session is released after it has been closed")
    func release() async throws {
        weak var released: CachedSession?
        func use() async {
            let session = session()
            released = session
            _ = client(session)
            await session.close()
        }
        await use()
        #expect(released == nil)
    }

    #if canImport(FoundationNetworking)
    @Test("A download task fails with an explanation, and nothing is sent", arguments: [false, true])
    func download(withDelegate: Bool) async throws {
        try await withOrigin { origin in
            let recorder = Recorder()
            let error: (any Error)?
            if withDelegate {
                client(delegate: recorder).downloadTask(with: origin.url()).resume()
                await recorder.completed.opened()
                error = recorder.error
            } else {
                error = await #expect(throws: URLError.self) { try await client().download(from: origin.url()) }
            }
            #expect((error as? URLError)?.fsCacheError?.code == .unsupportedRequest)
            #expect(origin.connectionCount == 0)
        }
    }
    #endif

    @Test("URLSession.shared can have a cached session, one at a time, until it is removed")
    func sharedSession() async throws {
        try await withOrigin { origin in
            let url = origin.url("/counter")
            let (first, second) = (session(), session())
            defer { URLSession.removeSharedCache() }
            URLSession.installSharedCache(first)
            for _ in 0..<2 {
                try await #expect(Way.async.send(URLRequest(url: url), in: .shared).text == "1")
            }
            URLSession.installSharedCache(second)
            try await #expect(Way.async.send(URLRequest(url: url), in: .shared).text == "2")
            URLSession.removeSharedCache()
            for expected in ["3", "4"] {
                try await #expect(Way.async.send(URLRequest(url: url), in: .shared).text == expected)
            }
        }
    }
}

extension URLProtocolTests {
    /// A way to send a request and to take its content.
    enum Way: CaseIterable {
        case async
        case completionHandler
        case upload

        struct Answer: Sendable {
            var content: Data
            var response: HTTPURLResponse
            var text: String { String(decoding: content, as: UTF8.self) }
        }

        func send(_ request: URLRequest, in client: URLSession) async throws -> Answer {
            let (content, response): (Data, URLResponse) =
                switch self {
                case .async: try await client.data(for: request)
                case .completionHandler:
                    try await withCheckedThrowingContinuation { continuation in
                        client.dataTask(with: request) { Self.resume(continuation, $0, $1, $2) }.resume()
                    }
                case .upload: try await client.upload(for: request, from: Data())
                }
            return Answer(content: content, response: try #require(response as? HTTPURLResponse))
        }

        private static func resume(
            _ continuation: CheckedContinuation<(Data, URLResponse), any Error>,
            _ content: Data?,
            _ response: URLResponse?,
            _ error: (any Error)?
        ) {
            if let content, let response { return continuation.resume(returning: (content, response)) }
            continuation.resume(throwing: error ?? URLError(.unknown))
        }
    }

    /// Where the content of a request is.
    enum Upload: CaseIterable {
        case body, stream, data, file, delegate
    }

    /// A delegate that takes content in parts.
    final class Recorder: NSObject, URLSessionDataDelegate, URLSessionDownloadDelegate {
        private struct State {
            var content = Data()
            var error: (any Error)?
        }

        /// Opens when the first part arrives.
        let received = Gate()
        /// Opens at the end.
        let completed = Gate()
        private let state = Mutex(State())
        private let upload: Data

        init(upload: Data = Data()) {
            self.upload = upload
        }

        var content: Data { state.withLock { $0.content } }
        var error: (any Error)? { state.withLock { $0.error } }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            state.withLock { $0.content += data }
            received.open()
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            state.withLock { $0.error = error }
            completed.open()
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            needNewBodyStream completionHandler: @escaping @Sendable (InputStream?) -> Void
        ) {
            completionHandler(InputStream(data: upload))
        }

        func urlSession(
            _ session: URLSession,
            downloadTask: URLSessionDownloadTask,
            didFinishDownloadingTo location: URL
        ) {}
    }
}

extension URLError {
    /// The error of FSCache that it stands for.
    fileprivate var fsCacheError: FSCacheError? { userInfo[NSUnderlyingErrorKey] as? FSCacheError }
}

extension Origin {
    /// A cookie for this origin.
    fileprivate func cookie(_ name: String, _ value: String) throws -> HTTPCookie {
        try #require(HTTPCookie(properties: [.name: name, .value: value, .domain: "127.0.0.1", .path: "/"]))
    }
}
