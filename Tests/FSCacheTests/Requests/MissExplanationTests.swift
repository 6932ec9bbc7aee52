import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Explanations of misses")
struct MissExplanationTests {
    /// A wanted request, a stored one, and what tells them apart.
    struct Case: Sendable, CustomTestStringConvertible {
        var wanted: Sent
        var stored: Sent
        var reason: MissExplanation.Reason
        /// The rows of the table.
        var rows: [String]

        init(_ wanted: Sent, _ stored: Sent, _ reason: MissExplanation.Reason, _ rows: String...) {
            (self.wanted, self.stored, self.reason, self.rows) = (wanted, stored, reason, rows)
        }

        var testDescription: String { "\(reason): \(rows)" }
    }

    /// A request as a client sends it.
    struct Sent: Sendable {
        var method: HTTPRequest.Method = .get
        var url = "https://shop/items"
        var fields: HTTPFields = [:]
        var body = ""

        static func url(_ url: String) -> Sent { Sent(url: url) }

        static func fields(_ fields: HTTPFields) -> Sent { Sent(fields: fields) }

        static func json(_ body: String) -> Sent {
            Sent(method: .post, fields: [.contentType: "application/json"], body: body)
        }

        static func form(_ body: String) -> Sent {
            Sent(method: .post, fields: [.contentType: "application/x-www-form-urlencoded"], body: body)
        }

        static func text(_ body: String) -> Sent {
            Sent(method: .post, fields: [.contentType: "text/plain"], body: body)
        }

        func record(_ settings: CacheSettings) throws -> StoredResponse.Request {
            let request = HTTPRequest(method: method, target: try TargetURL(url), headerFields: fields)
            return try StoredResponse.Request(request, body: Data(body.utf8), redacting: RequestMatching(settings))
        }
    }

    private static let settings = CacheSettings(ignoredParameters: ["session"], matchHeaders: ["Accept"])

    private func explain(
        _ wanted: Sent,
        among stored: [Sent],
        settings: CacheSettings = settings,
        reason: MissExplanation.Reason? = nil
    ) throws -> MissExplanation {
        try MissExplanation(
            of: wanted.record(settings),
            among: stored.map { try $0.record(settings) },
            advice: "Store it.",
            reason: reason,
            settings: settings
        )
    }

    /// The lines of the table.
    private func rows(_ explanation: MissExplanation) -> [String] {
        explanation.description.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
    }

