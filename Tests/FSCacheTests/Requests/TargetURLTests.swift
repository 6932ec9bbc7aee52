import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Target URLs")
struct TargetURLTests {
    @Test(
        "A URL that can't be fetched is refused, with advice",
        arguments: [
            ("", "write it as http://"), ("/path", "relative"), ("example.com/path", "relative"),
            ("//host", "relative"),
            ("localhost:8080/x", "not “localhost”"), ("ftp://host/", "not “ftp”"), ("mailto:a@b.c", "not “mailto”"),
            ("http:host", "no host"), ("http:///path", "no host"), ("https://:80/", "no host"),
            ("http://a b/", "position 9"), ("http://a/b c", "%20"), (" http://a/", "trim it"),
            ("http://a/\n", "trim it"),
            ("http://a/\u{0}b", "position 10"), ("http://a:b/", "not a port"), ("http://a:99999/", "65535"),
            ("http://a:-1/", "not a port"), ("http://a:184467440737095516160/", "not a port"),
            ("http://[::1/", "bracket"),
            ("http://[zz!]/", "not an IPv6"), ("http://a%2Fb/", "can't be a host"), ("http://a<b/", "can't be a host"),
            ("http://\u{AD}/", "only invisible characters"), ("http://ü%00/", "can't be a host"),
        ]
    )
    func wrongURLsAreRefused(_ url: String, _ advice: String) {
        let error = #expect(throws: FSCacheError.self) { try TargetURL(url) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
    }

