import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Testing

/// Two responses, and the changes between them.
struct DriftCase: Sendable, CustomTestStringConvertible {
    struct Response: Sendable {
        var status = 200
        var fields: HTTPFields = [.contentType: "application/json"]
        var body = "{}"
    }

    var testDescription: String
    var recorded = Response()
    var live = Response()
    var severity: FixtureDrift.Severity
    var changes: [String]

    /// Responses with these JSON bodies.
    static func json(
        _ name: String,
        _ recorded: String,
        _ live: String,
        _ severity: FixtureDrift.Severity,
        _ changes: String...
    ) -> DriftCase {
        DriftCase(
            testDescription: name,
            recorded: Response(body: recorded),
            live: Response(body: live),
            severity: severity,
            changes: changes
        )
    }

    /// Responses with these heads.
    static func head(
        _ name: String,
        _ recorded: Response,
        _ live: Response,
        _ severity: FixtureDrift.Severity,
        _ changes: String...
    ) -> DriftCase {
        DriftCase(testDescription: name, recorded: recorded, live: live, severity: severity, changes: changes)
    }
}

@Suite("Comparing a response with the recorded one")
struct FixtureDriftTests {
    private func stored(_ response: DriftCase.Response) -> StoredResponse {
        StoredResponse(
            request: StoredResponse.Request(method: .get, url: "https://shop.test/"),
            status: HTTPResponse.Status(code: response.status),
            headerFields: response.fields,
            body: Data(response.body.utf8),
            requestedAt: .distantPast,
            receivedAt: .distantPast,
            createdAt: .distantPast,
            expires: nil
        )
    }

    private func check(_ drift: DriftCase) {
        let changes = FixtureDrift.compare(stored(drift.recorded), stored(drift.live))
        #expect((changes.first?.severity ?? .none) == drift.severity)
        #expect(changes.map(\.description) == drift.changes)
    }

