import FSCacheTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Check of keys")
struct KeyVerifierTests {
    private typealias Change = @Sendable (inout CacheSettings) -> Void

    struct Storing: Sendable, CustomStringConvertible {
        var description: String
        var url = "https://example.com/a?b=1&a=2"
        var fields: HTTPFields = [:]
        var answer: HTTPFields = [:]
        var body = Data()
        var settings: @Sendable (inout CacheSettings) -> Void = { _ in }
        var uncheckedKeys = 0
    }

    /// Stores a response under some settings, and verifies it under the default ones.
    private func verify(
        _ storing: Storing,
        _ change: (inout CacheSettings) -> Void = { _ in },
        tamper: (inout StoredResponse) -> Void = { _ in }
    ) async throws -> (kinds: [VerificationFinding.Kind], summary: VerificationSummary) {
        let backend = MemoryBackend()
        var settings = CacheSettings(allowableMethods: [.get, .post])
        storing.settings(&settings)
        let cache = ResponseCache(backend: backend, settings: settings)
        let transport = ScriptedTransport { _ in TransportResponse(200, storing.answer, body: "body") }
        let session = CachedSession(cache: cache, transport: transport)
        let method: HTTPRequest.Method = storing.body.isEmpty ? .get : .post
        let content = storing.body.isEmpty ? nil : RequestContent.form(["a": "1", "b": "2"])
        let first = try await session.request(method, storing.url, headers: storing.fields, content: content)
        #expect(first.cacheStatus.isStored)
        if storing.answer[.vary] != nil {
            _ = try await session.request(method, storing.url, headers: [.acceptLanguage: "fr"])
        }
        for try await entry in cache.entries() {
            var response = try entry.content.get()
            tamper(&response)
            try await backend.write(cache.encode(response, for: entry.key), for: entry.key)
        }
        var verifying = CacheSettings()
        change(&verifying)
        var kinds: [VerificationFinding.Kind] = []
        let summary = try await ResponseCache(backend: backend, settings: verifying).verify { kinds.append($0.kind) }
        return (kinds, summary)
    }

    @Test(
        "No key of an entry that was stored under other settings is reported",
        arguments: [
            Storing(description: "the default settings"),
            Storing(description: "a URL with normalized parts", url: "HTTP://EXAMPLE.com:80/x/../%61?c=%7E"),
            Storing(
                description: "verbatim URLs",
                url: "https://example.com/x/../a?b&a",
                settings: { $0.urlMatching = .verbatim }
            ),
            Storing(description: "unsorted URLs", settings: { $0.urlMatching = .normalized }),
            Storing(description: "unverified certificates", settings: { $0.isTLSVerificationDisabled = true }),
            Storing(description: "variants", fields: [.acceptLanguage: "de"], answer: [.vary: "Accept-Language"]),
            Storing(description: "content", body: Data("a=1&b=2".utf8)),
            Storing(
                description: "matched fields",
                fields: [.acceptLanguage: "de"],
                settings: { $0.matchHeaders = .names(["Accept-Language"]) },
                uncheckedKeys: 1
            ),
            Storing(description: "separate credentials", fields: [.authorization: "Bearer a"], uncheckedKeys: 1),
            Storing(
                description: "ignored credentials",
                fields: [.authorization: "Bearer a"],
                settings: { $0.credentials = .ignored },
                uncheckedKeys: 1
            ),
            Storing(
                description: "a credential in the URL",
                url: "https://example.com/?api_key=secret",
                uncheckedKeys: 1
            ),
            Storing(
                description: "ignored parameters",
                url: "https://example.com/?session=1",
                settings: { $0.ignoredParameters = ["session"] },
                uncheckedKeys: 1
            ),
        ]
    )
    func otherSettings(_ storing: Storing) async throws {
        let result = try await verify(storing)
        #expect(result.kinds == [])
        #expect(result.summary.uncheckedKeys == storing.uncheckedKeys)
    }

    @Test("A key that no request for the URL can have is reported")
    func wrongKey() async throws {
        for tamper in [
            { (response: inout StoredResponse) in response.request.url = "https://example.com/b" },
            { (response: inout StoredResponse) in response.request.method = .delete },
        ] {
            let result = try await verify(Storing(description: ""), tamper: tamper)
            #expect(result.kinds == [.wrongKey])
            #expect(result.summary.remainingProblems == 1)
        }
    }

    @Test("The options with which a response was stored make its key comparable")
    func sameSettings() async throws {
        let storing = Storing(
            description: "",
            fields: [.acceptLanguage: "de"],
            settings: { $0.matchHeaders = .names(["Accept-Language"]) }
        )
        let result = try await verify(storing, storing.settings)
        #expect(result.kinds == [] && result.summary.uncheckedKeys == 0)
    }

    @Test(
        "The key of a key function is compared, but another one is no finding: it may have got the URL in another spelling"
    )
    func keyFunction() async throws {
        let function: CacheSettings.KeyFunction = { request, _ in BackendRequirement.key(request.path ?? "") }
        for (path, uncheckedKeys) in [("a=2&b=1", 0), ("b=1&a=2", 1)] {
            let url = "https://example.com/?\(path)"
            let storing = Storing(description: "", url: url, settings: { $0.keyFunction = function })
            let result = try await verify(storing, storing.settings)
            #expect(result.kinds == [] && result.summary.uncheckedKeys == uncheckedKeys)
        }
    }
}
