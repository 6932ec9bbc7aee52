import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// RFC 9110 §9.3.3.
@Suite("Responses to POST that answer GET")
struct StoredPostTests {
    private let url = SessionUnderTest.url
    private static let fresh = "max-age=60"

    private func session(
        _ control: String = fresh,
        settings change: (inout CacheSettings) -> Void = { _ in }
    ) -> SessionUnderTest {
        let fields: HTTPFields = [.cacheControl: control, .contentLocation: "/items"]
        return SessionUnderTest.counting(fields) { change(&$0) }
    }

    @Test("A response that says it is the content of the target is stored for GET")
    func storesPost() async throws {
        let test = session { $0 = .rfc9111() }
        _ = try await test.session.post(url, content: .form(["a": "1"]))
        let hit = try await test.session.get(url)
        #expect(hit.isFromCache && hit.text() == "1")
        _ = try await test.session.post("https://example.com/else", content: .form(["a": "1"]))
        #expect(!(try await test.session.get("https://example.com/else")).isFromCache)
    }

    @Test(
        "It is not stored if the content of the request holds a credential, or may hold one",
        arguments: [
            (.form(["q": "1"]), true), (.form(["q": "1", "access_token": "s"]), false),
            (.bytes(Data(#"{"q":{"r":1}}"#.utf8), contentType: "application/json"), true),
            (.bytes(Data(#"{"q":1,"api_key":"s"}"#.utf8), contentType: "application/json"), false),
            (.text("access_token=s"), false), (.bytes(Data("a=1".utf8)), false),
            (.bytes(Data("--b".utf8), contentType: "multipart/form-data; boundary=b"), false),
        ] as [(RequestContent, Bool)]
    )
    func keepsCredentialsApart(content: RequestContent, isStored: Bool) async throws {
        let test = session { $0 = .rfc9111() }
        _ = try await test.session.post(url, content: content)
        #expect(try await test.session.get(url).isFromCache == isStored)
    }

    @Test("It is not stored if the content of the request was a stream, which can't be searched")
    func storesNoStream() async throws {
        let test = session { $0 = .rfc9111() }
        let (chunks, continuation) = AsyncStream<Data>.makeStream()
        continuation.yield(Data("a=1".utf8))
        continuation.finish()
        var request = try HTTPRequest(url: url)
        request.method = .post
        request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        let response = try await test.session.stream(request, body: MessageBody(chunks))
        #expect(try await response.body.collect() == Data("1".utf8))
        #expect(!(try await test.session.get(url)).isFromCache)
    }

    @Test("It is not stored if the request or its caller forbids that", arguments: ["no-store", nil])
    func obeysRequest(control: String?) async throws {
        let test = session { $0 = .rfc9111() }
        var options = RequestOptions()
        if control == nil { options.expireAfter = .doNotCache }
        let fields: HTTPFields = control.map { [.cacheControl: $0] } ?? [:]
        let response = try await test.session.post(url, headers: fields, options: options)
        #expect(!response.isFromCache)
        #expect(!(try await test.session.get(url)).isFromCache)
    }

    @Test(
        "A shared cache stores it only if it says that it may be shared",
        arguments: [("max-age=60", false), ("max-age=60, public", true), ("s-maxage=60", true)]
    )
    func shares(control: String, isStored: Bool) async throws {
        let test = session(control) { $0 = .rfc9111(isShared: true) }
        _ = try await test.session.post(url, content: .form(["a": "1"]))
        #expect(try await test.session.get(url).isFromCache == isStored)
    }
}