    @Test(
        "JSON members",
        arguments: [
            DriftCase.json("equal", #"{"a":1}"#, #"{"a":1}"#, .none),
            .json("in another order", #"{"a":1,"b":2}"#, #"{ "b": 2, "a": 1 }"#, .none),
            .json("removed", #"{"a":{"b":1}}"#, #"{"a":{}}"#, .breaking, ".a.b: 1 → (absent)"),
            .json("added", #"{"a":1}"#, #"{"a":1,"b c":"x"}"#, .notable, #"["b c"]: (absent) → "x""#),
            .json("retyped", #"{"id":7}"#, #"{"id":"7"}"#, .breaking, #".id: 7 → "7""#),
            .json("retyped to an object", #"{"a":"x"}"#, #"{"a":{"b":1}}"#, .breaking, #".a: "x" → {…}"#),
            .json("became null", #"{"a":"x"}"#, #"{"a":null}"#, .breaking, #".a: "x" → null"#),
            .json("no longer null", #"{"a":null}"#, #"{"a":"x"}"#, .notable, #".a: null → "x""#),
            .json("another value", #"{"a":[{"b":1}]}"#, #"{"a":[{"b":2}]}"#, .value, ".a[0].b: 1 → 2"),
            .json("another Boolean", #"{"a":true}"#, #"{"a":false}"#, .value, ".a: true → false"),
            .json("longer array", "[1]", "[1,{}]", .value, "[1]: (absent) → {}"),
            .json("shorter array", "[1,[2]]", "[1]", .value, "[1]: […] → (absent)"),
            .json("removed in an element", #"[{"a":1}]"#, "[{}]", .breaking, "[0].a: 1 → (absent)"),
            .json("another root", "[]", "{}", .breaking, "body: [] → {}"),
            .json("not JSON any more", "{}", "<html>", .breaking, "body: JSON → not JSON"),
            .json(
                "the most severe change first",
                #"{"a":1,"b":2}"#,
                #"{"a":2,"c":3}"#,
                .breaking,
                ".b: 2 → (absent)",
                ".c: (absent) → 3",
                ".a: 1 → 2"
            ),
        ]
    )
    func members(drift: DriftCase) { check(drift) }

    @Test(
        "What is redacted, or a placeholder, is neither compared nor shown",
        arguments: [
            DriftCase.json("redacted", #"{"a":"REDACTED"}"#, #"{"a":"live"}"#, .none),
            .json("redacted now", #"{"a":"recorded"}"#, #"{"a":"REDACTED"}"#, .none),
            .json("redacted number", #"{"a":"REDACTED"}"#, #"{"a":42}"#, .none),
            .json("redacted object", #"{"a":"REDACTED"}"#, #"{"a":{"b":"live"}}"#, .none),
            .json("part of a value", #"{"a":"/x?t=REDACTED"}"#, #"{"a":"/x?t=live"}"#, .none),
            .json("placeholder", #"{"a":"Bearer {{API_TOKEN}}"}"#, #"{"a":"Bearer live"}"#, .none),
            .json("escaped placeholder", #"{"a":"/x?t=%7B%7BT%7D%7D"}"#, #"{"a":"/x?t=live"}"#, .none),
            .json("no placeholder", #"{"a":"{{ x }}"}"#, #"{"a":"{{ y }}"}"#, .value, #".a: "{{ x }}" → "{{ y }}""#),
            .json("removed", #"{"a":"REDACTED"}"#, "{}", .breaking, #".a: "REDACTED" → (absent)"#),
            .head(
                "field",
                .init(fields: [.setCookie: "REDACTED"], body: ""),
                .init(fields: [.setCookie: "live"], body: ""),
                .none
            ),
            .head(
                "text",
                .init(fields: [.contentType: "text/plain"], body: "token REDACTED"),
                .init(fields: [.contentType: "text/plain"], body: "token live"),
                .none
            ),
        ]
    )
    func redacted(drift: DriftCase) { check(drift) }

    @Test(
        "Status, media type and fields",
        arguments: [
            DriftCase.head("class", .init(), .init(status: 404), .breaking, "status: 200 → 404"),
            .head("within the class", .init(), .init(status: 203), .notable, "status: 200 → 203"),
            .head(
                "members of an error are not compared",
                .init(body: #"{"a":1}"#),
                .init(status: 500, body: #"{"error":"x"}"#),
                .breaking,
                "status: 200 → 500"
            ),
            .head(
                "media type",
                .init(),
                .init(fields: [.contentType: "text/html"], body: "<html>"),
                .breaking,
                "media type: application/json → text/html"
            ),
            .head("no media type", .init(), .init(fields: [:]), .breaking, "media type: application/json → (absent)"),
            .head("a media type", .init(fields: [:]), .init(), .notable, "media type: (absent) → application/json"),
            .head(
                "spelling of the media type",
                .init(fields: [.contentType: "application/json; charset=utf-8"]),
                .init(fields: [.contentType: "Application/JSON"]),
                .value,
                "field Content-Type: application/json; charset=utf-8 → Application/JSON"
            ),
            .head("field added", .init(), with("X-Total", "1"), .notable, "field X-Total: (absent) → 1"),
            .head("field removed", with("X-Total", "1"), .init(), .notable, "field X-Total: 1 → (absent)"),
            .head("field changed", with("X-Total", "1"), with("X-Total", "2"), .value, "field X-Total: 1 → 2"),
            .head("time and server", with("Date", "1"), with("Server", "2"), .none),
            .head("identifiers of requests", with("X-Request-Id", "1"), .init(), .none),
            .head(
                "text",
                .init(fields: [.contentType: "text/plain"], body: "a"),
                .init(fields: [.contentType: "text/plain"], body: "bc"),
                .value,
                "body: 1 byte → 2 bytes"
            ),
        ]
    )
    func heads(drift: DriftCase) { check(drift) }

    private static func with(_ name: String, _ value: String) -> DriftCase.Response {
        var response = DriftCase.Response()
        if let name = HTTPField.Name(name) { response.fields[name] = value }
        return response
    }

    @Test("A long value is shortened, and its difference stays visible")
    func long() throws {
        let start = String(repeating: "a", count: 1000)
        let (recorded, live) = (#"{"a":"\#(start)1"}"#, #"{"a":"\#(start)2"}"#)
        let changes = FixtureDrift.compare(stored(.init(body: recorded)), stored(.init(body: live)))
        #expect(changes.map(\.description) == [#".a: …aaaaaaaaaaaa1" → …aaaaaaaaaaaa2""#])
    }
}
