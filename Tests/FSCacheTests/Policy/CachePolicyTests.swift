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
        return RequestTerms(request, options: options, policy: CachePolicy(settings))
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
                case .forward(let plan):
                    switch plan.purpose {
                    case .validate: .revalidate
                    case .complete: .complete
                    case .fetch, .choose, .bypass: .fetch
                    }
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
        Row("Expired with ETag: validate", stored(tagged, expiresIn: -1), .revalidate),
        Row(
            "Expired with Last-Modified: validate",
            stored([.lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"], expiresIn: -1),
            .revalidate
        ),
        Row("Refresh with a validator", stored(tagged, expiresIn: 9), options: .init(refresh: true), .revalidate),
        Row("Refresh without a validator", stored(expiresIn: 9), options: .init(refresh: true), .fetch),
        Row("forceRefresh", stored(tagged, expiresIn: 9), options: .init(forceRefresh: true), .fetch),
        Row("onlyIfCached, nothing stored", nil, options: .init(onlyIfCached: true), .timeout),
        Row("onlyIfCached, fresh", stored(expiresIn: 9), options: .init(onlyIfCached: true), .serve),
        Row("onlyIfCached, expired", stored(tagged, expiresIn: -9), options: .init(onlyIfCached: true), .timeout),
        Row(
            "onlyIfCached with staleIfError, expired",
            stored(expiresIn: -9),
            options: .init(onlyIfCached: true, staleIfError: true),
            .serveStale
        ),
        Row(
            "onlyIfCached and refresh contradict each other",
            stored(tagged, expiresIn: 9),
            options: .init(refresh: true, onlyIfCached: true),
            .timeout
        ),
        Row(
            "alwaysRevalidate with a validator",
            stored(tagged, expiresIn: 9),
            settings: { $0.alwaysRevalidate = true },
            .revalidate
        ),
        Row(
            "alwaysRevalidate without one",
            stored(expiresIn: 9),
            settings: { $0.alwaysRevalidate = true },
            .serve
        ),
        Row("Request's max-age exceeded", stored(expiresIn: 9, age: 100), request: "max-age=99", .fetch),
        Row("Request's max-age kept", stored(expiresIn: 9, age: 100), request: "max-age=101", .serve),
        Row("min-fresh not met", stored(expiresIn: 9), request: "min-fresh=10", .fetch),
        Row("min-fresh met", stored(expiresIn: 9), request: "min-fresh=8", .serve),
        Row("max-stale without limit", stored(expiresIn: -9000), request: "max-stale", .serveStale),
        Row("max-stale kept", stored(expiresIn: -9), request: "max-stale=9", .serveStale),
        Row("max-stale exceeded", stored(expiresIn: -9), request: "max-stale=8", .fetch),
        Row("no-cache revalidates", stored(tagged, expiresIn: 9), request: "no-cache", .revalidate),
        Row("only-if-cached", nil, request: "only-if-cached", .timeout),
        Row(
            "response directives don't count by default",
            stored([.cacheControl: "no-cache"], expiresIn: 9),
            .serve
        ),
        Row(
            "Response no-cache revalidates",
            stored([.cacheControl: "no-cache", .eTag: "\"1\""], expiresIn: 9),
            settings: { $0.cacheControl = true },
            .revalidate
        ),
        Row(
            "must-revalidate forbids stale use",
            stored([.cacheControl: "must-revalidate"], expiresIn: -9),
            request: "max-stale",
            settings: { $0.cacheControl = true },
            .fetch
        ),
        Row(
            "Immutable prevents validation while fresh",
            stored([.cacheControl: "max-age=100, immutable", .eTag: "\"1\""], expiresIn: 9),
            settings: {
                $0.cacheControl = true
                $0.alwaysRevalidate = true
            },
            .serve
        ),
        Row(
            "Immutable has no effect once stale",
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
        "A stale response stands in for an error within the allowance",
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

    @Test("Options and the request's own directive take precedence over the settings")
    func weighsStaleIfError() {
        #expect(Self.terms("stale-if-error=5", options: .init(staleIfError: true)).staleIfError == 5)
        #expect(Self.terms(options: .init(staleIfError: 7)).staleIfError == 7)
    }

    @Test("With cacheControl the response's must-revalidate and stale-if-error count too")
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
