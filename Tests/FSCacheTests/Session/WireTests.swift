import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The session over the built-in transport, with a real origin on loopback and files.
@Suite("Session on the wire", .timeLimit(.minutes(2)))
struct WireTests {
    private let scratch: ScratchDirectory
    private let session: CachedSession

    init() throws {
        scratch = try ScratchDirectory()
        session = try CachedSession(
            scratch("cache"),
            settings: CacheSettings(expireAfter: 3600, allowableMethods: [.get, .head, .post, .put]),
            transport: URLSessionTransport(configuration: .ephemeral)
        )
    }

    @Test(
        "A chain of redirects of each kind is stored hop by hop, and served without the network",
        arguments: [301, 302, 303, 307, 308]
    )
    func followsChains(status: Int) async throws {
        try await withOrigin { origin in
            let url = origin.url("/redirect/3?status=\(status)")
            let first = try await session.get(url)
            #expect(first.text() == "the end, by GET" && first.status == .ok)
            #expect(first.history.map(\.status.code) == [status, status, status])
            #expect(
                first.history.map(\.url)
                    == (1...3).reversed().map { "\(origin.url("/redirect/\($0)?status=\(status)"))" }
            )
            #expect(first.history[0].text() == "to /redirect/2?status=\(status)")

            let second = try await session.get(url)
            #expect(second.isFromCache && second.history.count == 3 && second.history.allSatisfy(\.isFromCache))
            #expect(second.text() == first.text() && second.url == first.url)
            #expect(try await session.get(origin.url("/redirect/0?status=\(status)")).isFromCache)
            #expect(try await session.get(origin.url("/redirect/1?status=\(status)")).history.count == 1)
            #expect(origin.requests.count == 4)
        }
    }

    @Test(
        "Redirects change method and content according to RFC 9110 §15.4",
        arguments: [
            (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (307, "POST", "POST"),
            (308, "POST", "POST"), (301, "PUT", "PUT"), (302, "PUT", "PUT"), (303, "PUT", "GET"), (307, "PUT", "PUT"),
            (303, "HEAD", "HEAD"), (302, "HEAD", "HEAD"),
        ]
    )
    func changesMethod(status: Int, method: String, next: String) async throws {
        try await withOrigin { origin in
            let content = method == "HEAD" ? nil : RequestContent.text("content")
            let response = try await session.request(
                try #require(HTTPRequest.Method(method)),
                origin.url("/redirect-to?status=\(status)&url=/echo"),
                content: content
            )
            #expect(response.status == .ok && response.history.count == 1)
            let sent = try #require(origin.lastRequest("/echo"))
            #expect(sent.method == next)
            let keepsContent = !["GET", "HEAD"].contains(next)
            #expect(String(decoding: sent.body, as: UTF8.self) == (keepsContent ? "content" : ""))
            #expect((sent.fields["Content-Type"] != nil) == keepsContent)
        }
    }

    @Test("A redirect loop ends with a clear error after one request for each hop")
    func endsLoops() async throws {
        try await withOrigin { origin in
            let error = await #expect(throws: FSCacheError.self) { try await session.get(origin.url("/redirect-loop")) }
            #expect(error?.code == .tooManyRedirects)
            #expect(error?.message.contains("/redirect-loop led to more than 30 redirects") == true)
            #expect(origin.requests.count == 1, "the first answer is stored, and answers all the others")

            session.settings.maxRedirects = 2
            await #expect(throws: FSCacheError.self) { try await session.get(origin.url("/redirect/3")) }
            let end = try await session.get(origin.url("/redirect/2"))
            #expect(end.text() == "the end, by GET")
        }
    }

    @Test(
        "A redirect to an unsupported URL is an error that names it",
        arguments: ["mailto:a@b.c", "http://"]
    )
    func refusesTargets(location: String) async throws {
        try await withOrigin { origin in
            let url = origin.url("/redirect-to")
            let error = await #expect(throws: FSCacheError.self) {
                try await session.get(url, query: ["url": location])
            }
            #expect(error?.code == .invalidURL)
            let left = try await session.get(url, query: ["url": location], options: .init(followsRedirects: false))
            #expect(left.status == .found && left.headerFields[.location] == location)
        }
    }

    @Test("A redirect sends credentials only to their origin, and other fields to any", arguments: [true, false])
    func dropsCredentials(isSameOrigin: Bool) async throws {
        try await withOrigin { origin in
            let target = origin.url("/echo", host: isSameOrigin ? "127.0.0.1" : "localhost")
            let headers: HTTPFields = [
                .authorization: "Bearer secret", .cookie: "id=secret", .proxyAuthorization: "Basic eDp5",
                .acceptLanguage: "de",
            ]
            let response = try await session.get(
                origin.url("/redirect-to"),
                query: ["url": target.absoluteString],
                headers: headers
            )
            let sent = try response.json(Origin.Echo.self).headers
            #expect(sent["accept-language"] == "de")
            #expect((sent["authorization"] == "Bearer secret") == isSameOrigin)
            #expect((sent["cookie"] == "id=secret") == isSameOrigin)
            #expect((sent["proxy-authorization"] != nil) == isSameOrigin)
        }
    }

    @Test("Cookies that a hop sets are sent with the next request")
    func keepsCookiesOnTheWay() async throws {
        let handler: Origin.Handler = { request in
            guard request.path == "/login" else { return try Origin.site(request) }
            return .init(status: 303, fields: ["Location": "/cookies", "Set-Cookie": "id=1; Path=/"])
        }
        try await withOrigin(handler) { origin in
            let response = try await session.post(origin.url("/login"), content: .form(["user": "me"]))
            #expect(try response.json() == ["id": "1"])
        }
    }

    @Test("HEAD and GET are two entries; HEAD has the fields and no content, from the cache too")
    func storesHead() async throws {
        try await withOrigin { origin in
            let url = origin.url("/bytes/1000")
            for isFromCache in [false, true] {
                let head = try await session.head(url)
                #expect(head.isFromCache == isFromCache && head.body.isEmpty && head.status == .ok)
                #expect(head.headerFields[.contentLength] == "1000")
            }
            for isFromCache in [false, true] {
                let get = try await session.get(url)
                #expect(get.isFromCache == isFromCache && get.body == Origin.bytes(1000))
            }
            #expect(origin.requests.map(\.method) == ["HEAD", "GET"])
        }
    }

    @Test(
        "Statuses without content, and errors, are stored if they are allowed",
        arguments: [204, 404, 410, 500]
    )
    func storesStatuses(status: Int) async throws {
        try await withOrigin { origin in
            let url = origin.url("/status/\(status)")
            for _ in 0..<2 { #expect(try await session.get(url).isFromCache == false) }
            session.settings.allowableCodes = [200, status]
            for isFromCache in [false, true] {
                let response = try await session.get(url)
                #expect(response.isFromCache == isFromCache && response.status.code == status && response.body.isEmpty)
            }
            #expect(origin.requests.count == 3)
        }
    }

    @Test("Revalidation by ETag and by Last-Modified", arguments: ["/etag/v1", "/last-modified"])
    func revalidates(page: String) async throws {
        try await withOrigin { origin in
            let first = try await session.get(origin.url(page))
            let second = try await session.get(origin.url(page), options: .init(refresh: true))
            #expect(!first.isFromCache && second.isRevalidated && second.status == .ok)
            #expect(second.body == first.body && !second.body.isEmpty)
            let sent = try #require(origin.lastRequest(page))
            #expect(sent.fields["If-None-Match"] == (page == "/last-modified" ? nil : "\"v1\""))
            #expect(sent.fields["If-Modified-Since"] == (page == "/last-modified" ? Origin.lastModified : nil))
        }
    }

    @Test("The cache's options and settings add only conditional fields on the wire")
    func addsNothing() async throws {
        try await withOrigin { origin in
            let bare = URLSessionTransport(configuration: .ephemeral)
            _ = try await bare.send(.get, "/etag/v1", of: origin, [.acceptLanguage: "de"]).text()
            let expected = try #require(origin.lastRequest("/etag/v1")).fields

            let options: [RequestOptions] = [
                .init(expireAfter: 60), .init(refresh: true), .init(forceRefresh: true),
                .init(expireAfter: .doNotCache),
                .init(expireAfter: .immediately, staleIfError: true), .init(followsRedirects: false),
            ]
            session.settings.alwaysRevalidate = true
            session.settings.staleIfError = true
            session.settings.matchHeaders = .all
            for options in options {
                let count = origin.requests.count
                _ = try await session.get(origin.url("/etag/v1"), headers: [.acceptLanguage: "de"], options: options)
                #expect(origin.requests.count == count + 1)
                var sent = try #require(origin.lastRequest("/etag/v1")).fields
                sent["If-None-Match"] = nil
                #expect(sent.lines.sorted { $0.name < $1.name } == expected.lines.sorted { $0.name < $1.name })
            }
            let count = origin.requests.count
            _ = try await session.get(origin.url("/nothing"), options: .init(onlyIfCached: true))
            #expect(origin.requests.count == count)
        }
    }

    @Test(
        "The cached body equals the one from the wire, with every serializer",
        arguments: ["native", "json", "yaml", "bson"],
        ["/gzip", "/json", "/bytes/5000", "/bytes/0", "/echo?text=%C3%A4"]
    )
    func keepsBodies(serializer: String, page: String) async throws {
        let session = try CachedSession(
            scratch("formats"),
            serializer: SerializerRegistry.standard.serializer(named: serializer),
            transport: URLSessionTransport(configuration: .ephemeral)
        )
        try await withOrigin { origin in
            let first = try await session.get(origin.url(page))
            let second = try await session.get(origin.url(page))
            #expect(second.isFromCache && first.body == second.body && !second.isEdited)
            #expect(first.headerFields == second.headerFields && first.status == second.status)
        }
    }
}
