import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("Secrets that the origin makes")
struct CapturedSecretTests {
    private static let origin = "https://api.example.com"
    private static let token = "f00d+baa2/4242"

    /// An API whose login returns a token, which the other resources need.
    private static func api(login: TransportResponse) -> ScriptedTransport {
        ScriptedTransport { exchange in
            let path = exchange.request.path ?? ""
            if path == "/login" { return login }
            let isKnown =
                path.contains(token) || path.contains(token.replacing("+", with: "%2B").replacing("/", with: "%2F"))
            guard isKnown || exchange.request.headerFields[.authorization] == "Bearer \(token)" else {
                return TransportResponse(403)
            }
            return TransportResponse(200, [.contentType: "text/plain"], body: "\(token) may see \(path)")
        }
    }

    /// Logs in, and sends the token in a path, a query and a header field.
    private static func run(_ session: CachedSession, _ token: (CachedResponse) throws -> String) async throws {
        let token = try token(await session.get("\(origin)/login"))
        let escaped = token.replacing("+", with: "%2B").replacing("/", with: "%2F")
        for path in ["/users/\(escaped)/name", "/items?ticket=\(escaped)&page=1", "/items?ticket=\(escaped)&page=2"] {
            let response = try await session.get("\(origin)\(path)")
            #expect(response.status == .ok && response.text().hasPrefix(token), "\(path)")
        }
        let response = try await session.get("\(origin)/me", headers: [.authorization: "Bearer \(token)"])
        #expect(response.text().hasPrefix(token))
    }

    private static func member(_ name: String) -> (CachedResponse) throws -> String {
        { try ($0.json() as [String: String])[name] ?? "" }
    }

    private static func json(_ text: String) -> TransportResponse {
        TransportResponse(200, [.contentType: "application/json"], body: text)
    }

