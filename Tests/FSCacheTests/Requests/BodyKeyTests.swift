import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

/// The key of a POST with a body of a media type.
func bodyKey(
    _ body: some StringProtocol,
    _ mediaType: String? = "application/json",
    settings: CacheSettings = CacheSettings()
) throws -> CacheKey {
    try bodyKey(Data(body.utf8), mediaType, settings: settings)
}

func bodyKey(
    _ body: Data,
    _ mediaType: String? = "application/json",
    settings: CacheSettings = CacheSettings()
) throws -> CacheKey {
    var request = HTTPRequest(method: .post, scheme: "https", authority: "a", path: "/")
    request.headerFields[.contentType] = mediaType
    return try CacheKey(of: request, body: body, settings: settings)
}

@Suite("Keys of bodies")
struct BodyKeyTests {
    @Test(
        "JSON bodies that differ only in member order and white space share a key",
        arguments: [
            "application/json", "application/json;charset=utf-8", "APPLICATION/JSON", "application/ld+json; a=b",
        ]
    )
    func memberOrderDoesNotMatter(_ mediaType: String) throws {
        let key = try bodyKey(#"{"a":{"x":[1,2],"y":null},"b":"ü"}"#, mediaType)
        #expect(try key == bodyKey(#" { "b" : "\u00fc" , "a":{"y":null,"x":[1,2]}}"#, mediaType))
        #expect(try key != bodyKey(#"{"a":{"x":[2,1],"y":null},"b":"ü"}"#, mediaType))
        #expect(try key != bodyKey(#"{"a":{"x":[1,2]},"b":"ü"}"#, mediaType))
        #expect(try key != bodyKey(#"{"a":{"x":[1,2],"y":null},"b":"u"}"#, mediaType))
    }

    @Test("Arrays keep their order, and numbers their spelling")
    func arraysAndNumbersDiffer() throws {
        let bodies = [
            "[1,2]", "[2,1]", "[1.0,2]", "[1e0,2]", "[[1],2]", "[\"1\",2]", "[1,2,null]", "[1]", "[]", "{}", "0",
        ]
        #expect(try Set(bodies.map { try bodyKey($0) }).count == bodies.count)
    }

    @Test("The digested form does not depend on the order of members", arguments: [7, 8, 9] as [UInt64])
    func shuffledJSONIsOne(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let tree = JSONTree.random(depth: 4, using: &random)
            let canonical = try #require(JSONCanonicalizer(Data(tree.text.utf8), RequestMatching()))
                .canonical
            let shuffled = tree.shuffled(using: &random).text
            #expect(
                JSONCanonicalizer(Data(shuffled.utf8), RequestMatching())?.canonical == canonical,
                "seed \(seed): \(tree.text) and \(shuffled)"
            )
            // What is canonical already stays as it is.
            #expect(JSONCanonicalizer(Data(canonical), RequestMatching())?.canonical == canonical)
        }
    }

    @Test(
        "An invalid JSON body is keyed by its bytes",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "-", "1e", "1e+", "0x1",
            "nul", "nulll", "True", "NaN", "[1 2]", "[1]]", "\"", "\"\\", "\"\\u12\"", "\"\\x\"", "\"\t\"", "\"\u{0}\"",
            "{\"a\"}", "{\"a\":}", "{,}", "[,]", "\u{FEFF}\u{FEFF}1", "1\u{0}", "//\n1", "{\"a\":1 \"b\":2}",
            "\"\\ud83d\\u\"",
        ]
    )
    func invalidJSONIsKeyedByItsBytes(_ text: String) throws {
        #expect(JSONCanonicalizer(Data(text.utf8), RequestMatching()) == nil)
        #expect(try bodyKey(text) == bodyKey(text, "text/plain"))
        #expect(try bodyKey(text) != bodyKey(text + " "))
    }

    @Test("JSON over 10 MiB is keyed by its bytes; exactly 10 MiB is still parsed")
    func longJSONIsKeyedByItsBytes() throws {
        let limit = 10 * 1024 * 1024
        let fitting = "{\"b\":\"" + String(repeating: "x", count: limit - 14) + "\",\"a\":1}"
        #expect(fitting.utf8.count == limit)
        #expect(try bodyKey(fitting) != bodyKey(fitting, "text/plain"))
        #expect(try bodyKey(fitting + " ") == bodyKey(fitting + " ", "text/plain"))
    }

    @Test(
        "Hostile JSON never traps",
        arguments: ["[", "{\"a\":", "[{\"a\":", "\\", "\"\\ud800", "{\"\\udfff\":"]
    )
    func hostileJSON(_ piece: String) throws {
        for count in [1, 511, 512, 513, 100_000] {
            let text = String(repeating: piece, count: count)
            #expect(try bodyKey(text) == bodyKey(text, "text/plain"))
        }
        let pairs = zip(["[", "{\"a\":"], ["]", "}"])
        for (open, close) in pairs {
            func nested(_ depth: Int) -> String {
                String(repeating: open, count: depth) + "0" + String(repeating: close, count: depth)
            }
            #expect(try bodyKey(nested(512)) != bodyKey(nested(512), "text/plain"))
            #expect(try bodyKey(nested(513)) == bodyKey(nested(513), "text/plain"))
        }
    }

    @Test("Randomly changed bytes never trap", arguments: [10, 11] as [UInt64])
    func flippedJSON(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let valid = Array(#"{"b":[1,2.5e3,"a\u00e9\ud83d\ude00ü"],"a":{"c":true,"d":null},"":false}"#.utf8)
        for length in 0..<valid.count { #expect(try bodyKey(Data(valid[..<length])) != bodyKey(Data(valid))) }
        for _ in 0..<5000 {
            var changed = valid
            changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            if let canonical = JSONCanonicalizer(Data(changed), RequestMatching())?.canonical {
                let again = JSONCanonicalizer(Data(canonical), RequestMatching())?.canonical
                // Lone surrogates leave UTF-8, so that their canonical form can't be read again.
                #expect(again == nil ? String(validating: canonical, as: UTF8.self) == nil : again == canonical)
            }
        }
    }

    @Test("Forms are sorted like queries and decoded like forms")
    func formsAreSorted() throws {
        let form = "application/x-www-form-urlencoded"
        let key = try bodyKey("b=2&a=x+y&b=1", form)
        #expect(try key == bodyKey("a=x%20y&b=2&b=1", form))
        #expect(try key == bodyKey("&&%61=x+y&b=2&b=1&", form))
        #expect(try key != bodyKey("b=1&a=x+y&b=2", form))
        #expect(try key != bodyKey("b=2&a=x%2By&b=1", form))
        #expect(try Set(["a&b", "a=&b", "b"].map { try bodyKey($0, form) }).count == 3)
        #expect(try bodyKey("b=2&a=1", form) != bodyKey("a=1&b=2", "text/plain"))
    }

    private func multipart(_ boundary: String, _ parts: [(String, String)], padding: String = "") -> String {
        parts.map { "--\(boundary)\(padding)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }
            .joined() + "--\(boundary)--\r\n"
    }

    @Test("The key of a multipart body does not depend on its random boundary")
    func boundariesDoNotMatter() throws {
        let parts = [("a", "1"), ("b", "--x\r\n--\r\n"), ("c", "")]
        let key = try bodyKey(multipart("x1", parts), "multipart/form-data; boundary=x1")
        let other = "before\r\n" + multipart("y z", parts, padding: " \t") + "after"
        #expect(try key == bodyKey(other, "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"y z\""))
        #expect(try key != bodyKey(multipart("x1", parts.reversed()), "multipart/form-data; boundary=x1"))
        #expect(
            try key
                != bodyKey(multipart("x1", [("a", "1"), ("b", "--x\r\n--\r\n")]), "multipart/form-data; boundary=x1")
        )
        #expect(
            try key != bodyKey(multipart("x1", [("a", "2")] + parts.dropFirst()), "multipart/form-data; boundary=x1")
        )
    }

    @Test(
        "An invalid multipart body is keyed by its bytes",
        arguments: [
            "", "x", "--b", "--b\r\n", "--b\r\n\r\n", "--b\r\n--b--", "--b\r\nA: b\r\n--b--",
            "--b\r\nno field\r\n\r\n\r\n--b--",
            "--b\r\n: x\r\n\r\n\r\n--b--", "--c\r\n\r\n\r\n--c--", "--b\n\n\n--b--",
        ]
    )
    func brokenMultipartIsKeyedByItsBytes(_ body: String) throws {
        #expect(try bodyKey(body, "multipart/form-data; boundary=b") == bodyKey(body, "text/plain"))
        #expect(try bodyKey(body, "multipart/form-data") == bodyKey(body, "text/plain"))
        #expect(try bodyKey(body, "multipart/form-data; boundary=") == bodyKey(body, "text/plain"))
    }

    @Test("Equal bytes with another content type have another key")
    func kindsOfBodiesDiffer() throws {
        #expect(try bodyKey("{}") != bodyKey("{}", "text/plain"))
        #expect(try bodyKey("a=1", nil) != bodyKey("a=1", "application/x-www-form-urlencoded"))
        #expect(try bodyKey("x", nil) == bodyKey("x", "text/plain"))
    }
}

