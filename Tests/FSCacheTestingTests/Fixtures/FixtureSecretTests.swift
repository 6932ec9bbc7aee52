import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("Secrets in fixtures")
struct FixtureSecretTests {
    private static let origin = "https://api.example.com"

    /// A client that logs in, follows a redirect, and then reads page after page with the token.
    private func run(_ session: CachedSession, password: String) async throws -> [String] {
        struct Login: Decodable { var token: String }
        struct Page: Decodable { var items: [String]; var next: String? }
        let login: Login = try await session.post(
            "\(Self.origin)/login?user=me",
            content: .json(["password": password])
        ).json()
        var items: [String] = []
        var next: String? = "\(Self.origin)/start?key=\(login.token)"
        while let url = next {
            let page: Page = try await session.get(url, headers: [.authorization: "Bearer \(login.token)"]).json()
            items += page.items
            next = page.next
        }
        return items
    }

    /// An API that gives its pages only to holders of the token.
    private func api(token: String, password: String) -> ScriptedTransport {
        ScriptedTransport { exchange in
            let json: HTTPFields = [.contentType: "application/json"]
            let path = exchange.request.path ?? ""
            let encoded = token.replacing("+", with: "%2B")
            func next(_ page: Int) -> String { "\(Self.origin)/pages?key=\(encoded)&page=\(page)" }
            switch path {
            case "/login?user=me":
                guard String(decoding: exchange.body, as: UTF8.self).contains(password) else {
                    return TransportResponse(401)
                }
                return TransportResponse(200, json, body: #"{"token": "\#(token)"}"#)
            case "/start?key=\(encoded)", "/start?key=\(token)":
                return TransportResponse(302, [.location: next(1)])
            case "/pages?key=\(encoded)&page=1":
                return TransportResponse(200, json, body: #"{"items": ["a"], "next": "\#(next(2))"}"#)
            case "/pages?key=\(encoded)&page=2":
                return TransportResponse(200, json, body: #"{"items": ["b"]}"#)
            default: return TransportResponse(403)
            }
        }
    }

    @Test(
        "A flow that logs in, follows a redirect and reads page after page replays without its secrets",
        arguments: ["t0ken-t0ken", "t0ken+with/signs=="]
    )
    func replaysFlows(token: String) async throws {
        let password = "pa55-word"
        let values = Mutex<[String: String]>(["TOKEN": token, "PASSWORD": password])
        func placeholder(_ name: String, _ standIn: String) -> FixturePlaceholder {
            FixturePlaceholder(name, standIn: standIn) { [values = Values(values.withLock { $0 })] in values.get(name) }
        }
        var fixture = try FixtureUnderTest()
        fixture.settings.placeholders = [placeholder("TOKEN", "stand-in"), placeholder("PASSWORD", "some-word")]
        try await #expect(
            fixture.record(from: api(token: token, password: password)) { try await run($0, password: password) }
                == ["a", "b"]
        )
        let contents = try fixture.contents()
        #expect(contents.count == 4)
        for (path, text) in contents {
            for secret in [token, token.replacing("+", with: "%2B"), password, "t0ken"] {
                #expect(!text.contains(secret), "\(path): \(text)")
            }
        }
        #expect(contents.values.contains { $0.contains("{{TOKEN}}") })
        values.withLock { $0 = [:] }
        fixture.settings.placeholders = [placeholder("TOKEN", "stand-in"), placeholder("PASSWORD", "some-word")]
        try await #expect(fixture.replay { try await run($0, password: "some-word") } == ["a", "b"])
    }

    private struct Values: Sendable {
        let values: [String: String]
        init(_ values: [String: String]) { self.values = values }
        func get(_ name: String) -> String? { values[name] }
    }

    @Test("Recording without the value of a placeholder is an error, before anything is sent", arguments: [nil, ""])
    func needsValues(value: String?) async throws {
        var fixture = try FixtureUnderTest()
        fixture.settings.placeholders = [.init("TOKEN", standIn: "x") { value }]
        #expect(throws: FSCacheError.self) { try fixture.transport(.once) }
        #expect(throws: Never.self) { try fixture.transport(.replay) }
        for placeholder in [FixturePlaceholder("a b", fixed: "x"), FixturePlaceholder("A", standIn: "") { "x" }] {
            fixture.settings.placeholders = [placeholder]
            #expect(throws: FSCacheError.self) { try fixture.transport(.replay) }
        }
    }

    @Test("Names, patterns and a function are redacted in requests and responses, and the flow replays")
    func redacts() async throws {
        var fixture = try FixtureUnderTest()
        fixture.settings.ignoredParameters = ["user.email", "X-Internal", "session"]
        fixture.settings.redactedPatterns = [FixturePattern(/card-\d+/)]
        fixture.settings.redactor = { $0.headerFields[.server] = nil }
        let fields: HTTPFields = [
            .contentType: "application/json", .server: "secret-host", .init("X-Internal")!: "hidden",
            .setCookie: "id=hidden", .location: "/next?session=hidden&page=1",
        ]
        let body =
            #"{"user": {"email": "hidden@example.com", "name": "n"}, "access_token": "hidden", "pay": "card-1234"}"#
        let origin = ScriptedTransport { _ in TransportResponse(200, fields, body: body) }
        func send(_ session: CachedSession, _ card: String, _ hidden: String) async throws -> CachedResponse {
            try await session.post(
                "\(Self.origin)/pay?session=\(hidden)&card=\(card)",
                content: .json(["user": ["email": "\(hidden)@example.com"], "pay": ["with": card]]),
                headers: [.cookie: "id=\(hidden)"]
            )
        }
        let live = try await fixture.record(from: origin) { try await send($0, "card-99", "hidden") }
        #expect(live.text() == body, "the recording session gets the response as it came")
        let text = try #require(fixture.contents().values.first)
        for secret in ["hidden", "card-", "secret-host"] { #expect(!text.contains(secret), "\(text)") }
        let replayed = try await fixture.replay { try await send($0, "card-7", "other") }
        #expect(replayed.text().contains(#""name": "n""#) && replayed.text().contains(#""email": "REDACTED""#))
        #expect(replayed.headerFields[.location] == "\(Self.origin)/next?page=1&session=REDACTED")
    }

    @Test("Passwords and the tokens of OAuth are redacted by default")
    func redactsLogins() async throws {
        let fixture = try FixtureUnderTest()
        let body = #"{"access_token": "s3cret", "refresh_token": "s3cret", "user": {"password": "s3cret"}}"#
        let origin = ScriptedTransport { _ in TransportResponse(200, [.contentType: "application/json"], body: body) }
        func logIn(_ session: CachedSession, _ password: String) async throws -> CachedResponse {
            try await session.post("\(Self.origin)/login", content: .json(["password": password]))
        }
        try await fixture.record(from: origin) { try await logIn($0, "s3cret") }
        try #expect(fixture.contents().values.allSatisfy { !$0.contains("s3cret") })
        try await #expect(fixture.replay { try await logIn($0, "other").status } == .ok)
    }

    @Test("A response that says it is JSON and can't be searched for secrets is not recorded")
    func failsClosed() async throws {
        let fixture = try FixtureUnderTest()
        let origin = ScriptedTransport { _ in
            TransportResponse(200, [.contentType: "application/json"], body: #"{"access_token": "s3cret", "v": NaN}"#)
        }
        await #expect(throws: FSCacheError.self) {
            try await fixture.record(from: origin) { try await $0.get("\(Self.origin)/broken") }
        }
        try #expect(fixture.files().isEmpty)
    }
}
