import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Credentials")
struct CredentialTests {
    private func request(_ path: String = "/", _ fields: HTTPFields = [:]) -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "https", authority: "a", path: path, headerFields: fields)
    }

    private func keys(_ requests: [HTTPRequest], _ settings: CacheSettings = CacheSettings()) throws -> Set<CacheKey> {
        Set(try requests.map { try CacheKey(of: $0, settings: settings) })
    }

    @Test("The default list equals the documented one")
    func defaultList() {
        #expect(
            CacheSettings().credentialParameters == [
                "Authorization", "Proxy-Authorization", "X-API-Key", "X-Auth-Token", "X-API-Token", "X-Access-Token",
                "X-Authorization", "X-Goog-Api-Key", "X-Amz-Security-Token", "Ocp-Apim-Subscription-Key",
                "Private-Token",
                "Session-Token", "Api-Key", "access_token", "api_key", "apikey",
            ]
        )
    }

    @Test("Different users have different keys by default", arguments: CacheSettings.defaultCredentialParameters)
    func separates(_ name: String) throws {
        let name = try #require(HTTPField.Name(name))
        let fields = [request(), request("/", [name: "a"]), request("/", [name: "b"])]
        #expect(try keys(fields).count == 3)
        let parameters = ["/", "/?\(name)=a", "/?\(name.rawName.uppercased())=b", "/?\(name)"].map { request($0) }
        #expect(try keys(parameters).count == 4)
        let forms = ["", "\(name)=a", "\(name)=b"].map { Data($0.utf8) }
        let json = ["{}", "{\"\(name)\":1}", "{\"\(name)\":{\"x\":1}}"].map { Data($0.utf8) }
        for (bodies, type) in [(forms, "application/x-www-form-urlencoded"), (json, "text/json")] {
            var request = request()
            request.method = .post
            request.headerFields[.contentType] = type
            #expect(try Set(bodies.map { try CacheKey(of: request, body: $0) }).count == 3)
        }
    }

    @Test("If credentials are ignored, all users share a key", arguments: CacheSettings.defaultCredentialParameters)
    func ignores(_ name: String) throws {
        let name = try #require(HTTPField.Name(name))
        let settings = CacheSettings(credentials: .ignored)
        let requests = [
            request(), request("/", [name: "a"]), request("/", [name: "b"]), request("/?\(name)=a"),
            request("/?\(name)"),
        ]
        #expect(try keys(requests, settings).count == 1)
    }

    private static let spellings = [
        "X_Api_Key", "x.api.key", "X_API-Key", "Api_Key", "Access-Token", "X_HTTP_Method_Override", "X.HTTP.Method",
        "x_method-override", "proxy_authorization", "X_Tenant",
    ]

    @Test("Field names that CGI programs can't tell apart mean the same", arguments: spellings)
    func ignoresSeparators(_ name: String) throws {
        let name = try #require(HTTPField.Name(name))
        let settings = CacheSettings(matchHeaders: ["X-Tenant"])
        let requests = [request(), request("/", [name: "GET"]), request("/", [name: "HEAD"])]
        #expect(try keys(requests, settings).count == 3)
        let record = try StoredResponse.Request(requests[1], redacting: RequestMatching())
        let isCredential = !["x-http", "x-method", "x-tenant"].contains { hyphenated(name).hasPrefix($0) }
        #expect(record.headerFields[name] == (isCredential ? "REDACTED" : "GET"))
        if isCredential { #expect(try keys(requests, CacheSettings(credentials: .ignored)).count == 1) }
    }

    private func hyphenated(_ name: HTTPField.Name) -> String {
        name.canonicalName.replacing("_", with: "-").replacing(".", with: "-")
    }

    @Test("A method that isn't allowed bypasses the cache, in any spelling of the field", arguments: spellings[5..<8])
    func heedsOverrides(_ name: String) async throws {
        let name = try #require(HTTPField.Name(name))
        let test = SessionUnderTest.counting()
        for _ in 1...2 { _ = try await test.session.get("https://a/", headers: [name: "DELETE"]) }
        #expect(test.transport.count == 2)
    }

    @Test("A field that is matched by name counts, even if it is a credential or ignored")
    func matchesByName() throws {
        let requests = [request(), request("/", [.authorization: "a"]), request("/", [.authorization: "b"])]
        let ignored = CacheSettings(ignoredParameters: ["authorization"])
        for settings in [CacheSettings(credentials: .ignored), ignored] {
            var settings = settings
            #expect(try keys(requests, settings).count == 1)
            settings.matchHeaders = ["Authorization"]
            #expect(try keys(requests, settings).count == 3)
            settings.matchHeaders = .all
            #expect(try keys(requests, settings).count == 1)
        }
    }

    @Test("No part of a key, and no record of a request, spells a secret out")
    func isNeverSpelledOut() throws {
        var request = request(
            "/?access_token=secret&a=1",
            [.authorization: "Bearer secret", HTTPField.Name("X-API-Key")!: "secret"]
        )
        request.method = .post
        let type = "multipart/form-data; boundary=b"
        let part = "--b\r\nContent-Disposition: form-data; name=api_key\r\n\r\nsecret\r\n--b--\r\n"
        let bodies = [
            ("api_key=secret", "application/x-www-form-urlencoded"), ("{\"apikey\": \"secret\"}", "application/json"),
            ("{\"apikey\":\"secret\"}\n\n{\"apikey\":\"secret\"}", "application/x-ndjson"), (part, type),
            ("\u{FEFF}{\"apikey\":[\"secret\"]}", "text/json; charset=utf-8"), ("secret", "text/plain"),
            ("{\"apikey\":\"secret\",\"v\":NaN}", "application/json"), ("secret", "application/xml"),
            ("--x\r\n\r\nsecret", type), ("{\"apikey\":\"secret\"} {}", "application/vnd.api+json"),
        ]
        for (body, type) in bodies {
            request.headerFields[.contentType] = type
            let normalized = try NormalizedRequest(request, body: Data(body.utf8))
            let record = try StoredResponse.Request(request, body: Data(body.utf8), redacting: RequestMatching())
            if type != "text/plain", type != "application/xml", !RequestMatching.isWithheld(record.body) {
                #expect(!normalized.description.contains("secret"), "\(type)")
            }
            #expect(!"\(record)".contains("secret") && !record.body.contains("secret".utf8), "\(type)")
            #expect(record.url == "https://a/?a=1&access_token=REDACTED")
            #expect(record.headerFields[.authorization] == "REDACTED")
        }
    }

    @Test("Content that can't be searched for secrets is stored as its length and digest, unless nothing is secret")
    func failsClosed() throws {
        var coded = request()
        coded.headerFields = [.contentType: "application/json", .contentEncoding: "gzip"]
        let body = Data("{}".utf8)
        let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        let record = try StoredResponse.Request(coded, body: body, redacting: RequestMatching())
        #expect(record.body == Data("REDACTED: 2 bytes, SHA-256 \(digest)".utf8))
        let open = RequestMatching(CacheSettings(credentialParameters: []))
        #expect(try StoredResponse.Request(coded, body: body, redacting: open).body == body)
    }

    @Test(
        "A part that is JSON, a file, or coded is not stored, because it may hold secrets",
        arguments: ["Content-Type: application/json", "content-type: image/png", "Content-Transfer-Encoding: base64"]
    )
    func failsClosedForParts(field: String) throws {
        var request = request()
        request.headerFields[.contentType] = "multipart/form-data; boundary=b"
        func record(_ field: String) throws -> Data {
            let part =
                "--b\r\nContent-Disposition: form-data; name=a\r\n\(field)\r\n\r\n{\"api_key\":\"secret\"}\r\n--b--\r\n"
            return try StoredResponse.Request(request, body: Data(part.utf8), redacting: RequestMatching()).body
        }
        #expect(try RequestMatching.isWithheld(record(field)))
        #expect(try !RequestMatching.isWithheld(record("Content-Type: text/plain; charset=utf-8")))
    }

    /// Content in which a secret can't be found for certain.
    static let unsearchable: [(type: String, body: String)] = [
        ("application/x-www-form-urlencoded", #"{"access_token":"secret"}"#),
        ("application/x-www-form-urlencoded", "<access_token>secret</access_token>"),
        ("application/x-www-form-urlencoded", "a=1;access_token=secret"),
        ("application/x-www-form-urlencoded", #"payload={"access_token":"secret"}"#),
        ("application/x-www-form-urlencoded", "a=1\naccess_token=secret"),
        ("application/x-www-form-urlencoded", "a\u{0}=\u{0}s\u{0}e\u{0}"),
        ("application/x-www-form-urlencoded; charset=utf-16le", "a=1"),
        ("application/x-www-form-urlencoded; charset=\"IBM037\"", "a=secret"),
        ("multipart/form-data; boundary=B", "access_token=secret\r\n--B\r\n\r\nx\r\n--B--\r\n"),
        ("multipart/form-data; boundary=B", "--B\r\n\r\nx\r\n--B--\r\naccess_token=secret"),
        ("multipart/form-data; boundary=B", "--B\r\n\r\nx\r\n--B-- access_token=secret"),
        ("multipart/form-data; boundary=B", "--B\r\nX-API-Key: secret\r\n\r\nx\r\n--B--"),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data;\r\n name=api_key; x=\":\"\r\n\r\nsecret\r\n--B--"
        ),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name*=utf-8''api%5Fkey\r\n\r\nsecret\r\n--B--"
        ),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=a\r\n"
                + "Content-Disposition: form-data; name=api_key\r\n\r\nsecret\r\n--B--"
        ),
    ]

    @Test("A form or a multipart body that others may read in another way is not stored", arguments: unsearchable)
    func failsClosedForOddForms(type: String, body: String) throws {
        var request = request()
        request.headerFields[.contentType] = type
        let record = try StoredResponse.Request(request, body: Data(body.utf8), redacting: RequestMatching())
        #expect(RequestMatching.isWithheld(record.body), "\(String(decoding: record.body, as: UTF8.self))")
    }

    @Test(
        "A form that a browser or FSCache writes is stored",
        arguments: ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"]
    )
    func storesForms(type: String) throws {
        var request = request()
        request.headerFields[.contentType] = type
        let form = RequestContent.form(["q": "a ~*-._b;/ü{", "access_token": "secret"]).bytes
        let record = try StoredResponse.Request(request, body: form, redacting: RequestMatching()).body
        #expect(record == Data("q=a+~%2A-._b%3B%2F%C3%BC%7B&access_token=REDACTED".utf8))
    }

    /// Secrets inside of other values.
    static let nested: [(type: String?, text: String)] = [
        ("application/json", #"{"auth":{"access_token":"secret"},"variables":{"API_KEY":"secret"}}"#),
        ("application/json", #"[{"a":{"access\u005ftoken":["secret"]}}]"#),
        ("application/json", #"{"a.api_key":"secret","a[apikey]":"secret","apikey.b":"secret"}"#),
        ("application/x-ndjson", "{\"a\":[{\"api_key\":\"secret\"}]}\n"),
        ("application/x-www-form-urlencoded", "auth%5Baccess_token%5D=secret&a%5Bb%5D%5Bapi%5Fkey%5D=secret"),
        ("application/x-www-form-urlencoded", "access_token%5B%5D=secret&api_key%5B0%5D%5Ba%5D=secret&a.apikey=secret"),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=\"a[api_key]\"\r\n\r\nsecret\r\n--B--"
        ),
        (nil, "user[access_token]=secret&a%5BB%5D%5BAPI_key%5D=secret&apikey[]=secret&a.api_key=secret"),
    ]

    @Test("A credential is found at any depth, and its digest enters the key", arguments: nested)
    func findsNestedCredentials(type: String?, text: String) throws {
        func make(_ secret: String) -> (request: HTTPRequest, body: Data) {
            let text = text.replacing("secret", with: secret)
            var made = self.request(type == nil ? "/?\(text)" : "/")
            made.headerFields[.contentType] = type
            return (made, Data((type == nil ? "" : text).utf8))
        }
        let (request, body) = make("secret")
        let record = try StoredResponse.Request(request, body: body, redacting: RequestMatching())
        #expect(!"\(record)".contains("secret") && !record.body.contains("secret".utf8))
        #expect(!RequestMatching.isWithheld(record.body))
        let normalized = try NormalizedRequest(request, body: body)
        #expect(!normalized.description.contains("secret"))
        let other = make("other")
        #expect(try CacheKey(of: other.request, body: other.body) != normalized.key)
        let ignoring = CacheSettings(credentials: .ignored)
        #expect(
            try CacheKey(of: other.request, body: other.body, settings: ignoring)
                == CacheKey(of: request, body: body, settings: ignoring)
        )
    }

    @Test(
        "Names that only contain the name of a credential are not credentials",
        arguments: ["/?my_api_key=1", "/?api_keys=1", "/?a[api_key2]=1", "/?a=api_key", "/?a=b[api_key]"]
    )
    func keepsOtherNames(path: String) throws {
        #expect(try !StoredResponse.Request(request(path), redacting: RequestMatching()).url.contains("REDACTED"))
    }

    @Test("Each of many names is found in any case, and no other", arguments: [0, 1, 2, 3, 1000])
    func findsNames(count: Int) {
        let names = ParameterNames((0..<count).map { "Name\($0)" } + (count > 0 ? ["x", "xy", "XYZ", ""] : []))
        func contains(_ name: String) -> Bool { names.contains(Array(name.utf8).span) }
        for index in 0..<count { #expect(contains("nAME\(index)")) }
        for name in ["x", "XY", "xyz"] { #expect(contains(name) == (count > 0)) }
        for name in ["", "name", "name-1", "names0", "name\(count)", "w", "xx", "xyzz", "é"] {
            #expect(!contains(name))
        }
        #expect(names.isEmpty == (count == 0))
    }

    @Test("An ignored parameter is found by its whole path only")
    func keepsIgnoredPaths() throws {
        let matching = RequestMatching(CacheSettings(ignoredParameters: ["session"]))
        var request = self.request("/?a[session]=1")
        request.headerFields[.contentType] = "application/json"
        let body = Data(#"{"a":{"session":1}}"#.utf8)
        let record = try StoredResponse.Request(request, body: body, redacting: matching)
        #expect(record.url == "https://a/?a%5Bsession%5D=1" && record.body == body)
    }

    @Test(
        "A stored Referer with a secret in its URL is redacted",
        arguments: ["https://b/?access_token=secret", "https://user:secret@b/", "https://b/?a[api_key]=secret"]
    )
    func redactsReferer(value: String) async throws {
        let test = SessionUnderTest.counting([.vary: "Referer"])
        _ = try await test.session.get("https://a/", headers: [.referer: value])
        var count = 0
        for try await entry in test.session.cache.entries() {
            let response = try #require(entry.response)
            #expect(response.request.headerFields[.referer] == "REDACTED")
            count += 1
        }
        #expect(count == 1)
        // It can't be compared, so another page's response is never served.
        #expect(try await test.session.get("https://a/", headers: [.referer: "REDACTED"]).text() == "2")
        _ = try await test.session.get("https://a/", headers: [.referer: "https://b/?a=1"])
        #expect(try await test.session.get("https://a/", headers: [.referer: "https://b/?a=1"]).isFromCache)
    }

    @Test("That content is not stored is told once in the log")
    func tellsOnce() async throws {
        let test = SessionUnderTest.counting { $0.allowableMethods = [.post] }
        for text in ["a", "b"] { _ = try await test.session.post("https://a/", content: .text(text)) }
        #expect(test.log.text.components(separatedBy: "can't be searched for credentials").count == 2)
    }

    @Test("A response that varies by a credential is found again, and only by its user")
    func variesByCredential() async throws {
        let test = SessionUnderTest.counting([.vary: "Authorization", .cacheControl: "private, max-age=60"])
        for (user, count) in [("a", 1), ("b", 2), ("a", 1), (nil, 3), ("b", 2), (nil, 3)] {
            let fields: HTTPFields = user.map { [.authorization: $0] } ?? [:]
            #expect(try await test.session.get("https://a/", headers: fields).text() == "\(count)")
        }
    }

    @Test("A field that overrides the method, and a Host that differs from the URL's, are part of the key")
    func overridesAreKeyed() throws {
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            let name = try #require(HTTPField.Name(name))
            #expect(try keys([request(), request("/", [name: "HEAD"]), request("/", [name: "GET"])]).count == 3)
        }
        let host = try #require(HTTPField.Name("Host"))
        #expect(try keys([request(), request("/", [host: "b"]), request("/", [host: "c"])]).count == 3)
        #expect(try keys([request(), request("/", [host: "a"])]).count == 1)
    }

    @Test("The keys of all responses for a URL begin with the same digits, whoever asked")
    func shareDigits() throws {
        let requests = [
            request(), request("/", [.authorization: "a"]), request("/", [.accept: "b"]),
            request("/", [.authorization: "a", .accept: "b"]),
        ]
        let keys = try keys(requests, CacheSettings(matchHeaders: ["Accept"]))
        #expect(keys.count == 4 && Set(keys.map { $0.description.prefix(8) }).count == 1)
    }

    @Test("After a successful unsafe request, nobody gets the old response")
    func invalidatesForAll() async throws {
        let test = SessionUnderTest.counting()
        func count(_ user: String?) async throws -> String {
            try await test.session.get("https://a/", headers: user.map { [.authorization: $0] } ?? [:]).text()
        }
        for (user, expected) in [("a", "1"), ("b", "2"), (nil, "3"), ("a", "1")] {
            #expect(try await count(user) == expected)
        }
        _ = try await test.session.put("https://a/", headers: [.authorization: "a"])
        for (user, expected) in [("a", "5"), ("b", "6"), (nil, "7")] { #expect(try await count(user) == expected) }
    }

    @Test("An invalidation reads no entry, however many there are")
    func invalidatesWithoutReading() async throws {
        let scratch = try ScratchDirectory()
        let backend = AgedBackend(try FilesystemBackend(root: .path(scratch("cache"))))
        let transport = ScriptedTransport { TransportResponse(200, [.vary: "Accept"], body: "\($0.ordinal)") }
        let session = CachedSession(cache: ResponseCache(backend: backend), transport: transport)
        for user in ["a", "b"] {
            for accept in ["text/html", "text/plain"] {
                _ = try await session.get("https://a/", headers: [.authorization: user, .accept: accept])
            }
        }
        _ = try await session.get("https://a/other")
        try await #expect(session.cache.count() == 5)
        let reads = backend.readCount
        _ = try await session.delete("https://a/")
        #expect(backend.readCount == reads)
        try await #expect(session.cache.urls() == ["https://a/other"])
    }
}