/// A JSON tree whose members have an order.
private indirect enum JSONTree {
    case scalar(String)
    case array([JSONTree])
    case object([(name: String, value: JSONTree)])

    static func random(depth: Int, using random: inout SeededGenerator) -> JSONTree {
        switch depth == 0 ? 0 : Int.random(in: 0..<3, using: &random) {
        case 0:
            let scalars = [
                "null", "true", "-0", "1e5", "12.50", "\"\"", "\"\\u0061\"", "\"ü\\n\"", "\"\\ud83d\\ude00\"",
            ]
            return .scalar(scalars.randomElement(using: &random) ?? "0")
        case 1:
            return .array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in Self.random(depth: depth - 1, using: &random) }
            )
        default:
            let names = Set(
                (0..<5).map { _ in
                    ["a", "b", "aa", "ä", "\\u0062b", "", "Z", "\\\"", "\\n"].randomElement(using: &random) ?? "x"
                }
            )
            return .object(names.sorted().map { ($0, Self.random(depth: depth - 1, using: &random)) })
        }
    }

    var text: String {
        switch self {
        case .scalar(let text): text
        case .array(let items): "[" + items.map(\.text).joined(separator: " ,") + "]"
        case .object(let members):
            "{ " + members.map { "\"\($0.name)\": \($0.value.text)" }.joined(separator: ",") + "}"
        }
    }

    func shuffled(using random: inout SeededGenerator) -> JSONTree {
        switch self {
        case .scalar: return self
        case .array(let items): return .array(items.map { $0.shuffled(using: &random) })
        case .object(let members):
            return .object(members.map { ($0.name, $0.value.shuffled(using: &random)) }.shuffled(using: &random))
        }
    }
}
