import FSCache
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCacheFixtures

@Suite("Asking origins for what is recorded")
struct FixtureDriftCheckTests {
    private static let secret = "secret-of-this-machine"

    private func recorded(
        _ url: String = "https://shop.test/items",
        method: HTTPRequest.Method = .get,
        requestFields: HTTPFields = [:],
        requestBody: String = "",
        fields: HTTPFields = [.contentType: "application/json"],
        body: String = "{}",
        repetition: Int? = nil
    ) -> FixtureDirectory.Recorded {
        let request = StoredResponse.Request(
            method: method,
            url: url,
            headerFields: requestFields,
            body: Data(requestBody.utf8)
        )
        let response = StoredResponse(
            request: request,
            status: .ok,
            headerFields: fields,
            body: Data(body.utf8),
            requestedAt: .distantPast,
            receivedAt: .distantPast,
            createdAt: .distantPast,
            expires: nil
        )
        var facts = FixtureFacts()
        facts.repetition = repetition
        let entry = FixtureEntry(key: CacheKey(hashing: Data(url.utf8)), response: response, facts: facts)
        return FixtureDirectory.Recorded(path: url, entry: entry)
    }

    private func answering(_ body: String, _ type: String = "application/json") -> ScriptedTransport {
        ScriptedTransport { _ in TransportResponse(200, [.contentType: type], body: body) }
    }

    private func options(_ change: (inout FixtureDriftCheck.Options) -> Void) -> FixtureDriftCheck.Options {
        var options = FixtureDriftCheck.Options()
        change(&options)
        return options
    }

    private func outcome(
        _ recorded: FixtureDirectory.Recorded,
        _ options: FixtureDriftCheck.Options,
        _ transport: ScriptedTransport
    ) async throws -> FixtureDriftCheck.Outcome {
        try await FixtureDriftCheck(of: [recorded], options: options, transport: transport).outcome(of: recorded.entry)
    }

    @Test("Requests that can't or shouldn't be sent are skipped, with the reason")
    func skipped() async throws {
        let cases = [
            (recorded(repetition: 2), "the response to repetition 2 of a request"),
            (recorded(method: .delete), "DELETE may change something"),
            (recorded("https://shop.test/?token=REDACTED"), "the URL has a redacted value"),
            (recorded("https://shop.test/{{NAME}}"), "the environment variable NAME is not set"),
            (
                recorded(requestFields: [.authorization: "REDACTED"]),
                "the field Authorization is redacted; pass it with --header"
            ),
        ]
        for (recorded, reason) in cases {
            let transport = answering("{}")
            #expect(try await outcome(recorded, .init(), transport) == .skipped(reason))
            #expect(transport.count == 0)
        }
    }