    private func expectNoSecret(_ fixture: FixtureUnderTest, count: Int, shown: String) throws {
        let contents = try fixture.contents()
        #expect(contents.count == count)
        for (path, text) in contents {
            for secret in [Self.token, "f00d", "baa2"] { #expect(!path.contains(secret) && !text.contains(secret)) }
        }
        #expect(contents.values.filter { $0.contains(shown) }.count == count)
    }

    @Test(
        "A captured value is hidden wherever it occurs, and the flow replays with the stand-in",
        arguments: ["member", "path", "field", "match"]
    )
    func captures(place: String) async throws {
        let json = Self.json(#"{"session": {"token": "\#(Self.token.replacing("/", with: "\\/"))"}, "user": "me"}"#)
        let nested: (CachedResponse) throws -> String = { response in
            struct Login: Decodable { var session: [String: String] }
            return try (response.json() as Login).session["token"] ?? ""
        }
        let fields: HTTPFields = [.init("X-Ticket")!: Self.token, .contentType: "text/plain"]
        let text = TransportResponse(200, [.contentType: "text/html"], body: "<a data-ticket='\(Self.token)'>go</a>")
        let (capture, login, token): (FixtureCapture, TransportResponse, (CachedResponse) throws -> String) =
            switch place {
            case "member": (.member("token"), json, nested)
            case "path": (.member("session.token"), json, nested)
            case "field":
                (
                    .field(.init("X-Ticket")!), TransportResponse(204, fields),
                    { $0.headerFields[.init("X-Ticket")!] ?? "" }
                )
            default:
                (.match(/data-ticket='([^']+)'/), text, { String($0.text().split(separator: "'")[1]) })
            }
        var fixture = try FixtureUnderTest()
        fixture.settings.placeholders = [.init("TOKEN", capturing: capture, standIn: "stand+in/for-it")]
        try await fixture.record(from: Self.api(login: login)) { try await Self.run($0, token) }
        try expectNoSecret(fixture, count: 5, shown: "TOKEN")
        fixture.settings.placeholders = [.init("TOKEN", capturing: capture, standIn: "stand+in/for-it")]
        try await fixture.replay { session in
            try await Self.run(session) { response in
                let token = try token(response)
                #expect(token == "stand+in/for-it")
                return token
            }
        }
    }

    @Test(
        "A value that its name redacts is hidden wherever it occurs later, and the flow replays",
        arguments: [
            ("application/json", #"{"access_token": "\#(token)"}"#),
            ("application/x-www-form-urlencoded", "access_token=f00d%2Bbaa2%2F4242&scope=all"),
        ]
    )
    func hidesRedactedValues(type: String, body: String) async throws {
        let fixture = try FixtureUnderTest()
        let login = TransportResponse(200, [.contentType: type], body: body)
        func token(_ response: CachedResponse) throws -> String {
            if type == "application/json" { return try Self.member("access_token")(response) }
            let value = response.text().split(separator: "&")[0].dropFirst("access_token=".count)
            return String(value).removingPercentEncoding ?? ""
        }
        try await fixture.record(from: Self.api(login: login)) { try await Self.run($0, token) }
        try expectNoSecret(fixture, count: 5, shown: "REDACTED")
        try await fixture.replay { try await Self.run($0, token) }
    }

    @Test("What a request calls a secret is hidden where the response repeats it")
    func hidesEchoes() async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { exchange in
            let fields: HTTPFields = [.contentType: "text/plain", .init("X-Echo")!: "\(exchange.request.headerFields)"]
            return TransportResponse(
                200,
                fields,
                body:
                    "\(exchange.request.path ?? "") \(exchange.request.headerFields) \(String(decoding: exchange.body, as: UTF8.self))"
            )
        }
        try await fixture.record(from: origin) { session in
            _ = try await session.get(
                "\(Self.origin)/echo?api_key=s3cret-query&a=1",
                headers: [.authorization: "Bearer s3cret-field"]
            )
            _ = try await session.post("\(Self.origin)/login", content: .json(["password": "s3cret-body"]))
        }
        for (path, text) in try fixture.contents() { #expect(!text.contains("s3cret"), "\(path): \(text)") }
    }

    @Test("A placeholder is put back even where a name would redact its value")
    func placeholdersBeforeNames() async throws {
        var fixture = try FixtureUnderTest()
        fixture.settings.placeholders = [.init("KEY", fixed: Self.token)]
        let fields: HTTPFields = [
            .contentType: "application/json", .init("X-API-Key")!: "Key \(Self.token)",
            .location: "\(Self.origin)/next?api_key=f00d%2Bbaa2%2F4242&page=2",
        ]
        let body = #"{"access_token": "\#(Self.token)", "refresh_token": "another-secret"}"#
        let origin = ScriptedTransport { _ in TransportResponse(200, fields, body: body) }
        try await fixture.record(from: origin) { _ = try await $0.get("\(Self.origin)/keys") }
        let text = try #require(fixture.contents().values.first)
        #expect(!text.contains("f00d") && !text.contains("another-secret"), "\(text)")
        let replayed = try await fixture.replay { try await $0.get("\(Self.origin)/keys") }
        try #expect(replayed.json() == ["access_token": Self.token, "refresh_token": "REDACTED"])
        #expect(replayed.headerFields[.init("X-API-Key")!] == "Key \(Self.token)")
        #expect(replayed.headerFields[.location] == "\(Self.origin)/next?api_key=f00d%2Bbaa2%2F4242&page=2")
    }

    @Test("A captured value that is too short to be told apart is not recorded", arguments: ["1", "abcde"])
    func refusesShortValues(value: String) async throws {
        var fixture = try FixtureUnderTest()
        fixture.settings.placeholders = [.init("ID", capturing: .member("id"), standIn: "some-id")]
        let origin = ScriptedTransport { _ in Self.json(#"{"id": "\#(value)"}"#) }
        let error = await #expect(throws: FSCacheError.self) {
            try await fixture.record(from: origin) { try await $0.get("\(Self.origin)/login") }
        }
        #expect(error?.message.contains("placeholder ID") == true)
        try #expect(fixture.files().isEmpty)
    }
}