    @Test("An error reveals neither the query nor credentials, and shortens a long URL")
    func errorsAreDiscreet() throws {
        for url in ["/path?key=secret", "ftp://user:secret@a/", "http://user:secret@a:b/", "http://user:secret@[x/"] {
            let error = #expect(throws: FSCacheError.self) { try TargetURL(url) }
            #expect(error?.message.contains("secret") == false, "\(error?.message ?? "")")
        }
        let error = #expect(throws: FSCacheError.self) {
            try TargetURL("http://<" + String(repeating: "a", count: 1 << 20))
        }
        #expect((error?.message.utf8.count ?? .max) < 500)
    }

    @Test(
        "A URL is sent as written, apart from characters that can't be sent",
        arguments: [
            ("http://a", "http://a/"), ("HTTP://EXAMPLE.com:80?b", "http://example.com/?b"),
            ("https://a:8443/%7e/%2f?b=%aa&a=+", "https://a:8443/%7e/%2f?b=%aa&a=+"),
            ("http://a/ä?ö=ü", "http://a/%C3%A4?%C3%B6=%C3%BC"), ("http://a/100%", "http://a/100%25"),
            ("http://a/b#c", "http://a/b"), ("http://a/b/../c?d/../e", "http://a/c?d/../e"),
            ("http://a/?", "http://a/?"), ("http://a/?q[]=\\", "http://a/?q%5B%5D=%5C"),
            ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ]
    )
    func writtenURLsAreKept(_ url: String, _ sent: String) throws {
        #expect(try TargetURL(url).description == sent)
        #expect(try TargetURL(sent).description == sent)
    }

    @Test("A user and a password become an Authorization field, unless the request has one")
    func credentialsBecomeAField() throws {
        let target = try TargetURL("http://us%65r:p%C3%A4ss:w@host:8080/")
        #expect(target.description == "http://host:8080/")
        let expected = "Basic " + Data("user:päss:w".utf8).base64EncodedString()
        #expect(HTTPRequest(target: target).headerFields[.authorization] == expected)
        let own = HTTPRequest(target: target, headerFields: [.authorization: "Bearer x"])
        #expect(own.headerFields[values: .authorization] == ["Bearer x"])
        #expect(try TargetURL("http://@host/").credentials == nil)
        let nameless = HTTPRequest(target: try TargetURL("http://user@host/"))
        #expect(nameless.headerFields[.authorization] == "Basic " + Data("user:".utf8).base64EncodedString())
        #expect(HTTPRequest(target: try TargetURL("http://host/")).headerFields.isEmpty)
    }

    @Test("A URL that needs no change is read like any other, in one scan", arguments: [16, 17] as [UInt64])
    func plainURLsAreReadAlike(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = ["/", ".", "..", "a", "%41", "%2e", "%", "?", "#", "=", ":", "ü", "@", "~", "[", "A", "-", "_"]
        for _ in 0..<3000 {
            let rest = (0..<Int.random(in: 0..<9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            let host = ["a", "a.b-c", "A", "", "a:80", "u@a", "ä"].randomElement(using: &random) ?? "a"
            let tail = "\(host)/\(rest.joined())"
            // Schemes in upper case need the complete parser.
            let plain = Result { try TargetURL("http://\(tail)") }
            let long = Result { try TargetURL("HTTP://\(tail)") }
            #expect((try? plain.get()) == (try? long.get()), "seed \(seed): \(tail)")
        }
    }

    @Test(
        "References are resolved as in RFC 3986 §5.4, without fragments",
        arguments: [
            ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
            ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"), ("g#s", "http://a/b/c/g"), ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("g;x?y#s", "http://a/b/c/g;x?y"),
            ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
            ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"), ("/./g", "http://a/g"),
            ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g"), ("g#s/../x", "http://a/b/c/g"), ("http:g", "http://a/b/c/g"),
        ]
    )
    func referencesAreResolved(_ reference: String, _ expected: String) throws {
        #expect(try TargetURL("http://a/b/c/d;p?q").resolving(reference).description == expected)
    }

    @Test(
        "Location fields are resolved as in browsers",
        arguments: [
            ("https://B.example:443/x y", "https://b.example/x%20y"), ("  /next\t", "http://a/next"),
            ("/ä?ö", "http://a/%C3%A4?%C3%B6"), ("//bücher.example", "http://xn--bcher-kva.example/"),
            ("HTTP:/g", "http://a/g"), ("?", "http://a/b/c/d;p?"), ("/g?a=b?c", "http://a/g?a=b?c"),
            ("/\u{1}x", "http://a/%01x"), ("/a:b", "http://a/a:b"), ("./a:b", "http://a/b/c/a:b"),
        ]
    )
    func locationsAreUnderstood(_ location: String, _ expected: String) throws {
        #expect(try TargetURL("http://a/b/c/d;p?q").resolving(location).description == expected)
    }

    @Test("A Location field that is not UTF-8 keeps its octets")
    func locationsKeepTheirOctets() throws {
        let field = HTTPField(name: .location, value: Array("/caf".utf8) + [0xE9])
        #expect(try TargetURL("http://a/b").resolving(field).description == "http://a/caf%E9")
    }

    @Test(
        "A Location that leads away from http is refused",
        arguments: ["ftp://a/", "g:h", "javascript:x", "http://", "https:x"]
    )
    func otherSchemesAreRefused(_ location: String) throws {
        let base = try TargetURL("http://a/b")
        let error = #expect(throws: FSCacheError.self) { try base.resolving(location) }
        #expect(error?.code == .invalidURL)
    }

    @Test("A base whose path looks like a host is still a path")
    func doubleSlashesInTheBase() throws {
        #expect(try TargetURL("http://a//b/c").resolving("d").description == "http://a//b/d")
        #expect(try TargetURL("http://a//b/c").resolving("?d").description == "http://a//b/c?d")
    }

    @Test("Credentials stay with their host, and only there")
    func credentialsStayWithTheirHost() throws {
        let base = try TargetURL("http://user:secret@a/b")
        #expect(try base.resolving("/c").credentials == "user:secret")
        #expect(try base.resolving("http://b/c").credentials == nil)
        #expect(try base.resolving("//a/c").credentials == nil)
        #expect(try base.resolving("//x:y@a/c").credentials == "x:y")
    }

    @Test("The URL of a request can be parsed again")
    func requestsGiveTheirURLBack() throws {
        let request = HTTPRequest(method: .get, scheme: "HTTPS", authority: "A:443", path: "/b?c")
        #expect(try TargetURL(of: request).description == "https://a/b?c")
        #expect(throws: FSCacheError.self) {
            try TargetURL(of: HTTPRequest(method: .get, scheme: nil, authority: "a", path: "/"))
        }
    }
}
