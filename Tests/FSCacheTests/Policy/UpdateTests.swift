import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy by RFC 9111: storing, updating and invalidating")
struct UpdateTests {
    private func update(_ stored: [(String, String)], with update: [(String, String)]) -> [String] {
        let settings = CacheSettings.rfc9111()
        let old = RFC9111Case.stored(RFC9111Case.fields(stored), age: 100, settings: settings)
        let new = RFC9111Case.stored(RFC9111Case.fields(update), status: 304, body: "", settings: CacheSettings())
        let fresh = CachePolicy(settings).freshened(old, by: new)
        #expect(fresh.body == old.body && fresh.status == .ok && fresh.createdAt == old.createdAt)
        #expect(fresh.receivedAt == RFC9111Case.now)
        return fresh.headerFields.map { "\($0.name.canonicalName): \($0.value)" }
    }

    static let date = "date: \(RFC9111Case.date(0))"

    static let rows: [(String, [(String, String)], [(String, String)], [String])] = [
        ("§3.2: fields are replaced, others stay", [("A", "1"), ("B", "1")], [("A", "2")], ["a: 2", "b: 1"]),
        (
            "§3.2: all lines of a field", [("A", "1"), ("B", "1"), ("A", "2")], [("A", "3"), ("A", "4")],
            ["a: 3", "a: 4", "b: 1"]
        ),
        ("§3.2: new fields come", [("A", "1")], [("B", "2")], ["a: 1", "b: 2"]),
        (
            "§3.2: freshness, cookies and policies are updated",
            [("Cache-Control", "max-age=1"), ("Set-Cookie", "a=1"), ("Expires", "0")],
            [("Cache-Control", "max-age=9"), ("Set-Cookie", "a=2"), ("Expires", "1")],
            ["cache-control: max-age=9", "set-cookie: a=2", "expires: 1"]
        ),
        (
            "§3.2: fields that describe the content stay",
            [("Content-Length", "10"), ("Content-Type", "text/a"), ("Content-Encoding", "gzip")],
            [("Content-Length", "0"), ("Content-Type", "text/b"), ("Content-Encoding", "br"), ("Content-Range", "x")],
            ["content-length: 10", "content-type: text/a", "content-encoding: gzip"]
        ),
        (
            "§3.2: other fields whose name begins with Content are updated",
            [("Content-Foo", "1"), ("X-Content-Foo", "1")],
            [("Content-Foo", "2"), ("X-Content-Foo", "2")], ["content-foo: 2", "x-content-foo: 2"]
        ),
        (
            "§3.1: nothing of the connection comes in", [("A", "1")],
            [("Connection", "A, b"), ("A", "2"), ("B", "2"), ("Keep-Alive", "x"), ("Transfer-Encoding", "chunked")],
            ["a: 1"]
        ),
        ("§4.2.3: an Age that is not repeated is gone", [("Age", "90"), ("A", "1")], [("A", "1")], ["a: 1"]),
        ("§4.2.3: one that is counts", [("Age", "90")], [("Age", "3")], ["age: 3"]),
        (
            "§5.2.2.4: a field that must not be used without validation is not added",
            [("Cache-Control", "max-age=9, no-cache=\"a\"")], [("A", "2"), ("B", "2")],
            ["cache-control: max-age=9, no-cache=\"a\"", "b: 2"]
        ),
    ]

    @Test("A 304 updates the stored fields", arguments: rows)
    func updates(row: (what: String, stored: [(String, String)], update: [(String, String)], fields: [String])) {
        let fields = update(row.stored, with: row.update)
        #expect(fields.filter { !$0.hasPrefix("date:") } == row.fields, "\(row.what)")
        #expect(fields.contains(Self.date), "a Date is made up when none comes (RFC 9110 §6.6.1)")
    }

    @Test("§3.1: connection, proxy and excluded fields are not stored; others are, in order")
    func stores() {
        let fields = RFC9111Case.fields([
            ("Set-Cookie", "a=1"), ("Connection", "a, B"), ("A", "1"), ("b", "2"), ("C", "3"), ("Set-Cookie", "b=2"),
            ("Proxy-Authenticate", "x"), ("Proxy-Authentication-Info", "x"), ("Proxy-Authorization", "x"),
            ("Proxy-Connection", "x"), ("Keep-Alive", "x"), ("TE", "x"), ("Transfer-Encoding", "chunked"),
            ("Upgrade", "x"), ("Clear-Site-Data", "x"), ("WWW-Authenticate", "x"), ("Public-Key-Pins", "x"),
            ("Cache-Control", "max-age=9, no-cache=\"d\""), ("D", "4"), ("Cache-Control", "private=\"E, f\""),
            ("E", "5"),
            ("Date", RFC9111Case.date(-1)),
        ])
        func names(isShared: Bool) -> [String] {
            RFC9111Case.stored(fields, settings: .rfc9111(isShared: isShared)).headerFields.map(\.name.canonicalName)
        }
        let kept = ["set-cookie", "c", "set-cookie", "clear-site-data", "www-authenticate", "public-key-pins"]
        #expect(names(isShared: false) == kept + ["cache-control", "cache-control", "e", "date"])
        #expect(names(isShared: true) == kept + ["cache-control", "cache-control", "date"])
        let asIs = RFC9111Case.stored(fields, settings: CacheSettings()).headerFields
        #expect(asIs == fields, "without cacheControl nothing is left out")
    }