    @Test("Other methods are sent only if that is allowed, with their content")
    func allMethods() async throws {
        let post = recorded(
            method: .post,
            requestFields: [.contentType: "application/json"],
            requestBody: #"{"q":"{{NAME}}"}"#
        )
        let transport = answering("{}")
        let options = options {
            $0.sendsAllMethods = true
            $0.environment = ["NAME": #"a "b""#]
        }
        #expect(try await outcome(post, options, transport) == .compared([]))
        #expect(transport.exchanges.map(\.request.method) == [.post])
        #expect(transport.exchanges.map { String(decoding: $0.body, as: UTF8.self) } == [#"{"q":"a \"b\""}"#])
    }

    @Test("A placeholder's value is sent, and hidden in the response")
    func placeholder() async throws {
        let exchange = recorded("https://shop.test/u/{{API_TOKEN}}?q=1", body: #"{"self":"/u/{{API_TOKEN}}"}"#)
        let transport = answering(#"{"self":"/u/a%2Fsecret","new":"a/secret"}"#)
        let options = options { $0.environment = ["API_TOKEN": "a/secret"] }
        let changes = [FixtureDrift.Change(.notable, .member, named: ".new", nil, #""{{API_TOKEN}}""#)]
        #expect(try await outcome(exchange, options, transport) == .compared(changes))
        #expect(transport.exchanges.map(\.request.path) == ["/u/a%2Fsecret?q=1"])
    }

    @Test("Given header fields replace recorded ones, and are hidden when the origin returns them")
    func headerFields() async throws {
        let exchange = recorded(requestFields: [.authorization: "REDACTED", .accept: "text/csv"])
        let transport = answering(#"{"echo":"\#(Self.secret)"}"#)
        let options = options { $0.headerFields = [.authorization: "Bearer \(Self.secret)"] }
        let changes = [FixtureDrift.Change(.notable, .member, named: ".echo", nil, #""REDACTED""#)]
        #expect(try await outcome(exchange, options, transport) == .compared(changes))
        let fields = try #require(transport.exchanges.first?.request.headerFields)
        #expect(fields == [.accept: "text/csv", .authorization: "Bearer \(Self.secret)"])
    }

    @Test("Members that a test has redacted are redacted in new places too")
    func redactedNames() async throws {
        let exchange = recorded(body: #"[{"pin":"REDACTED"}]"#)
        let transport = answering(#"[{"pin":"\#(Self.secret)"},{"deep":{"pin":"\#(Self.secret)"}}]"#)
        let outcome = try await outcome(exchange, .init(), transport)
        #expect(outcome == .compared([FixtureDrift.Change(.value, .member, named: "[1]", nil, "{…}")]))
    }

    @Test("An origin stands for a recorded one, in the request and in the response")
    func origin() async throws {
        let exchange = recorded("http://shop.test/a", body: #"{"next":"http://shop.test/b"}"#)
        let transport = answering(#"{"next":"http://127.0.0.1:8080/b"}"#)
        let options = options { $0.origins = ["http://shop.test": "http://127.0.0.1:8080"] }
        #expect(try await outcome(exchange, options, transport) == .compared([]))
        #expect(transport.exchanges.map(\.request.authority) == ["127.0.0.1:8080"])
    }

    @Test("Content that says it is JSON and isn't is a breaking change")
    func invalidJSON() async throws {
        let changes = [FixtureDrift.Change(.breaking, .body, "JSON", "not JSON")]
        #expect(try await outcome(recorded(), .init(), answering("<html>")) == .compared(changes))
    }

    @Test("The end of a stream is not waited for", .timeLimit(.minutes(1)))
    func stream() async throws {
        let type = "text/event-stream"
        let exchange = recorded(fields: [.contentType: type], body: "data: 1\n\n")
        let (endless, continuation) = AsyncStream.makeStream(of: Data.self)
        defer { continuation.finish() }
        continuation.yield(Data("data: 2\n\n".utf8))
        let transport = ScriptedTransport { _ in
            let head = HTTPResponse(status: .ok, headerFields: [.contentType: type])
            return TransportResponse(head: head, body: MessageBody(endless))
        }
        #expect(try await outcome(exchange, .init(), transport) == .compared([]))
    }

    @Test("A response that doesn't arrive in time is a failure", .timeLimit(.minutes(1)))
    func timeout() async throws {
        let transport = ScriptedTransport { _ in
            await Gate().opened()
            throw CancellationError()
        }
        let options = options { $0.timeout = .milliseconds(1) }
        let expected = "There was no complete response within 0.001 seconds."
        #expect(try await outcome(recorded(), options, transport) == .failed(expected))
    }

    @Test("The message of a failure has no secret")
    func failure() async throws {
        let transport = ScriptedTransport { _ in throw ToldError(text: "no route for \(Self.secret)") }
        let options = options { $0.headerFields = [.authorization: Self.secret] }
        #expect(try await outcome(recorded(), options, transport) == .failed("no route for REDACTED"))
    }

    @Test("At most four requests are open at a time, and outcomes come in order", .timeLimit(.minutes(1)))
    func concurrency() async throws {
        let all = (0..<12).map { recorded("https://shop.test/\($0)") }
        let open = Mutex((now: 0, most: 0))
        let four = Gate()
        let transport = ScriptedTransport { exchange in
            let isFourth = open.withLock { open in
                open.now += 1
                open.most = max(open.most, open.now)
                return open.now == 4
            }
            if isFourth { four.open() }
            await four.opened()
            // A fifth request would begin in the meantime.
            for _ in 0..<1000 { await Task.yield() }
            open.withLock { $0.now -= 1 }
            return TransportResponse(200, [.contentType: "application/json"], body: "{}")
        }
        let check = try FixtureDriftCheck(of: all, options: .init(), transport: transport)
        var paths: [String] = []
        try await check.run(all) { recorded, outcome in
            #expect(outcome == .compared([]))
            paths.append(recorded.path)
        }
        #expect(paths == all.map(\.path))
        #expect(open.withLock { $0.most } == 4)
    }

    @Test("The origins that would get credentials are known before anything is sent")
    func origins() throws {
        let all = ["https://a.test/1", "https://a.test/2", "https://b.test/"].map { recorded($0) }
        func origins(_ fields: HTTPFields) throws -> Set<String> {
            let options = options { $0.headerFields = fields }
            return try FixtureDriftCheck(of: all, options: options, transport: answering("")).originsGivenCredentials(
                all
            )
        }
        #expect(try origins([.accept: "text/csv"]) == [])
        #expect(try origins([.authorization: "x"]) == ["https://a.test", "https://b.test"])
    }
}

private struct ToldError: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
