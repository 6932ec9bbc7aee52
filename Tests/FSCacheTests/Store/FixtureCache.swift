import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

/// The small caches in `Fixtures/caches`, and the origin of their responses.
enum FixtureCache {
    static func folder(_ format: FormatUnderTest) -> URL {
        Repository.fixtures.appending(path: "caches/\(format.serializer.name)")
    }

    /// A page of the origin.
    struct Page: Sendable, CustomTestStringConvertible {
        let url: String
        let status: Int
        let fields: HTTPFields
        let body: Data

        var testDescription: String { url }
    }

    static let pages = [
        Page(
            url: "https://api.example.com/items",
            status: 200,
            fields: [.contentType: "application/json", .eTag: "\"items-1\"", .cacheControl: "max-age=60"],
            body: Data(
                #"""
                {"items":[{"id":1,"name":"Café crème","price":9.90,"tags":["drink","hot"]},{"id":2,"name":"Tea","price":4.50,"tags":[]}],"next":"/items?page=2"}
                """#.utf8
            )
        ),
        Page(
            url: "https://api.example.com/items?page=2",
            status: 200,
            fields: [.contentType: "application/json", .eTag: "\"items-2\""],
            body: Data(
                """
                {
                  "items": [
                    {
                      "id": 3,
                      "name": "Water",
                      "price": 0.00,
                      "tags": null
                    }
                  ],
                  "next": null
                }

                """.utf8
            )
        ),
        Page(
            url: "https://api.example.com/items/99",
            status: 404,
            fields: [.contentType: "application/problem+json"],
            body: Data(#"{"title":"No such item","status":404}"#.utf8)
        ),
        Page(
            url: "https://www.example.com/shop",
            status: 301,
            fields: [.location: "https://api.example.com/items", .contentType: "text/html"],
            body: Data("<p>Moved to <a href=\"https://api.example.com/items\">the items</a>.</p>\n".utf8)
        ),
        Page(
            url: "https://www.example.com/robots.txt",
            status: 200,
            fields: [.contentType: "text/plain; charset=utf-8"],
            body: Data(
                "# Come in\nUser-agent: *\nDisallow: /private\n\nSitemap: https://www.example.com/sitemap.xml\n".utf8
            )
        ),
        Page(
            url: "https://www.example.com/pixel.png",
            status: 200,
            fields: [.contentType: "image/png"],
            body: pixel
        ),
    ]

    /// A picture of one transparent pixel.
    private static let pixel =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="
        ) ?? Data()

    /// Fetches all pages into a cache; each request takes 80 ms on a clock that stands still otherwise.
    static func make(at path: String, _ format: FormatUnderTest) async throws {
        let clock = TestClock()
        let transport = ScriptedTransport { exchange in
            let url = exchange.request.url?.absoluteString
            guard let page = pages.first(where: { $0.url == url }) else { throw Unreachable() }
            clock.advance(by: 0.08)
            var fields = page.fields
            fields[.date] = "Thu, 01 Jan 2026 00:00:00 GMT"
            fields[.contentLength] = "\(page.body.count)"
            return TransportResponse(page.status, fields, body: page.body)
        }
        var settings = CacheSettings()
        settings.allowableCodes = [200, 301, 404]
        settings.followsRedirects = false
        let cache = try ResponseCache(path, serializer: format.serializer, settings: settings)
        let session = CachedSession(cache: cache, transport: transport, now: clock.source)
        for page in pages {
            let response = try await session.get(page.url, headers: [.accept: "*/*"])
            guard response.cacheStatus.isStored else { throw Unreachable() }
        }
        await session.close()
        try FileManager.default.removeItem(atPath: "\(path)/tmp")
    }

    /// A transport for tests without a network.
    struct Unreachable: HTTPTransport, Error {
        func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
            throw self
        }
    }

    /// The contents of a directory: the kind, size, permissions and time of change of each path, and the bytes of
    /// files.
    static func snapshot(_ folder: URL) throws -> [String: [String]] {
        let path = folder.path(percentEncoded: false)
        var snapshot: [String: [String]] = [:]
        for name in try [""] + FileManager.default.subpathsOfDirectory(atPath: path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            let bytes = try? Data(contentsOf: URL(filePath: "\(path)/\(name)"))
            let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970
            snapshot[name] = [
                "\(attributes[.type] ?? "")", "\(attributes[.size] ?? "")", "\(attributes[.posixPermissions] ?? "")",
                "\(modified ?? 0)", bytes?.base64EncodedString() ?? "",
            ]
        }
        return snapshot
    }
}
