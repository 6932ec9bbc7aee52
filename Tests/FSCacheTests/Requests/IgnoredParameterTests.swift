import FSCache
import Foundation
import HTTPTypes
import Testing

@Suite("Ignored parameters")
struct IgnoredParameterTests {
    private let settings = CacheSettings(ignoredParameters: ["Token", "auth.key"], matchHeaders: .all)

    private func request(_ path: String = "/", mediaType: String? = nil, _ fields: HTTPFields = [:]) -> HTTPRequest {
        var request = HTTPRequest(method: .post, scheme: "https", authority: "a", path: path, headerFields: fields)
        request.headerFields[.contentType] = mediaType
        return request
    }

    @Test(
        "Present, absent and different values of an ignored query parameter match",
        arguments: [
            "/?a=1&b=2", "/?token=x&a=1&b=2", "/?b=2&TOKEN=y&a=1", "/?a=1&b=2&tok%65n", "/?Token=&a=1&b=2&token=z",
        ]
    )
    func queryParametersAreIgnored(_ path: String) throws {
        #expect(
            try CacheKey(of: request(path), settings: settings)
                == CacheKey(of: request("/?a=1&b=2"), settings: settings)
        )
        #expect(
            try CacheKey(of: request(path), settings: settings)
                != CacheKey(of: request("/?a=1&b=3"), settings: settings)
        )
    }

    @Test("A query of only ignored parameters equals no query")
    func onlyIgnoredParameters() throws {
        #expect(
            try CacheKey(of: request("/?token=x"), settings: settings) == CacheKey(of: request(), settings: settings)
        )
    }

    @Test("Ignored parameters of forms, JSON, multipart bodies and header fields match with any value")
    func bodiesAndFieldsAreIgnored() throws {
        func key(_ body: String, _ mediaType: String) throws -> CacheKey {
            try bodyKey(body, mediaType, settings: settings)
        }
        let form = "application/x-www-form-urlencoded"
        #expect(try key("token=1&a=2", form) == key("a=2&TOKEN=3", form))
        #expect(try key("token=1&a=2", form) == key("a=2", form))
        #expect(try key(#"{"token":{"x":1},"a":2}"#, "application/json") == key(#"{"a":2}"#, "application/json"))
        #expect(try key(#"{"TOKEN":[],"a":2}"#, "application/json") == key(#"{"a":2}"#, "application/json"))
        func part(_ name: String, _ content: String) -> String {
            "--b\r\nContent-Disposition: form-data; name=\(name)\r\n\r\n\(content)\r\n"
        }
        let type = "multipart/form-data; boundary=b"
        #expect(try key(part("a", "1") + part("\"ToKen\"", "2") + "--b--", type) == key(part("a", "1") + "--b--", type))

        let plain = try CacheKey(of: request("/", [.accept: "a/b"]), settings: settings)
        let secret = request("/", [.accept: "a/b", HTTPField.Name("X-Token")!: "1", HTTPField.Name("TOKEN")!: "2"])
        #expect(try CacheKey(of: secret, settings: settings) != plain)
        var both = settings
        both.ignoredParameters.append("x-token")
        #expect(try CacheKey(of: secret, settings: both) == plain)
    }

    @Test("A dotted name reaches a nested member, a plain one only the outermost")
    func dottedNames() throws {
        func key(_ body: String) throws -> CacheKey { try bodyKey(body, settings: settings) }
        #expect(try key(#"{"auth":{"key":1,"a":2}}"#) == key(#"{"auth":{"a":2}}"#))
        #expect(try key(#"{"AUTH":{"KEY":1,"a":2}}"#) == key(#"{"AUTH":{"a":2}}"#))
        #expect(try key(#"{"auth":[{"key":1},{"key":2}]}"#) == key(#"{"auth":[{},{}]}"#))
        #expect(try key(#"[{"token":1}]"#) == key("[{}]"))
        #expect(try key(#"{"key":1}"#) != key("{}"))
        #expect(try key(#"{"auth":{"token":1}}"#) != key(#"{"auth":{}}"#))
        #expect(try key(#"{"x":{"auth":{"key":1}}}"#) != key(#"{"x":{"auth":{}}}"#))
        #expect(try key(#"{"":{"token":1}}"#) != key(#"{"":{}}"#))
    }

    @Test("contentRootKey limits filtering to that subtree, dotted or not", arguments: ["data", "Data.Inner"])
    func contentRoot(_ root: String) throws {
        var settings = settings
        settings.contentRootKey = root
        func key(_ content: String) throws -> CacheKey {
            let wrapped = root.split(separator: ".").reversed().reduce(content) { "{\"\($1)\":\($0),\"token\":1}" }
            return try bodyKey(wrapped, settings: settings)
        }
        #expect(try key(#"{"token":1,"auth":{"key":2}}"#) == key(#"{"auth":{}}"#))
        #expect(try key(#"[{"token":1}]"#) == key("[{}]"))
        #expect(try bodyKey(#"{"token":1}"#, settings: settings) != bodyKey("{}", settings: settings))
        #expect(
            try bodyKey(#"{"dataset":{"token":1}}"#, settings: settings)
                != bodyKey(#"{"dataset":{}}"#, settings: settings)
        )
    }
}
