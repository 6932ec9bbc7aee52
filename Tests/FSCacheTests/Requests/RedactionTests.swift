import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Redaction")
struct RedactionTests {
    private let settings = CacheSettings(ignoredParameters: ["token", "auth.key"], matchHeaders: .all)

    private func request(_ path: String = "/", mediaType: String? = nil, _ fields: HTTPFields = [:]) -> HTTPRequest {
        var request = HTTPRequest(method: .post, scheme: "https", authority: "A:443", path: path, headerFields: fields)
        request.headerFields[.contentType] = mediaType
        return request
    }

    private func redactedBody(_ body: String, _ mediaType: String) throws -> String {
        let request = request(mediaType: mediaType)
        let stored = try StoredResponse.Request(request, body: Data(body.utf8), redacting: RequestMatching(settings))
        // The stored request has the key of the original.
        var again = request
        again.headerFields = stored.headerFields
        guard !RequestMatching.isWithheld(stored.body) else { return String(decoding: stored.body, as: UTF8.self) }
        #expect(
            try CacheKey(of: again, body: stored.body, settings: settings)
                == CacheKey(of: request, body: Data(body.utf8), settings: settings)
        )
        return String(decoding: stored.body, as: UTF8.self)
    }

    @Test(
        "Ignored parameters of the query are stored as REDACTED",
        arguments: [
            ("/b?z=1&token=secret&a=2", "https://a/b?a=2&token=REDACTED&z=1"), ("/?TOKEN", "https://a/?TOKEN=REDACTED"),
            ("/?tok%65n=secret&token=", "https://a/?token=REDACTED&token=REDACTED"), ("/b", "https://a/b"),
            ("/token=secret", "https://a/token=secret"), ("/?a=token", "https://a/?a=token"),
        ]
    )
    func urlsAreRedacted(_ path: String, _ url: String) throws {
        let stored = try StoredResponse.Request(request(path), redacting: RequestMatching(settings))
        #expect(stored.url == url)
        let again = HTTPRequest(method: .post, target: try TargetURL(stored.url))
        #expect(try CacheKey(of: again, settings: settings) == CacheKey(of: request(path), settings: settings))
    }

    @Test(
        "Ignored members are stored as REDACTED, and the rest of the body stays as it was sent",
        arguments: [
            (#"{ "a": 1,  "TOKEN" : {"x": [1, 2]} , "b":2.50 }"#, #"{ "a": 1,  "TOKEN" : "REDACTED" , "b":2.50 }"#),
            (
                #"{"auth": {"key": "secret", "token": 1}, "key": 2}"#,
                #"{"auth": {"key": "REDACTED", "token": 1}, "key": 2}"#
            ),
            (#"{"token":"a","token":"b"}"#, #"{"token":"REDACTED","token":"REDACTED"}"#),
            (#"[{"token":1},{"auth":[{"key":2}]}]"#, #"[{"token":"REDACTED"},{"auth":[{"key":"REDACTED"}]}]"#),
            (#"{"token": {"token": 1}}"#, #"{"token": "REDACTED"}"#), (#"{"a":1 , "b":2}"#, #"{"a":1 , "b":2}"#),
            (
                #"{"token": 1"#,
                "REDACTED: 11 bytes, SHA-256 cfdf8997b6f76a49c6fae0484e2c2c2714c922056efc001f2669b93f1b9a3fab"
            ),
        ]
    )
    func jsonIsRedacted(_ body: String, _ expected: String) throws {
        #expect(try redactedBody(body, "application/json") == expected)
    }

    @Test("Ignored members inside the content root are redacted, others are not")
    func contentRootIsRedacted() throws {
        var settings = settings
        settings.contentRootKey = "data"
        let body = Data(#"{"token":1,"data":{"token":2,"auth":{"key":3}}}"#.utf8)
        let stored = try StoredResponse.Request(
            request(mediaType: "application/json"),
            body: body,
            redacting: RequestMatching(settings)
        )
        let expected = #"{"token":1,"data":{"token":"REDACTED","auth":{"key":"REDACTED"}}}"#
        #expect(String(decoding: stored.body, as: UTF8.self) == expected)
    }

    @Test("JSON over 10 MiB is redacted too")
    func longJSONIsRedacted() throws {
        let padding = String(repeating: " ", count: 10 * 1024 * 1024)
        let stored = try StoredResponse.Request(
            request(mediaType: "application/json"),
            body: Data("{\"token\":\(padding)\"secret\"}".utf8),
            redacting: RequestMatching(settings)
        )
        #expect(stored.body == Data("{\"token\":\(padding)\"REDACTED\"}".utf8))
    }

    @Test("Ignored parameters of forms and parts of multipart bodies are stored as REDACTED")
    func formsAreRedacted() throws {
        let form = "application/x-www-form-urlencoded"
        #expect(
            try redactedBody("b=1&TOKEN=secret&&a&tok%65n=x=y&token", form)
                == "b=1&TOKEN=REDACTED&&a&tok%65n=REDACTED&token"
        )
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nsecret\r\n--b\r\nA: b\r\n\r\nc\r\n--b--\r\n"
        let expected = body.replacing("secret", with: "REDACTED")
        #expect(try redactedBody(body, "multipart/form-data; boundary=b") == expected)
        #expect(try redactedBody("token=secret", "text/plain").hasPrefix("REDACTED: 12 bytes, SHA-256 "))
    }

    @Test("Ignored header fields are each stored as REDACTED, in place")
    func fieldsAreRedacted() throws {
        let sent: HTTPFields = [.accept: "a", .authorization: "Basic x", .cookie: "b=1"]
        var stored = try StoredResponse.Request(request("/", sent), redacting: RequestMatching())
        #expect(stored.headerFields == [.accept: "a", .authorization: "REDACTED", .cookie: "b=1"])
        stored = try StoredResponse.Request(
            request("/", sent),
            redacting: RequestMatching(CacheSettings(credentialParameters: []))
        )
        #expect(stored.headerFields == sent)
    }

    @Test("Cookie and Set-Cookie values are redacted with one setting")
    func cookiesAreRedacted() throws {
        let redacting = CacheSettings(matchHeaders: ["Cookie"], redactsCookies: true)
        let keeping = CacheSettings(matchHeaders: ["Cookie"])
        let sent = request("/", [.cookie: "a=1; b=2"])
        let other = request("/", [.cookie: "a=2"])
        #expect(try CacheKey(of: sent, settings: redacting) != CacheKey(of: other, settings: redacting))
        let (redactor, keeper) = (RequestMatching(redacting), RequestMatching(keeping))
        let fields = redactor.redacted(sent.headerFields)
        #expect(Set(fields[values: .cookie]) == ["REDACTED"])
        #expect(try StoredResponse.Request(sent, redacting: redactor).headerFields == fields)
        #expect(try StoredResponse.Request(sent, redacting: keeper).headerFields[.cookie] == "a=1; b=2")

        let came: HTTPFields = [.setCookie: "a=1; Path=/", .setCookie: "b=2", .eTag: "x", .server: "y"]
        let stored: HTTPFields = [.setCookie: "REDACTED", .setCookie: "REDACTED", .eTag: "x", .server: "y"]
        #expect(redactor.redacted(responseFields: came) == stored)
        #expect(keeper.redacted(responseFields: came) == came)
    }

    @Test("The older fields for cookies are redacted, too", arguments: [true, false])
    func olderCookiesAreRedacted(isRedacted: Bool) throws {
        let cookie = try #require(HTTPField.Name("Cookie2"))
        let setCookie = try #require(HTTPField.Name("Set-Cookie2"))
        let redactor = RequestMatching(CacheSettings(redactsCookies: isRedacted))
        let expected = isRedacted ? "REDACTED" : "a=1"
        #expect(redactor.redacted([cookie: "a=1"])[cookie] == expected)
        #expect(redactor.redacted(responseFields: [setCookie: "a=1"])[setCookie] == expected)
    }

    @Test("Ignored parameters and credentials are redacted in the fields of responses, too")
    func responseFieldsAreRedacted() throws {
        let token = try #require(HTTPField.Name("X-Auth-Token"))
        let own = try #require(HTTPField.Name("Token"))
        let fields = RequestMatching(settings).redacted(responseFields: [token: "a", own: "b", .eTag: "c"])
        #expect(fields == [token: "REDACTED", own: "REDACTED", .eTag: "c"])
    }

    @Test("The whole of a request is kept: method, normalized URL, fields and body")
    func theRestIsKept() throws {
        let body = Data([0, 1, 255])
        let stored = try StoredResponse.Request(
            request("/b/../c?b&a", [.accept: "x"]),
            body: body,
            redacting: RequestMatching(CacheSettings(credentialParameters: []))
        )
        #expect(
            stored
                == StoredResponse.Request(
                    method: .post,
                    url: "https://a/c?a&b",
                    headerFields: [.accept: "x"],
                    body: body
                )
        )
    }
}
