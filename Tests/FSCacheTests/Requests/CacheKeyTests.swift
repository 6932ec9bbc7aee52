import Crypto
import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Cache keys")
struct CacheKeyTests {
    private func get(_ url: String, _ fields: HTTPFields = [:]) throws -> HTTPRequest {
        try request(.get, url, fields)
    }

    private func request(
        _ method: HTTPRequest.Method,
        _ url: String,
        _ fields: HTTPFields = [:]
    ) throws -> HTTPRequest {
        HTTPRequest(method: method, target: try TargetURL(url), headerFields: fields)
    }

    @Test("A key is the digest of the octets that the guide describes")
    func encodingOfAGet() throws {
        let encoding = "request/2" + "M\0\0\0\0\0\0\0\u{3}GET" + "U\0\0\0\0\0\0\0\u{15}https://example.com/?"
        #expect(encoding.utf8.count == 9 + 12 + 9 + 21)
        let expected = SHA256.hash(data: Data((encoding + "a").utf8.map { $0 == 0x15 ? 0x16 : $0 }))
        #expect(try CacheKey(of: get("https://example.com/?a")).description == expected.map { $0.hexadecimal }.joined())
    }

    @Test("Method, URL, body, matched headers and TLS verification each change the key")
    func eachPartChangesTheKey() throws {
        let settings = CacheSettings(matchHeaders: .all)
        var unverified = settings
        unverified.isTLSVerificationDisabled = true
        let base = try request(.post, "https://a/b?c=d", [.accept: "x"])
        let body = Data("body".utf8)
        let keys = try [
            CacheKey(of: base, body: body, settings: settings),
            CacheKey(of: base, body: body, settings: unverified),
            CacheKey(of: base, settings: settings),
            CacheKey(of: base, body: Data("bodY".utf8), settings: settings),
            CacheKey(of: base, body: body),
            CacheKey(of: request(.put, "https://a/b?c=d", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "http://a/b?c=d", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://aa/b?c=d", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://a:1/b?c=d", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://a/B?c=d", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://a/b?c=D", [.accept: "x"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://a/b?c=d", [.accept: "y"]), body: body, settings: settings),
            CacheKey(of: request(.post, "https://a/b?c=d", [.accept: "x", .te: ""]), body: body, settings: settings),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test("POST /a with the body b is not POST /ab")
    func partsDoNotRunTogether() throws {
        #expect(
            try CacheKey(of: request(.post, "http://h/a"), body: Data("b".utf8))
                != CacheKey(of: request(.post, "http://h/ab"))
        )
        let all = CacheSettings(matchHeaders: .all)
        #expect(
            try CacheKey(of: get("http://h/", [HTTPField.Name("a")!: "b", HTTPField.Name("c")!: "d"]), settings: all)
                != CacheKey(of: get("http://h/", [HTTPField.Name("a")!: "bc:d"]), settings: all)
        )
    }

    @Test("Splitting a text into parts at another place changes the key", arguments: [14, 15] as [UInt64])
    func framingIsUnambiguous(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var seen: [CacheKey: String] = [:]
        for _ in 0..<500 {
            let path = String(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in "abMUB".randomElement(using: &random)! }
            )
            let body = String(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in "abMUB\0\u{1}".randomElement(using: &random)! }
            )
            let key = try CacheKey(of: request(.post, "http://h/\(path)"), body: Data(body.utf8))
            let text = "\(path)|\(body)"
            #expect(seen[key] == nil || seen[key] == text, "seed \(seed): \(text.debugDescription)")
            seen[key] = text
        }
    }

    @Test("Only the request and the matching settings enter the key")
    func keysOfEqualRequestsAreEqual() throws {
        let one = try NormalizedRequest(get("http://a/?b&a", [.accept: "x"]))
        let other = try NormalizedRequest(get("http://A:80/?a&b", [.accept: "y"]))
        #expect(one == other)
        #expect(one.key == other.key)
    }

    @Test("An explanation names each ingredient, in order")
    func explanation() throws {
        let settings = CacheSettings(matchHeaders: .all, isTLSVerificationDisabled: true)
        let fields: HTTPFields = [.contentType: "application/json", .accept: "B, a"]
        let body = Data(#"{"b":1, "a":[]}"#.utf8)
        let normalized = try NormalizedRequest(request(.put, "http://A/%7e", fields), body: body, settings: settings)
        #expect(
            normalized.description == """
                method       PUT
                url          http://a/~
                TLS          certificates are not verified
                header       accept:b, a
                header       content-type:application/json
                body (JSON)  {"a":[],"b":1}
                """
        )
        let binary = try NormalizedRequest(request(.put, "http://a/"), body: Data([0xFF]))
        #expect(
            binary.description.hasSuffix(
                "body (bytes)  1 bytes, SHA-256 a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"
            )
        )
    }

    @Test("An explanation shows the parts of a multipart body")
    func explanationOfMultipart() throws {
        let fields: HTTPFields = [.contentType: "multipart/mixed; boundary=b"]
        let body = Data("--b\r\nA: c\r\n\r\nhello\r\n--b--".utf8)
        let normalized = try NormalizedRequest(request(.put, "http://a/", fields), body: body)
        #expect(normalized.description.hasSuffix("body (multipart)  \n  header a:c\n  content hello"))
    }
}

extension CacheKey {
    /// The key of a request under some settings.
    init(of request: HTTPRequest, body: Data = Data(), settings: CacheSettings = CacheSettings()) throws {
        self = try NormalizedRequest(request, body: body, settings: settings).key
    }
}

extension UInt8 {
    fileprivate var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}