    @Test(
        "§4.3.4: a 304 selects the stored response unless its validator differs",
        arguments: [
            ([.eTag: "\"1\""], [.eTag: "\"1\""], true), ([.eTag: "\"2\""], [.eTag: "\"1\""], false),
            ([.eTag: "W/\"1\""], [.eTag: "W/\"1\""], true), ([.eTag: "W/\"1\""], [.eTag: "\"1\""], true),
            ([.eTag: "\"1\""], [.eTag: "W/\"1\""], false), ([:], [.eTag: "\"1\""], true),
            ([.lastModified: RFC9111Case.date(-9)], [.lastModified: RFC9111Case.date(-9)], true),
            ([.lastModified: RFC9111Case.date(-1)], [.lastModified: RFC9111Case.date(-9)], false),
            (
                [.eTag: "\"1\"", .lastModified: RFC9111Case.date(-1)],
                [.eTag: "\"1\"", .lastModified: RFC9111Case.date(-9)], true
            ),
        ] as [(HTTPFields, HTTPFields, Bool)]
    )
    func selects(notModified: HTTPFields, stored: HTTPFields, isSelected: Bool) {
        #expect(Validators.selects(notModified, stored) == isSelected)
    }

    @Test(
        "§4.3.5: a HEAD response selects the stored one if validators and length are equal",
        arguments: [
            ([.eTag: "\"1\""], true), ([.eTag: "\"2\""], false), ([.contentLength: "10"], true),
            ([.contentLength: "11"], false), ([:], true), ([.lastModified: RFC9111Case.date(0)], false),
        ] as [(HTTPFields, Bool)]
    )
    func selectsByHead(head: HTTPFields, isSelected: Bool) {
        let stored = RFC9111Case.stored([.eTag: "\"1\""], settings: CacheSettings())
        #expect(Validators.selectsByHead(head, stored) == isSelected)
    }

    static let target = "https://example.com/"

    @Test(
        "The URLs that a response invalidates (RFC 9111 §4.4)",
        arguments: [
            ("POST", 200, [], [target]), ("PUT", 204, [], [target]), ("DELETE", 302, [], [target]),
            ("M-SEARCH", 200, [], [target]), ("FOO", 200, [], [target]), ("get", 200, [], [target]),
            ("POST", 404, [], []), ("POST", 500, [], []), ("GET", 200, [], []), ("HEAD", 200, [], []),
            ("OPTIONS", 200, [], []), ("PROPFIND", 207, [], []),
            (
                "POST", 201, [("Location", "/new"), ("Content-Location", "other?x=1")],
                [target, "https://example.com/new", "https://example.com/other?x=1"]
            ),
            ("POST", 201, [("Location", "https://EXAMPLE.com:443/new")], [target, "https://example.com/new"]),
            (
                "POST", 201, [("Location", "https://evil.example/"), ("Content-Location", "http://example.com/a")],
                [target]
            ),
            ("POST", 201, [("Location", "http://[")], [target]), ("POST", 200, [("Content-Location", "/")], [target]),
            ("GET", 200, [("Location", "/new")], []), ("POST", 500, [("Location", "/new")], []),
        ] as [(String, Int, [(String, String)], [String])]
    )
    func invalidates(method: String, status: Int, fields: [(String, String)], urls: [String]) throws {
        let request = RFC9111Case.request(try #require(HTTPRequest.Method(method)))
        let policy = CachePolicy(.rfc9111())
        #expect(try policy.invalidated(by: request, .init(code: status), RFC9111Case.fields(fields)) == urls)
    }

    @Test("§4: a response from the store has an Age", arguments: [(0.0, "30"), (12.9, "42")])
    func tellsAge(seconds: TimeInterval, age: String) {
        let settings = CacheSettings.rfc9111()
        let stored = RFC9111Case.stored([.cacheControl: "max-age=60", .age: "30"], age: seconds, settings: settings)
        let terms = RFC9111Case.terms(settings: settings)
        let presented = CachePolicy(settings).presented(stored, to: terms, at: RFC9111Case.now)
        #expect(presented.headerFields[values: .age] == [age])
        #expect(CachePolicy(CacheSettings()).presented(stored, to: terms, at: RFC9111Case.now) == stored)
    }
}