    static let cases: [Case] = [
        Case(
            .url("https://shop/items?page=2"),
            .url("https://shop/items?page=1"),
            .query,
            "query page  wanted 2  stored 1"
        ),
        Case(
            .url("https://shop/items?page=2"),
            .url("https://shop/items"),
            .query,
            "query page  wanted 2  stored (absent)"
        ),
        Case(
            .url("https://shop/items"),
            .url("https://shop/items?a="),
            .query,
            "query a  wanted (absent)  stored (empty)"
        ),
        Case(
            .url("https://shop/items?a=1&b=long"),
            .url("https://shop/items?a=3&c=4"),
            .query,
            "query a  wanted 1         stored 3",
            "query b  wanted long      stored (absent)",
            "query c  wanted (absent)  stored 4"
        ),
        Case(
            .url("https://shop/items?id=1&id=2"),
            .url("https://shop/items?id=2&id=3"),
            .query,
            "query id  wanted 1  stored 3"
        ),
        Case(
            .url("https://shop/items?access_token=a&page=2"),
            .url("https://shop/items?access_token=a&page=1"),
            .query,
            "query access_token  wanted REDACTED  stored REDACTED  (may differ)",
            "query page          wanted 2         stored 1"
        ),
        Case(
            .url("https://shop/items?session=a&page=2"),
            .url("https://shop/items?page=1"),
            .query,
            "query page  wanted 2  stored 1"
        ),
        Case(
            .url("https://shop/items?access_token=a"),
            .url("https://shop/items"),
            .query,
            "query access_token  wanted REDACTED  stored (absent)"
        ),
        Case(.url("https://shop/item"), .url("https://shop/items"), .path, "path  wanted /item  stored /items"),
        Case(
            Sent(method: .delete),
            .url("https://shop/items"),
            .method,
            "method  wanted DELETE  stored GET"
        ),
        Case(
            .url("http://shop:8080/items"),
            .url("https://shop/items"),
            .host,
            "host  wanted http://shop:8080  stored https://shop"
        ),
        Case(
            .url("https://localhost/items"),
            .url("https://shop/items"),
            .host,
            "host  wanted https://localhost  stored https://shop"
        ),
        Case(
            .fields([.accept: "text/html"]),
            .fields([.accept: "text/css", .userAgent: "other"]),
            .header,
            "header Accept  wanted text/html  stored text/css"
        ),
        Case(
            .fields([.authorization: "a"]),
            .fields([:]),
            .header,
            "header Authorization  wanted REDACTED  stored (absent)"
        ),
        Case(
            .fields([.authorization: "a"]),
            .fields([.authorization: "b"]),
            .header,
            "header Authorization  wanted REDACTED  stored REDACTED  (may differ)"
        ),
        Case(
            .json(#"{"a": 1, "user": {"name": "Ann", "tags": ["x"]}}"#),
            .json(#"{"user":{"tags":["x","y"],"name":"Bob"},"b":null,"a":1}"#),
            .body,
            #"body .user.name     wanted "Ann"     stored "Bob""#,
            #"body .user.tags[1]  wanted (absent)  stored "y""#,
            #"body .b             wanted (absent)  stored null"#
        ),
        Case(.json("[1.0]"), .json("[1.00]"), .body, "body [0]  wanted 1.0  stored 1.00"),
        Case(
            .json(#"{"api_key": "s", "a b": {"c.d": 1}}"#),
            .json(#"{"api_key": "t", "a b": {"c.d": {}}}"#),
            .body,
            #"body ["a b"]["c.d"]  wanted 1  stored {}"#
        ),
        Case(
            .json(#"{"api_key": "s"}"#),
            .json(#"{"api_key": "t"}"#),
            .body,
            "body  wanted REDACTED  stored REDACTED  (may differ)"
        ),
        Case(
            .form("q=swift+6&page=2"),
            .form("page=1&q=swift%206"),
            .body,
            "body page  wanted 2  stored 1"
        ),
        Case(.text("one"), .text("three"), .body, "body  wanted text/plain, 3 bytes  stored text/plain, 5 bytes"),
        Case(
            .json("{"),
            .form("a=1"),
            .body,
            "body  wanted application/json, 1 byte  stored application/x-www-form-urlencoded, 3 bytes"
        ),
        Case(Sent(method: .post), .json("1"), .body, "body  wanted (absent)  stored application/json, 1 byte"),
        Case(.url("https://shop/items"), .url("https://shop/items"), .unusable),
        Case(.json(#"{"a":1,"b":2}"#), .json(#"{ "b": 2, "a": 1 }"#), .unusable),
    ]

    @Test("Each kind of difference is named", arguments: cases)
    func differences(_ test: Case) throws {
        let explanation = try explain(test.wanted, among: [test.stored])
        #expect(explanation.reason == test.reason)
        #expect(rows(explanation) == test.rows, "\(explanation)")
    }

    @Test("The text fits a terminal: what is wanted, why it misses, the nearest requests in columns, and the advice")
    func text() throws {
        let stored = [
            "https://shop/items?page=1", "https://shop/items?page=1&sort=name", "https://shop/users", "https://a/b",
        ]
        let explanation = try explain(.url("https://shop/items?page=2&sort=name"), among: stored.map(Sent.url))
        #expect(
            explanation.description == """
                No stored response answers GET https://shop/items?page=2&sort=name.
                The path is stored, but with another query. The most similar stored requests:
                  GET https://shop/items?page=1&sort=name
                    query page  wanted 2       stored 1
                  GET https://shop/items?page=1
                    query page  wanted 2       stored 1
                    query sort  wanted name    stored (absent)
                  GET https://shop/users
                    path        wanted /items  stored /users
                    query page  wanted 2       stored (absent)
                    query sort  wanted name    stored (absent)
                Store it.
                """
        )
    }

    @Test(
        "Without a similar request, the reason says how much is missing",
        arguments: [
            ([], MissExplanation.Reason.empty, "Nothing is stored."),
            (["https://other/"], .host, "Nothing is stored for this host."),
        ]
    )
    func nothingSimilar(stored: [String], reason: MissExplanation.Reason, sentence: String) throws {
        let explanation = try explain(.url("https://shop/items"), among: stored.map(Sent.url))
        #expect(explanation.reason == reason && explanation.nearest.isEmpty)
        #expect(
            explanation.description
                == "No stored response answers GET https://shop/items.\n\(sentence)\nStore it."
        )
    }

    @Test(
        "The most similar request comes first, in whichever order they are stored",
        arguments: [
            ("https://shop/a/items/7", ["https://shop/a/items/8", "https://shop/a/7", "https://shop/b"]),
            (
                "https://shop/v2/users/ann",
                ["https://shop/v1/users/ann", "https://shop/v1/users/bob", "https://shop/x/y/z"]
            ),
            (
                "https://shop/a?x=1&y=2&z=3",
                ["https://shop/a?x=1&y=2&z=4", "https://shop/a?x=1&y=0&z=0", "https://shop/a"]
            ),
            ("https://shop/itmes", ["https://shop/items", "https://shop/users", "https://shop/a/b/c"]),
            ("http://shop:1/a", ["http://shop:1/b", "http://shop:2/a", "http://other/a"]),
        ],
        [false, true]
    )
    func order(_ urls: (wanted: String, nearest: [String]), isReversed: Bool) throws {
        let (wanted, nearest) = urls
        let stored = nearest + ["https://unlike/"]
        let explanation = try explain(.url(wanted), among: (isReversed ? stored.reversed() : stored).map(Sent.url))
        #expect(explanation.nearest.map(\.request.url) == nearest)
    }

    @Test("Of requests with the same target, the one with the most similar body comes first")
    func orderOfBodies() throws {
        let wanted = #"{"a":1,"b":2,"c":3}"#
        let stored = [#"{"a":9,"b":9,"c":9}"#, #"{"a":1,"b":2,"c":9}"#, "[]", #"{"a":1,"b":9,"c":9}"#]
        let explanation = try explain(.json(wanted), among: stored.map(Sent.json))
        let bodies = explanation.nearest.map { String(decoding: $0.request.body, as: UTF8.self) }
        #expect(bodies.prefix(2) == [stored[1], stored[3]])
    }

    @Test("The caller's reason prevails")
    func reason() throws {
        let explanation = try explain(.url("https://shop/a"), among: [.url("https://shop/a")], reason: .used)
        #expect(explanation.reason == .used)
        #expect(explanation.description.contains("All stored responses to this request have been used."))
    }

    @Test("The order of parameters is named if it counts")
    func parameterOrder() throws {
        let settings = CacheSettings(urlMatching: .verbatim)
        let stored = Sent.url("https://shop/a?y=2&x=1")
        let explanation = try explain(.url("https://shop/a?x=1&y=2"), among: [stored], settings: settings)
        #expect(rows(explanation) == ["query  wanted x=1&y=2  stored y=2&x=1"])
        #expect(explanation.reason == .query)
    }

    @Test("Long values are shortened to their difference, and long lists to a number")
    func long() throws {
        let same = String(repeating: "s", count: 3000)
        let values = try explain(.json(#"["\#(same)a"]"#), among: [.json(#"["\#(same)b"]"#)])
        #expect(rows(values) == [#"body [0]  wanted …ssssssssssssa"  stored …ssssssssssssb""#])

        let url = try explain(.url("https://shop/\(same)"), among: [.url("https://shop/")])
        #expect(url.description.split(separator: "\n").allSatisfy { $0.count < 400 })

        let list = try explain(.json("[\((0..<50).map(String.init).joined(separator: ","))]"), among: [.json("[]")])
        #expect(list.nearest[0].differences.count == 12 && list.nearest[0].omittedDifferenceCount == 38)
        #expect(rows(list).last == "and 38 more differences")
    }

    @Test("Control and format characters don't reach the terminal")
    func control() throws {
        let body = "{\"a\u{1B}[31m\u{202E}\": \"\u{7F}\u{9B}\"}"
        let explanation = try explain(.json(body), among: [.json("{}")])
        let forbidden: Set<Unicode.GeneralCategory> = [.control, .format]
        let scalars = explanation.description.unicodeScalars.filter { $0 != "\n" }
        #expect(explanation.reason == .body && rows(explanation).count == 1)
        #expect(!scalars.contains { forbidden.contains($0.properties.generalCategory) })
    }
}

// MARK: - Secrets

extension MissExplanationTests {
    private static let secrets: [(Sent, Sent)] = [
        (
            .url("https://user:s3cret@shop/a?access_token=s3cret&session=s3cret"),
            .url("https://shop/a?access_token=t0ken&session=t0ken&page=1")
        ),
        (
            Sent(fields: [.authorization: "Bearer s3cret", .userAgent: "s3cret", .cookie: "id=s3cret"]),
            Sent(fields: [.authorization: "Bearer t0ken"])
        ),
        (.json(#"{"password":"s3cret","session":"s3cret","a":1}"#), .json(#"{"password":"t0ken","a":2}"#)),
        (.form("password=s3cret&session=s3cret&a=1"), .form("password=t0ken&a=2")),
        (.text("s3cret"), .text("t0ken")), (.json(#"{"password":"s3cret""#), .json("[1]")),
    ]

    @Test("No secret reaches the text or the JSON", arguments: secrets.indices)
    func noSecrets(_ index: Int) throws {
        let settings = CacheSettings(
            ignoredParameters: ["session"],
            credentialParameters: CacheSettings.defaultCredentialParameters + ["password"]
        )
        let (wanted, stored) = Self.secrets[index]
        let explanation = try explain(wanted, among: [stored], settings: settings)
        try expectNoSecrets(explanation)
        #expect(!explanation.nearest.isEmpty)
    }

    @Test("What became secret after it was stored is not shown either", arguments: secrets.indices)
    func laterSecrets(_ index: Int) throws {
        let (wanted, stored) = Self.secrets[index]
        let old = CacheSettings(credentialParameters: [], matchHeaders: .all)
        let settings = CacheSettings(
            ignoredParameters: ["session"],
            credentialParameters: CacheSettings.defaultCredentialParameters + ["password"]
        )
        let explanation = MissExplanation(
            of: try wanted.record(old),
            among: [try stored.record(old)],
            advice: "",
            settings: settings
        )
        try expectNoSecrets(explanation)
    }

    private func expectNoSecrets(_ explanation: MissExplanation) throws {
        let json = String(decoding: try JSONEncoder().encode(explanation), as: UTF8.self)
        let requests = [explanation.request] + explanation.nearest.map(\.request)
        let bodies = requests.map { String(decoding: $0.body, as: UTF8.self) }
        let texts = [explanation.description, json, "\(requests.map(\.headerFields))"] + bodies
        for text in texts { #expect(!text.contains("s3cret") && !text.contains("t0ken"), "\(text)") }
    }

    @Test("Programs read the same as JSON")
    func json() throws {
        let explanation = try explain(.url("https://shop/items?page=2"), among: [.url("https://shop/items")])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(explanation), as: UTF8.self)
        let differences = #"[{"ingredient":"query","isRedacted":false,"name":"page","wanted":"2"}]"#
        let stored = #"{"method":"GET","url":"https://shop/items"}"#
        #expect(
            text == #"{"advice":"Store it.","isSearchComplete":true,"#
                + #""nearest":[{"differences":\#(differences),"omittedDifferenceCount":0,"request":\#(stored)}],"#
                + #""reason":"query","request":{"method":"GET","url":"https://shop/items?page=2"},"searchedCount":1}"#
        )
    }
}
