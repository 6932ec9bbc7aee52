import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("URL normalization")
struct URLNormalizationTests {
    /// The URL in the key.
    private func normalized(_ url: String, ignoring ignored: [String] = []) throws -> String {
        let request = HTTPRequest(target: try TargetURL(url))
        return try self.normalized(request, ignoring: ignored)
    }

    private func normalized(_ request: HTTPRequest, ignoring ignored: [String] = []) throws -> String {
        let settings = CacheSettings(ignoredParameters: ignored)
        let normalized = try NormalizedRequest(request, settings: settings)
        return try #require(normalized.ingredients.first { $0.name == "url" }).text
    }

    @Test(
        "URLs that are equivalent by RFC 3986 §6.2.2 and §6.2.3 have one form",
        arguments: [
            (["example://a/b/c/%7Bfoo%7D", "eXAMPLE://a/./b/../b/%63/%7bfoo%7d"], "/b/c/%7Bfoo%7D"),
            (["example://a/%3a", "example://a/%3A"], "/%3A"),
            (["example://a/~smith", "example://a/%7Esmith", "example://a/%7esmith"], "/~smith"),
            (["example://a", "example://a/", "example://a:/", "example://a:80/"], "/"),
        ]
    )
    func equivalentURLsAreOne(_ urls: [String], _ path: String) throws {
        for url in urls {
            let http = url.replacing(/^(?i)example/, with: "http")
            #expect(try normalized(http) == "http://a\(path)")
        }
    }

    @Test("Query parameters are sorted by name; equal names keep their order")
    func parametersAreSorted() throws {
        #expect(try normalized("http://a/?c=1&a=2&b=3&a=1") == "http://a/?a=2&a=1&b=3&c=1")
        #expect(try normalized("http://a/?a=1&a=2") != normalized("http://a/?a=2&a=1"))
    }

    @Test("?a, ?a= and no query are three different requests")
    func absentEmptyAndNoValueDiffer() throws {
        let urls = ["http://a/", "http://a/?a", "http://a/?a=", "http://a/?a=a"]
        #expect(try Set(urls.map { try CacheKey(of: HTTPRequest(target: TargetURL($0))) }).count == urls.count)
    }

    @Test("A plus sign, a space and an escaped plus sign are three different values in a query")
    func plusIsNoSpace() throws {
        let urls = ["http://a/?q=1+1", "http://a/?q=1%201", "http://a/?q=1%2B1"]
        #expect(try Set(urls.map { try normalized($0) }).count == urls.count)
    }

    @Test("The parts of a request made by hand are normalized like a URL")
    func requestsMadeByHandAreNormalized() throws {
        func request(_ scheme: String, _ authority: String, _ path: String?) -> HTTPRequest {
            HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
        }
        #expect(try normalized(request("HTTP", "A:80", nil)) == "http://a/")
        #expect(try normalized(request("https", "a:443", "")) == "https://a/")
        #expect(try normalized(request("http", "a", "?b")) == "http://a/?b")
        #expect(try normalized(request("http", "a", "/a b#c?d")) == "http://a/a%20b")
        #expect(try normalized(request("http", "a", "/ä")) == "http://a/%C3%A4")
    }

    @Test("OPTIONS * has no path")
    func asteriskFormIsNoPath() throws {
        let everything = HTTPRequest(method: .options, scheme: "http", authority: "a", path: "*")
        #expect(try normalized(everything) == "http://a*")
    }

    @Test(
        "A request without an absolute http or https URL is refused",
        arguments: [
            (nil, "a", "/"), ("http", nil, "/"), ("ftp", "a", "/"), ("", "a", "/"), ("http", "", "/"),
            ("http", "a", "b"), ("http", "user:secret@a", "/"), ("http", "a:b", "/"), ("http", "a:65536", "/"),
            ("http", "[::1", "/"), ("http", "[::1]x", "/"), ("http", "[]", "/"), ("http", "a b", "/"),
            ("http", "%7F", "/"), ("http", "%00", "/"), ("http", "a%2Fb", "/"), ("http", "%FF", "/"),
        ] as [(String?, String?, String)]
    )
    func requestsWithoutURLAreRefused(_ scheme: String?, _ authority: String?, _ path: String) {
        let request = HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
        let error = #expect(throws: FSCacheError.self) { try CacheKey(of: request) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("Normalization of random URLs is idempotent and never traps", arguments: [1, 2, 3, 4] as [UInt64])
    func normalizationIsIdempotent(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "/", "//", ".", "..", "/./", "/../", "a", "B", "%41", "%2f", "%2F", "%", "%g1", "%7e", "%2e", "%2E%2e", "?",
            "&", "=", "&&", "a=1", "b=2", "+", ";", ":", "@", "ü", "\u{1F600}", "[", "]", "|", "\"", "\u{0}", " ", "#",
        ]
        for _ in 0..<2000 {
            let target =
                "/"
                + (0..<Int.random(in: 0..<12, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            let first = try normalized(HTTPRequest(method: .get, scheme: "http", authority: "a", path: target))
            #expect(try normalized(first) == first, "seed \(seed): \(target.debugDescription)")
            #expect(first.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "seed \(seed): \(target.debugDescription)")
        }
    }

    @Test("The order of parameters with different names never changes the key", arguments: [5, 6] as [UInt64])
    func parameterOrderDoesNotMatter(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let names = Set((0..<6).map { _ in String(UInt8.random(in: 0...255, using: &random), radix: 36) })
            let parameters = names.map { "\($0)=\(UInt8.random(in: 0...255, using: &random))" }
            let sorted = try normalized("http://a/?" + parameters.sorted().joined(separator: "&"))
            let shuffled = try normalized("http://a/?" + parameters.shuffled(using: &random).joined(separator: "&"))
            #expect(sorted == shuffled, "seed \(seed)")
        }
    }

    @Test("A query of a megabyte and a path of thousands of dot segments are normalized like any other")
    func longURLs() throws {
        let path = String(repeating: "/a/..", count: 20_000)
        #expect(try normalized("http://a\(path)/") == "http://a/")
        let parameters = (0..<10_000).map { "p\($0)=" + String(repeating: "x", count: 100) }
        let query = parameters.reversed().joined(separator: "&")
        let sorted = parameters.map { $0.split(separator: "=") }.sorted { $0[0] < $1[0] }
            .map { $0.joined(separator: "=") }.joined(separator: "&")
        #expect(try normalized("http://a/?\(query)") == "http://a/?\(sorted)")
    }

    @Test("A host of a megabyte is refused when it isn't ASCII")
    func longHosts() {
        #expect(throws: FSCacheError.self) { try TargetURL("http://\(String(repeating: "ü", count: 1 << 20))/") }
    }
}
