import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy by RFC 9111: whether a stored response answers a request")
struct RFC9111DecisionTests {
    typealias Outcome = CachePolicyDecisionTests.Outcome

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var response: [(String, String)]
        var age: TimeInterval
        var request: HTTPFields
        var own: Outcome
        var shared: Outcome
        var testDescription: String { what }

        /// Makes a row; a shared cache decides like a private one, unless given.
        init(
            _ what: String,
            _ response: [(String, String)],
            age: TimeInterval,
            request: HTTPFields = [:],
            _ own: Outcome,
            shared: Outcome? = nil
        ) {
            self.what = what
            self.response = response
            self.age = age
            self.request = request
            self.own = own
            self.shared = shared ?? own
        }
    }

    static func control(_ value: String) -> (String, String) { ("Cache-Control", value) }
    static let tag = ("ETag", "\"1\"")

    static let rows: [Row] = [
        Row("§4.2: fresh", [control("max-age=60")], age: 59, .serve),
        Row(
            "§4.2: stale from the second when its lifetime ends",
            [control("max-age=60"), tag],
            age: 60,
            .revalidate
        ),
        Row("§4.2: stale without a validator", [control("max-age=60")], age: 61, .fetch),
        Row("§4.2.3: Age counts", [control("max-age=60"), ("Age", "30"), tag], age: 30, .revalidate),
        Row("§4.2.1: s-maxage", [control("max-age=10, s-maxage=60"), tag], age: 30, .revalidate, shared: .serve),
        Row(
            "RFC 9213: targeted",
            [control("max-age=10"), ("CDN-Cache-Control", "max-age=60"), tag],
            age: 30,
            .revalidate,
            shared: .serve
        ),
        Row("§5.2.2.4: no-cache", [control("max-age=60, no-cache"), tag], age: 1, .revalidate),
        Row(
            "RFC 9213: targeted no-cache",
            [control("max-age=60"), ("CDN-Cache-Control", "no-cache"), tag],
            age: 1,
            .serve,
            shared: .revalidate
        ),
        Row("§5.2.2.2: must-revalidate while fresh", [control("max-age=60, must-revalidate"), tag], age: 1, .serve),

        Row(
            "§5.2.1.4: request no-cache",
            [control("max-age=60"), tag],
            age: 1,
            request: [.cacheControl: "no-cache"],
            .revalidate
        ),
        Row(
            "§5.2.1.4: request no-cache, no validator",
            [control("max-age=60")],
            age: 1,
            request: [.cacheControl: "no-cache"],
            .fetch
        ),
        Row("§5.4: request Pragma", [control("max-age=60"), tag], age: 1, request: [.pragma: "no-cache"], .revalidate),
        Row(
            "§5.4: Pragma is ignored beside Cache-Control",
            [control("max-age=60"), tag],
            age: 1,
            request: [.pragma: "no-cache", .cacheControl: "max-age=30"],
            .serve
        ),
        Row(
            "§5.2.1.1: request max-age=0",
            [control("max-age=60"), tag],
            age: 1,
            request: [.cacheControl: "max-age=0"],
            .revalidate
        ),
        Row(
            "§5.2.1.1: request max-age, kept",
            [control("max-age=60"), tag],
            age: 5,
            request: [.cacheControl: "max-age=6"],
            .serve
        ),
        Row(
            "§5.2.1.1: request max-age, exceeded by Age",
            [control("max-age=3600"), ("Age", "1800"), tag],
            age: 0,
            request: [.cacheControl: "max-age=600"],
            .revalidate
        ),
        Row(
            "§5.2.1.1: request max-age that isn't a number",
            [control("max-age=60"), tag],
            age: 1,
            request: [.cacheControl: "max-age=x"],
            .revalidate
        ),
        Row(
            "RFC 8246 §2: an immutable response is young enough for any request while it is fresh",
            [control("max-age=60, immutable"), tag],
            age: 59,
            request: [.cacheControl: "max-age=0"],
            .serve
        ),
        Row(
            "RFC 8246 §2: an immutable response is validated once it is stale",
            [control("max-age=60, immutable"), tag],
            age: 60,
            request: [.cacheControl: "max-age=0"],
            .revalidate
        ),
        Row(
            "RFC 8246 §2.1: no-cache still requires validation",
            [control("max-age=60, immutable"), tag],
            age: 1,
            request: [.cacheControl: "no-cache"],
            .revalidate
        ),
        Row(
            "RFC 8246 §2: min-fresh applies to an immutable response",
            [control("max-age=60, immutable"), tag],
            age: 30,
            request: [.cacheControl: "min-fresh=30"],
            .revalidate
        ),
        Row(
            "§5.2.1.3: min-fresh",
            [control("max-age=60"), tag],
            age: 30,
            request: [.cacheControl: "min-fresh=30"],
            .revalidate
        ),
        Row(
            "§5.2.1.3: min-fresh, met",
            [control("max-age=60"), tag],
            age: 29,
            request: [.cacheControl: "min-fresh=30"],
            .serve
        ),
        Row(
            "§5.2.1.2: max-stale",
            [control("max-age=60")],
            age: 90,
            request: [.cacheControl: "max-stale"],
            .serveStale
        ),
        Row(
            "§5.2.1.2: max-stale, kept",
            [control("max-age=60")],
            age: 90,
            request: [.cacheControl: "max-stale=30"],
            .serveStale
        ),
        Row(
            "§5.2.1.2: max-stale, exceeded",
            [control("max-age=60")],
            age: 91,
            request: [.cacheControl: "max-stale=30"],
            .fetch
        ),
        Row(
            "§5.2.1.2: max-stale counts from the lifetime's end, even before the response arrived",
            [control("max-age=1500"), ("Age", "2000"), tag],
            age: 0,
            request: [.cacheControl: "max-stale=499"],
            .revalidate
        ),
        Row(
            "§5.2.1.2: max-stale, and the response arrived stale",
            [control("max-age=1500"), ("Age", "2000"), tag],
            age: 0,
            request: [.cacheControl: "max-stale=500"],
            .serveStale
        ),
        Row(
            "§5.2.2.2: must-revalidate forbids stale use",
            [control("max-age=60, must-revalidate"), tag],
            age: 90,
            request: [.cacheControl: "max-stale"],
            .revalidate
        ),
        Row(
            "§5.2.2.8: proxy-revalidate forbids it to shared caches",
            [control("max-age=60, proxy-revalidate"), tag],
            age: 90,
            request: [.cacheControl: "max-stale"],
            .serveStale,
            shared: .revalidate
        ),
        Row(
            "§5.2.2.10: s-maxage forbids it to shared caches",
            [control("max-age=60, s-maxage=60"), tag],
            age: 90,
            request: [.cacheControl: "max-stale"],
            .serveStale,
            shared: .revalidate
        ),
        Row(
            "§5.2.2.4: no-cache forbids it",
            [control("no-cache"), tag],
            age: 90,
            request: [.cacheControl: "max-stale"],
            .revalidate
        ),
        Row(
            "§5.2.1.7: only-if-cached, fresh",
            [control("max-age=60")],
            age: 1,
            request: [.cacheControl: "only-if-cached"],
            .serve
        ),
        Row(
            "§5.2.1.7: only-if-cached, stale",
            [control("max-age=60"), tag],
            age: 90,
            request: [.cacheControl: "only-if-cached"],
            .timeout
        ),
        Row(
            "§5.2.1.7: only-if-cached, within max-stale",
            [control("max-age=60"), tag],
            age: 90,
            request: [.cacheControl: "only-if-cached, max-stale"],
            .serveStale
        ),
        Row(
            "§5.2.1.7: only-if-cached, not fresh enough",
            [control("max-age=60"), tag],
            age: 1,
            request: [.cacheControl: "only-if-cached, min-fresh=60"],
            .timeout
        ),
        Row(
            "§5.2: names of request directives are case-insensitive",
            [control("max-age=60"), tag],
            age: 1,
            request: [.cacheControl: "No-Cache"],
            .revalidate
        ),

        Row(
            "RFC 5861 §3: within stale-while-revalidate",
            [control("max-age=60, stale-while-revalidate=30"), tag],
            age: 90,
            .serveAndRefresh
        ),
        Row("RFC 5861 §3: beyond it", [control("max-age=60, stale-while-revalidate=30"), tag], age: 91, .revalidate),
        Row(
            "RFC 5861 §3: not against must-revalidate",
            [control("max-age=60, stale-while-revalidate=30, must-revalidate"), tag],
            age: 90,
            .revalidate
        ),
        Row(
            "RFC 5861 §3: not against s-maxage in a shared cache",
            [control("max-age=60, stale-while-revalidate=30, s-maxage=60"), tag],
            age: 90,
            .serveAndRefresh,
            shared: .revalidate
        ),
        Row(
            "RFC 5861 §3: not for a request that demands a newer response",
            [control("max-age=60, stale-while-revalidate=30"), tag],
            age: 90,
            request: [.cacheControl: "max-age=0"],
            .revalidate
        ),
        Row(
            "stale-while-revalidate of the request",
            [control("max-age=60"), tag],
            age: 90,
            request: [.cacheControl: "stale-while-revalidate=30"],
            .serveAndRefresh
        ),
        Row(
            "§4.2.2: fresh by heuristics",
            [("Last-Modified", RFC9111Case.date(-1000)), ("Date", RFC9111Case.date(0))],
            age: 0,
            .serve
        ),
    ]

    @Test("The decision, private and shared", arguments: rows)
    func decides(row: Row) {
        for (isShared, expected) in [(false, row.own), (true, row.shared)] {
            var settings = CacheSettings.rfc9111(isShared: isShared)
            settings.usesCDNCacheControl = true
            let stored = RFC9111Case.stored(RFC9111Case.fields(row.response), age: row.age, settings: settings)
            let terms = RFC9111Case.terms(RFC9111Case.request(.get, row.request), settings: settings)
            let decision = CachePolicy(settings).decide(terms, stored: stored, now: RFC9111Case.now)
            #expect(Outcome(decision) == expected)
        }
    }

    struct FailureRow: Sendable, CustomTestStringConvertible {
        var what: String
        var control: String
        var age: TimeInterval = 90
        var request: String?
        var allowance = StaleAllowance.asResponseAllows
        /// Whether it may stand in for no response, a 503, and a 404 in a private cache, and for no response in a
        /// shared one.
        var unreachable: Bool
        var unavailable: Bool
        var notFound = false
        var shared: Bool
        var testDescription: String { what }
    }

    static let failures: [FailureRow] = [
        FailureRow(
            what: "§4.2.4: disconnected",
            control: "max-age=60",
            unreachable: true,
            unavailable: false,
            shared: true
        ),
        FailureRow(
            what: "§4.2.4: a must-revalidate",
            control: "max-age=60, must-revalidate",
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "§4.2.4: a proxy-revalidate",
            control: "max-age=60, proxy-revalidate",
            unreachable: true,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "§4.2.4: an s-maxage",
            control: "max-age=60, s-maxage=60",
            unreachable: true,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "§4.2.4: a no-cache",
            control: "max-age=60, no-cache",
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "§5.2.1.4: the request requires validation",
            control: "max-age=60",
            request: "no-cache",
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "RFC 5861 §4: stale-if-error",
            control: "max-age=60, stale-if-error=30",
            unreachable: true,
            unavailable: true,
            shared: true
        ),
        FailureRow(
            what: "RFC 5861 §4: stale-if-error, exceeded",
            control: "max-age=60, stale-if-error=29",
            unreachable: true,
            unavailable: false,
            shared: true
        ),
        FailureRow(
            what: "RFC 5861 §4: stale-if-error of the request",
            control: "max-age=60",
            request: "stale-if-error=30",
            unreachable: true,
            unavailable: true,
            shared: true
        ),
        FailureRow(
            what: "RFC 5861 §4: stale-if-error of the request, exceeded",
            control: "max-age=60",
            request: "stale-if-error=29",
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "stale-if-error against must-revalidate",
            control: "max-age=60, stale-if-error=30, must-revalidate",
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "The caller allows no stale response",
            control: "max-age=60",
            allowance: .never,
            unreachable: false,
            unavailable: false,
            shared: false
        ),
        FailureRow(
            what: "The caller allows any stale response",
            control: "max-age=60",
            allowance: .always,
            unreachable: true,
            unavailable: true,
            shared: true
        ),
    ]

    @Test("A stale response stands in for a failure", arguments: failures)
    func standsIn(row: FailureRow) {
        func allows(_ failure: CachePolicy.Failure, isShared: Bool = false) -> Bool {
            var settings = CacheSettings.rfc9111(isShared: isShared)
            settings.staleIfError = row.allowance
            let fields: HTTPFields = [.cacheControl: row.control, .eTag: "\"1\""]
            let stored = RFC9111Case.stored(fields, age: row.age, settings: settings)
            var request = RFC9111Case.request()
            request.headerFields[.cacheControl] = row.request
            let terms = RFC9111Case.terms(request, settings: settings)
            return CachePolicy(settings).allowsStaleIfError(terms, stored: stored, on: failure, now: RFC9111Case.now)
        }
        #expect(allows(.unreachable) == row.unreachable)
        #expect(allows(.status(503)) == row.unavailable)
        #expect(allows(.status(404)) == row.notFound)
        #expect(allows(.unreachable, isShared: true) == row.shared)
    }

    @Test("§4.2.4: without cacheControl, a stale response stands in only if the settings allow it")
    func leavesErrors() {
        let settings = CacheSettings()
        let stored = RFC9111Case.stored([:], age: 90, settings: settings)
        let terms = RFC9111Case.terms(settings: settings)
        #expect(!CachePolicy(settings).allowsStaleIfError(terms, stored: stored, now: RFC9111Case.now))
    }
}
