import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Matched headers")
struct HeaderMatchingTests {
    private func key(_ fields: [(String, String)], _ matchHeaders: HeaderMatching = .all) throws -> CacheKey {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/")
        for (name, value) in fields {
            request.headerFields.append(HTTPField(name: HTTPField.Name(name)!, value: value))
        }
        return try CacheKey(of: request, settings: CacheSettings(matchHeaders: matchHeaders))
    }

    @Test("No field, a list of fields, or all fields enter the key")
    func choices() throws {
        let fields = [("Accept", "x/y"), ("X-Other", "1")]
        #expect(try key(fields, .none) == key([]))
        #expect(try key(fields, []) == key([]))
        #expect(try key(fields, ["ACCEPT", "Absent"]) == key([("accept", "x/y")]))
        #expect(try key(fields, .names(["x-other"])) == key([("X-OTHER", "1")]))
        #expect(try key(fields, .all) != key([("Accept", "x/y")]))
        #expect(try key(fields, .all) == key(fields.reversed(), .all))
        #expect(HeaderMatching.names([]) == .none)
    }

    @Test(
        "Case and spacing of list-valued headers do not matter, nor does order that means nothing",
        arguments: [
            (
                "Accept",
                [
                    "text/html;q=0.8, Application/JSON", "TEXT/html ;  Q=0.8 ,\tapplication/json",
                    ",text/html;q=0.8,,application/json",
                ]
            ),
            ("Accept-Language", ["de, en", "DE,en", "de  ,  en"]),
            ("Accept-Encoding", ["gzip, br", "BR,GZIP", " gzip ,br"]),
            ("Cache-Control", ["no-cache, max-age=5", "Max-Age=5,No-Cache"]),
            ("Accept", [#"a/b;p="X, y""#, #"A/B ; P="X, y""#]),
        ]
    )
    func listsAreOne(_ name: String, _ values: [String]) throws {
        #expect(try Set(values.map { try key([(name, $0)]) }).count == 1)
    }

    @Test(
        "Values with different meanings stay different",
        arguments: [
            ("Accept", ["text/html", "text/html;q=0.8", "text/*", "", "text/html, text/*", "text/*, text/html"]),
            ("Accept-Language", ["de, en", "en, de"]), ("Accept", [#"a/b;p="X""#, #"a/b;p="x""#]),
            ("Accept", [#"a;p="b, c""#, #"c", a;p="b"#]), ("If-None-Match", [#""a", "b""#, #""A", "b""#]),
            ("X-Sort", ["name, date", "date, name", "Name, date"]), ("User-Agent", ["a  b", "a b", "A b"]),
            ("Cookie", ["a=1; b=2", "b=2; a=1"]),
            ("Date", ["Sun, 06 Nov 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT, Sun"]),
        ]
    )
    func otherValuesDiffer(_ name: String, _ values: [String]) throws {
        #expect(try Set(values.map { try key([(name, $0)]) }).count == values.count)
    }

    @Test("Several fields of one name are one list, for every field that may repeat")
    func repeatedFields() throws {
        #expect(
            try key([("Accept", "a/b"), ("X", "1"), ("accept", "c/d")]) == key([("Accept", "a/b, c/d"), ("X", "1")])
        )
        #expect(try key([("X-List", "b"), ("X-List", "a")]) == key([("X-List", "b,a")]))
        #expect(try key([("X-List", "b"), ("X-List", "a")]) != key([("X-List", "a,b")]))
        #expect(try key([("Cookie", "a=1"), ("Cookie", "b=2")]) == key([("Cookie", "a=1; b=2")]))
    }

    @Test("An empty field differs from an absent one")
    func emptyFields() throws {
        #expect(try key([("X", "")]) != key([]))
    }

    @Test("The order of fields with different names never matters", arguments: [12, 13] as [UInt64])
    func fieldOrderDoesNotMatter(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let names = Set(
                (0..<8).map { _ in ["A", "b", "Accept", "c-d", "E", "x", "Te"].randomElement(using: &random)! }
            )
            let fields = names.map { ($0, "v\(UInt8.random(in: 0...9, using: &random)), w") }
            #expect(try key(fields) == key(fields.shuffled(using: &random)), "seed \(seed): \(fields)")
        }
    }

    @Test("Binary values, unclosed quotes and lone backslashes don't trap")
    func hostileValues() throws {
        for value in ["\"", "\"\\", "\\", "\"a, b", ",,,", ";;; ;", "\"\"\"", "a\\\"b, c", "\t"] {
            for name in ["Accept", "X-Any"] { #expect(try key([(name, value)]) != key([])) }
        }
        var request = HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/")
        request.headerFields.append(HTTPField(name: .accept, value: [0xFF, 0x2C, 0xFE] as [UInt8]))
        let settings = CacheSettings(matchHeaders: .all)
        let header = try NormalizedRequest(request, settings: settings).ingredients.last
        #expect(header?.value == Data("accept:".utf8) + [0xFF, 0x2C, 0x20, 0xFE])
        #expect(header?.text.hasPrefix("11 bytes") == true)
    }
}
