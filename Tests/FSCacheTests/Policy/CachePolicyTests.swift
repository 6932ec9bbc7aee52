import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy: whether a stored response answers a request")
struct CachePolicyDecisionTests {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func stored(_ fields: HTTPFields = [:], expiresIn: TimeInterval?, age: TimeInterval = 100) -> StoredResponse
    {
        let received = now.addingTimeInterval(-age)
        return StoredResponse(
            request: StoredResponse.Request(method: .get, url: "https://example.com/"),
            status: .ok,
            headerFields: fields,
            body: Data(),
            requestedAt: received,
            receivedAt: received,
            createdAt: received,
            expires: expiresIn.map { now.addingTimeInterval($0) }
        )
    }

    static func terms(
        _ cacheControl: String? = nil,
        options: RequestOptions = RequestOptions(),
        settings: CacheSettings = CacheSettings()
    ) -> RequestTerms {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "example.com", path: "/")
        request.headerFields[.cacheControl] = cacheControl
        return RequestTerms(request, url: "https://example.com/", options: options, settings: settings)
    }

    enum Outcome: Sendable {
        case serve
        case serveStale
        case serveAndRefresh
        case revalidate
        case complete
        case fetch
        case timeout

        init(_ decision: CachePolicy.Decision) {
            self =
                switch decision {
                case .serve(_, let isStale): isStale ? .serveStale : .serve
                case .serveAndRefresh: .serveAndRefresh
                case .revalidate: .revalidate
                case .complete: .complete
                case .fetch: .fetch
                case .gatewayTimeout: .timeout
                }
        }
    }

    static let tagged: HTTPFields = [.eTag: "\"1\""]

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var stored: StoredResponse?
        var cacheControl: String?
        var options = RequestOptions()
        var settings = CacheSettings()
        var outcome: Outcome
        var testDescription: String { what }

        init(
            _ what: String,
            _ stored: StoredResponse?,
            request cacheControl: String? = nil,
            options: RequestOptions = RequestOptions(),
            settings change: (inout CacheSettings) -> Void = { _ in },
            _ outcome: Outcome
        ) {
            self.what = what
            self.stored = stored
            self.cacheControl = cacheControl
            self.options = options
            change(&settings)
            self.outcome = outcome
        }
    }

    static let rows: [Row] = [
        Row("nothing stored: fetch", nil, .fetch),
        Row("fresh: serve", stored(expiresIn: 1), .serve),
        Row("never expires: serve", stored(expiresIn: nil), .serve),
        Row("expired just now: fetch", stored(expiresIn: 0), .fetch),
        Row("P-20: expired with ETag: revalidate", stored(tagged, expiresIn: -1), .revalidate),
        Row(
            "P-20: expired with Last-Modified: revalidate",
            stored([.lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"], expiresIn: -1),
            .revalidate
        ),
        Row("P-28: refresh with a validator", stored(tagged, expiresIn: 9), options: .init(refresh: true), .revalidate),
        Row("P-28: refresh without one", stored(expiresIn: 9), options: .init(refresh: true), .fetch),
        Row("P-29: forceRefresh", stored(tagged, expiresIn: 9), options: .init(forceRefresh: true), .fetch),
        Row("P-30: onlyIfCached, nothing stored", nil, options: .init(onlyIfCached: true), .timeout),
        Row("P-30: onlyIfCached, fresh", stored(expiresIn: 9), options: .init(onlyIfCached: true), .serve),
        Row("P-30: onlyIfCached, expired", stored(tagged, expiresIn: -9), options: .init(onlyIfCached: true), .timeout),
        Row(
            "P-30: onlyIfCached with staleIfError, expired",
            stored(expiresIn: -9),
            options: .init(onlyIfCached: true, staleIfError: true),
            .serveStale
        ),
        Row(
            "P-30: onlyIfCached and refresh contradict each other",
            stored(tagged, expiresIn: 9),
            options: .init(refresh: true, onlyIfCached: true),
            .timeout
        ),
        Row(
            "P-31: alwaysRevalidate with a validator",
            stored(tagged, expiresIn: 9),
            settings: { $0.alwaysRevalidate = true },
            .revalidate
        ),
        Row(
            "P-31: alwaysRevalidate without one",
            stored(expiresIn: 9),
            settings: { $0.alwaysRevalidate = true },
            .serve
        ),
        Row("P-22: request max-age that is exceeded", stored(expiresIn: 9, age: 100), request: "max-age=99", .fetch),
        Row("P-22: request max-age that is kept", stored(expiresIn: 9, age: 100), request: "max-age=101", .serve),
        Row("P-22: min-fresh that is not given", stored(expiresIn: 9), request: "min-fresh=10", .fetch),
        Row("P-22: min-fresh that is given", stored(expiresIn: 9), request: "min-fresh=8", .serve),
        Row("P-22: max-stale without limit", stored(expiresIn: -9000), request: "max-stale", .serveStale),
        Row("P-22: max-stale that is kept", stored(expiresIn: -9), request: "max-stale=9", .serveStale),
        Row("P-22: max-stale that is exceeded", stored(expiresIn: -9), request: "max-stale=8", .fetch),
        Row("P-22: no-cache revalidates", stored(tagged, expiresIn: 9), request: "no-cache", .revalidate),
        Row("P-22: only-if-cached", nil, request: "only-if-cached", .timeout),
        Row(
            "response directives don't count by default",
            stored([.cacheControl: "no-cache"], expiresIn: 9),
            .serve
        ),
        Row(
            "P-23: response no-cache revalidates",
            stored([.cacheControl: "no-cache", .eTag: "\"1\""], expiresIn: 9),
            settings: { $0.cacheControl = true },
            .revalidate
        ),
        Row(
            "P-23: must-revalidate forbids stale use",
            stored([.cacheControl: "must-revalidate"], expiresIn: -9),
            request: "max-stale",
            settings: { $0.cacheControl = true },
            .fetch
        ),
        Row(
            "P-23: immutable spares the validation while fresh",
            stored([.cacheControl: "max-age=100, immutable", .eTag: "\"1\""], expiresIn: 9),
            settings: {
                $0.cacheControl = true
                $0.alwaysRevalidate = true
            },
            .serve
        ),
        Row(
            "P-23: immutable says nothing once stale",
            stored([.cacheControl: "max-age=100, immutable", .eTag: "\"1\""], expiresIn: -9),
            settings: { $0.cacheControl = true },
            .revalidate
        ),
    ]

    @Test("A request is answered by the rules", arguments: rows)
    func decides(row: Row) {
        let terms = Self.terms(row.cacheControl, options: row.options, settings: row.settings)
        let decision = CachePolicy(row.settings).decide(terms, stored: row.stored, now: Self.now)
        #expect(Outcome(decision) == row.outcome)
    }

    @Test(
        "P-32: a stale response stands in for an error within the allowance",
        arguments: [
            (StaleAllowance.never, 10.0, false), (.always, 1e9, true), (60, 59, true), (60, 61, false), (0, 0, false),
            (false, 0, false), (true, 5, true),
        ]
    )
    func standsIn(allowance: StaleAllowance, staleness: TimeInterval, allowed: Bool) {
        var settings = CacheSettings()
        settings.staleIfError = allowance
        let terms = Self.terms(settings: settings)
        let stored = Self.stored(expiresIn: -staleness)
        #expect(CachePolicy(settings).allowsStaleIfError(terms, stored: stored, now: Self.now) == allowed)
    }

    @Test("P-32: options and the request's own directive come before the settings")
    func weighsStaleIfError() {
        #expect(Self.terms("stale-if-error=5", options: .init(staleIfError: true)).staleIfError == 5)
        #expect(Self.terms(options: .init(staleIfError: 7)).staleIfError == 7)
    }

    @Test("P-23: the response's must-revalidate and stale-if-error decide as well, with cacheControl")
    func obeysResponse() {
        var settings = CacheSettings()
        settings.cacheControl = true
        settings.staleIfError = .always
        let terms = Self.terms(settings: settings)
        let strict = Self.stored([.cacheControl: "must-revalidate"], expiresIn: -5)
        #expect(!CachePolicy(settings).allowsStaleIfError(terms, stored: strict, now: Self.now))
        settings.staleIfError = .never
        let lenient = Self.stored([.cacheControl: "stale-if-error=60"], expiresIn: -5)
        #expect(CachePolicy(settings).allowsStaleIfError(Self.terms(), stored: lenient, now: Self.now))
    }
}

@Suite("Policy: what a request asks of the cache")
struct RequestTermsTests {
    private func terms(
        _ fields: HTTPFields = [:],
        method: HTTPRequest.Method = .get,
        options: RequestOptions = RequestOptions(),
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) -> RequestTerms {
        var settings = CacheSettings()
        change(&settings)
        var request = HTTPRequest(method: method, scheme: "https", authority: "example.com", path: "/a")
        request.headerFields = fields
        return RequestTerms(request, url: "https://example.com/a", options: options, settings: settings)
    }

    @Test("P-14: request directives come before options, options before rules by URL, those before the session")
    func weighs() {
        let change: (inout CacheSettings) -> Void = {
            $0.expireAfter = 1
            $0.urlsExpireAfter = ["example.com/a": 2]
        }
        #expect(terms { $0.expireAfter = 1 }.expiration == 1)
        #expect(terms([:], change).expiration == 2)
        #expect(terms(options: .init(expireAfter: 3), change).expiration == 3)
        #expect(terms([.cacheControl: "max-age=4"], options: .init(expireAfter: 3), change).expiration == 4)
    }

    @Test("P-12: doNotCache, no-store and methods that are not allowed keep the cache out of it")
    func bypasses() {
        #expect(terms().bypass == nil)
        #expect(terms(options: .init(expireAfter: .doNotCache)).bypass == .doNotCache)
        #expect(terms([.cacheControl: "no-store"]).bypass == .noStore)
        #expect(terms(method: .post).bypass == .method)
        #expect(terms(method: .post) { $0.allowableMethods = [.post] }.bypass == nil)
        #expect(terms([.ifNoneMatch: "\"1\""]).bypass == .conditional)
        #expect(terms([.range: "bytes=0-9"]).bypass == .conditional)
    }

    @Test(
        "P-49: a method in a header field is the one that counts",
        arguments: ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    )
    func honoursMethodOverride(name: String) throws {
        let name = try #require(HTTPField.Name(name))
        #expect(terms([name: "DELETE"]).bypass == .method)
        #expect(terms([name: "get"], method: .post).bypass == nil)
    }
}

@Suite("Policy: whether a response is stored")
struct StoragePolicyTests {
    static let received = Date(timeIntervalSince1970: 784_111_777)
    static let tagged: HTTPFields = [.eTag: "\"1\""]

    private func storage(
        _ status: Int = 200,
        _ fields: HTTPFields = [:],
        options: RequestOptions = RequestOptions(),
        isFollowedRedirect: Bool = false,
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) -> CachePolicy.Storage {
        var settings = CacheSettings()
        change(&settings)
        return CachePolicy(settings).storage(
            of: HTTPResponse(status: .init(code: status), headerFields: fields),
            terms: CachePolicyDecisionTests.terms(options: options, settings: settings),
            requestedAt: Self.received,
            receivedAt: Self.received,
            isFollowedRedirect: isFollowedRedirect
        )
    }

    private func expires(in seconds: TimeInterval) -> CachePolicy.Storage {
        .store(expires: Self.received.addingTimeInterval(seconds))
    }

    @Test("P-50: only allowable codes are stored, and hops of a redirect chain")
    func gatesStatus() {
        #expect(storage() == .store(expires: nil))
        #expect(storage(404) == .refuse(.status))
        #expect(storage(404) { $0.allowableCodes = [200, 404] } == .store(expires: nil))
        #expect(storage(302) == .refuse(.status))
        #expect(storage(302, isFollowedRedirect: true) == .store(expires: nil))
    }

    @Test("A part of a representation and a 304 are never stored as the whole", arguments: [206, 304])
    func refusesParts(status: Int) {
        #expect(storage(status) { $0.allowableCodes = [status] } == .refuse(.status))
    }

    @Test("P-13: with `immediately` only what has a validator is stored")
    func wantsValidator() {
        #expect(storage(options: .init(expireAfter: .immediately)) == .refuse(.noValidator))
        #expect(storage(200, Self.tagged, options: .init(expireAfter: .immediately)) == expires(in: 0))
    }

    @Test("P-11: a date in the past stores an expired entry")
    func storesExpired() {
        let past = Self.received.addingTimeInterval(-60)
        #expect(storage(options: .init(expireAfter: .at(past))) == .store(expires: past))
    }

    @Test("P-47: Vary: * is not stored, for it never matches", arguments: ["*", "Accept, *", " * "])
    func refusesVaryAny(vary: String) {
        #expect(storage(200, [.vary: vary]) == .refuse(.varyAny))
    }

    @Test("P-8: a read-only session stores nothing")
    func refusesWhenReadOnly() {
        #expect(storage { $0.isReadOnly = true } == .refuse(.readOnly))
    }

    @Test("Without cacheControl the response's own directives don't count")
    func ignoresDirectivesByDefault() {
        #expect(storage(200, [.cacheControl: "no-store, max-age=1"]) { $0.expireAfter = 60 } == expires(in: 60))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var fields: HTTPFields
        var storage: CachePolicy.Storage
        var testDescription: String { "\(fields)" }
    }

    static func at(_ seconds: TimeInterval) -> CachePolicy.Storage {
        .store(expires: received.addingTimeInterval(seconds))
    }

    @Test(
        "P-14, P-23: with cacheControl what the response says comes first",
        arguments: [
            Row(fields: [.cacheControl: "max-age=5"], storage: at(5)),
            Row(fields: [.cacheControl: "max-age=50", .age: "20"], storage: at(30)),
            Row(fields: [.expires: "Sun, 06 Nov 1994 08:50:37 GMT"], storage: at(60)),
            Row(fields: [.expires: "0"], storage: .refuse(.noValidator)),
            Row(fields: [.expires: "0", .eTag: "\"1\""], storage: at(0)),
            Row(fields: [.cacheControl: "no-store, max-age=5"], storage: .refuse(.noStore)),
            Row(fields: [.cacheControl: "no-cache"], storage: .refuse(.noValidator)),
            Row(fields: [.cacheControl: "no-cache, max-age=50", .eTag: "\"1\""], storage: at(0)),
            Row(fields: [.cacheControl: "immutable"], storage: at(600)),
            Row(fields: [:], storage: at(600)),
        ]
    )
    func obeysResponse(row: Row) {
        let storage = storage(200, row.fields) {
            $0.cacheControl = true
            $0.expireAfter = 600
        }
        #expect(storage == row.storage)
    }
}

@Suite("Validators (RFC 9111 §4.3)")
struct ValidatorTests {
    @Test("A conditional request carries both validators as they came")
    func makesConditional() {
        var request: HTTPFields = [.accept: "*/*"]
        let stored: HTTPFields = [.eTag: "W/\"a,b\"", .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"]
        Validators.makeConditional(&request, with: stored)
        #expect(
            request == [
                .accept: "*/*", .ifNoneMatch: "W/\"a,b\"", .ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT",
            ]
        )
    }

    @Test("P-20: a 304 replaces the fields that it carries and leaves the others in their place")
    func merges() throws {
        let custom = try #require(HTTPField.Name("X-Custom"))
        var stored: HTTPFields = [.date: "old", .contentType: "text/plain", .eTag: "\"1\"", .server: "a"]
        stored.append(HTTPField(name: .setCookie, value: "a=1"))
        stored.append(HTTPField(name: .setCookie, value: "b=2"))
        var update: HTTPFields = [.date: "new", .eTag: "\"2\"", custom: "x"]
        update.append(HTTPField(name: .setCookie, value: "c=3"))
        var expected: HTTPFields = [.date: "new", .contentType: "text/plain", .eTag: "\"2\"", .server: "a"]
        expected.append(HTTPField(name: .setCookie, value: "c=3"))
        expected.append(HTTPField(name: custom, value: "x"))
        #expect(Validators.merge(stored, with: update) == expected)
    }

    @Test("P-21: a merge keeps what describes the stored content, and takes nothing of the connection")
    func keepsContentFields() throws {
        let hop = try #require(HTTPField.Name("X-Hop"))
        let stored: HTTPFields = [.contentLength: "5", .contentType: "text/plain"]
        let update: HTTPFields = [
            .contentLength: "0", .transferEncoding: "chunked", .contentType: "text/html", .connection: "close, X-Hop",
            hop: "1", .contentEncoding: "gzip",
        ]
        #expect(Validators.merge(stored, with: update) == stored)
    }
}
