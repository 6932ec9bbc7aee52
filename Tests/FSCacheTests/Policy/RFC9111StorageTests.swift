import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy by RFC 9111: whether a response is stored, and for how long")
struct RFC9111StorageTests {
    enum Outcome: Sendable, Equatable {
        /// Fresh for some seconds; stale from the start if the number isn't positive.
        case fresh(TimeInterval)
        case refused(CachePolicy.Refusal)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var status = 200
        var fields: [(String, String)]
        var request: HTTPFields = [:]
        var own: Outcome
        var shared: Outcome
        var testDescription: String { what }

        /// Makes a row; a shared cache decides like a private one, unless given.
        init(
            _ what: String,
            status: Int = 200,
            _ fields: [(String, String)],
            request: HTTPFields = [:],
            _ own: Outcome,
            shared: Outcome? = nil
        ) {
            self.what = what
            self.status = status
            self.fields = fields
            self.request = request
            self.own = own
            self.shared = shared ?? own
        }
    }

    static let modified = ("Last-Modified", RFC9111Case.date(-1000))
    static let tag = ("ETag", "\"1\"")
    static func control(_ value: String) -> (String, String) { ("Cache-Control", value) }

    static let rows: [Row] = [
        // Explicit freshness.
        Row("§4.2.1: max-age", [control("max-age=60")], .fresh(60)),
        Row("§4.2.1: max-age takes precedence over Expires", [control("max-age=60"), ("Expires", "0")], .fresh(60)),
        Row(
            "§4.2.1: max-age=0 is stale, regardless of Expires",
            [
                control("max-age=0"), ("Expires", RFC9111Case.date(60)), tag,
            ],
            .fresh(0)
        ),
        Row(
            "§4.2.1: Expires minus Date",
            [("Expires", RFC9111Case.date(60)), ("Date", RFC9111Case.date(10))],
            .fresh(50)
        ),
        Row(
            "§5.3: Expires at the time of Date is in the past",
            [
                ("Expires", RFC9111Case.date(0)), ("Date", RFC9111Case.date(0)), tag,
            ],
            .fresh(0)
        ),
        Row(
            "§5.3: an Expires before Date is in the past, even if both are in the future",
            [
                ("Expires", RFC9111Case.date(300)), ("Date", RFC9111Case.date(400)), tag,
            ],
            .fresh(0)
        ),
        Row("§4.2.3: Age counts", [control("max-age=60"), ("Age", "20")], .fresh(40)),
        Row(
            "§4.2.3: a Date in the past counts",
            [control("max-age=60"), ("Date", RFC9111Case.date(-20))],
            .fresh(40)
        ),
        Row("§4.2.3: stale when it arrives, by that much", [control("max-age=60"), ("Age", "90"), tag], .fresh(-30)),
        Row(
            "§4.2.3: stale when it arrives, and without a validator",
            [control("max-age=60"), ("Age", "90")],
            .refused(.noValidator)
        ),
        Row("§1.2.2: more than 2^31 seconds are 2^31", [control("max-age=99999999999")], .fresh(2_147_483_648)),
        Row("§5.2: names are case-insensitive", [control("MaX-aGe=60")], .fresh(60)),
        Row("§5.2: an argument may be quoted", [control("max-age=\"60\"")], .fresh(60)),
        Row("§5.2: quoted text is not a directive", [control("ext=\"max-age=60\", max-age=1")], .fresh(1)),
        Row("§5.2: quoted text is not a directive, after one", [control("max-age=1, ext=\"max-age=60\"")], .fresh(1)),
        Row("§5.2: quoted text may contain commas", [control("ext=\"a, no-store\", max-age=60")], .fresh(60)),
        Row("§5.2: quoted text may contain quotes", [control("ext=\"a\\\", no-store\", max-age=60")], .fresh(60)),
        Row("§5.2.3: unknown directives are ignored", [control("foobar, x=1, max-age=60")], .fresh(60)),
        Row("§1.2.2: leading zeros", [control("max-age=0060")], .fresh(60)),
        Row("§4.2.1: a decimal fraction is invalid: stale", [control("max-age=60.5"), tag], .fresh(0)),
        Row("§4.2.1: single quotes are invalid: stale", [control("max-age='60'"), tag], .fresh(0)),
        Row("§4.2.1: a negative number is invalid: stale", [control("max-age=-60"), tag], .fresh(0)),
        Row("§4.2.1: not a number: stale", [control("max-age=a60"), tag], .fresh(0)),
        Row("§4.2.1: the smallest of repeated directives", [control("max-age=60, max-age=1")], .fresh(1)),
        Row("§4.2.1: the smallest of repeated fields", [control("max-age=1"), control("max-age=60")], .fresh(1)),
        Row("§5.3: Expires: 0", [("Expires", "0"), modified], .fresh(0)),
        Row("§5.3: an empty Expires", [("Expires", ""), tag], .fresh(0)),
        Row(
            "§4.2.1: one of several Expires is invalid",
            [
                ("Expires", RFC9111Case.date(60)), ("Expires", "0"), tag,
            ],
            .fresh(0)
        ),

        // Directives.
        Row("§5.2.2.5: no-store", [control("no-store")], .refused(.noStore)),
        Row("§5.2.2.5: no-store overrides freshness", [control("max-age=60, No-StOrE")], .refused(.noStore)),
        Row("§5.2.2.4: no-cache is stored for its validator", [control("no-cache, max-age=60"), tag], .fresh(0)),
        Row("§5.2.2.4: no-cache without one isn't stored", [control("no-cache, max-age=60")], .refused(.noValidator)),
        Row("§5.2.2.4: no-cache with names applies to those", [control("no-cache=\"a\", max-age=60")], .fresh(60)),
        Row("§5.2.2.7: private", [control("private, max-age=60")], .fresh(60), shared: .refused(.isPrivate)),
        Row(
            "§5.2.2.7: private in other case",
            [control("PRIVATE, max-age=60")],
            .fresh(60),
            shared: .refused(.isPrivate)
        ),
        Row("§5.2.2.7: private with field names", [control("private=\"a\", max-age=60")], .fresh(60)),
        Row(
            "§5.2.2.7: private takes precedence over public",
            [control("public, private, max-age=60")],
            .fresh(60),
            shared: .refused(.isPrivate)
        ),
        Row(
            "§5.2.2.10: s-maxage is for shared caches",
            [control("max-age=1, s-maxage=60")],
            .fresh(1),
            shared: .fresh(60)
        ),
        Row(
            "§5.2.2.10: a private cache ignores s-maxage",
            [control("s-maxage=60"), modified],
            .fresh(100),
            shared: .fresh(60)
        ),
        Row(
            "§5.2.2.3: must-understand and a known status: no-store is ignored",
            status: 200,
            [control("must-understand, no-store, max-age=60")],
            .fresh(60)
        ),
        Row(
            "§5.2.2.3: must-understand and an unknown status",
            status: 299,
            [control("must-understand, max-age=60")],
            .refused(.notUnderstood)
        ),
        Row(
            "RFC 9213 §2.2: a targeted no-store",
            [control("max-age=60"), ("CDN-Cache-Control", "no-store")],
            .fresh(60),
            shared: .refused(.noStore)
        ),
        Row(
            "RFC 9213 §2.2: a targeted lifetime",
            [control("no-store"), ("CDN-Cache-Control", "max-age=60")],
            .refused(.noStore),
            shared: .fresh(60)
        ),
        Row(
            "RFC 9213 §2.2: a targeted field hides Expires",
            [
                ("Expires", RFC9111Case.date(60)), ("CDN-Cache-Control", "max-age=0"), tag,
            ],
            .fresh(60),
            shared: .fresh(0)
        ),
        Row(
            "RFC 9213 §2.2: a targeted private",
            [control("max-age=60"), ("CDN-Cache-Control", "private")],
            .fresh(60),
            shared: .refused(.isPrivate)
        ),
        Row(
            "RFC 5861 §3: a response that is stale at once may be served while it is validated",
            [control("max-age=0, stale-while-revalidate=60")],
            .fresh(0)
        ),
        Row(
            "RFC 5861 §4: a response that is stale at once may stand in for an error",
            [control("max-age=0, stale-if-error=60")],
            .fresh(0)
        ),
        Row(
            "§4.2.4: not if it must be validated",
            [control("max-age=0, stale-if-error=60, must-revalidate")],
            .refused(.noValidator)
        ),
        Row("§5.4: Pragma is ignored in a response", [("Pragma", "no-cache"), control("max-age=60")], .fresh(60)),

        // Authorization.
        Row(
            "§3.5: credentials",
            [control("max-age=60")],
            request: [.authorization: "x"],
            .fresh(60),
            shared: .refused(.authorization)
        ),
        Row(
            "§3.5: credentials and public",
            [control("max-age=60, public")],
            request: [.authorization: "x"],
            .fresh(60)
        ),
        Row(
            "§3.5: credentials and must-revalidate",
            [control("max-age=60, must-revalidate")],
            request: [.authorization: "x"],
            .fresh(60)
        ),
        Row(
            "§3.5: credentials and s-maxage",
            [control("s-maxage=60, max-age=1")],
            request: [.authorization: "x"],
            .fresh(1),
            shared: .fresh(60)
        ),

        // Nothing explicit.
        Row("§3: nothing at all", [], .refused(.noValidator)),
        Row("§4.2.2: a tenth of the time since Last-Modified", [modified], .fresh(100)),
        Row("§4.2.2: no Last-Modified, but a validator", [tag], .fresh(0)),
        Row(
            "§4.2.2: a validator, and the request is bounded (§5.2.1.1)",
            [tag],
            request: [.cacheControl: "max-age=600"],
            .fresh(0)
        ),
        Row("§4.2.2: an unknown status", status: 599, [modified], .refused(.noFreshness)),
        Row("§4.2.2: an unknown status, and public", status: 599, [modified, control("public")], .fresh(100)),
        Row(
            "§3: private is enough for a private cache",
            status: 599,
            [modified, control("private")],
            .fresh(100),
            shared: .refused(.isPrivate)
        ),

        // Vary, parts and conditions.
        Row("§4.1: Vary: *", [control("max-age=60"), ("Vary", "*")], .refused(.varyAny)),
        Row("§4.1: Vary with an empty member and *", [control("max-age=60"), ("Vary", ", *")], .refused(.varyAny)),
        Row(
            "§4.1: Vary on two lines, one empty, one *",
            [control("max-age=60"), ("Vary", ""), ("Vary", "*")],
            .refused(.varyAny)
        ),
        Row("§4.1: Vary with * among names", [control("max-age=60"), ("Vary", "Foo, *")], .refused(.varyAny)),
        Row(
            "§3.3: a part",
            status: 206,
            [control("max-age=60")],
            request: [.range: "bytes=0-1"],
            .refused(.unknownPart)
        ),
        Row("§4.3.3: a 304", status: 304, [control("max-age=60"), tag], .refused(.status)),
        Row(
            "a 416 tells of the request's range",
            status: 416,
            [control("max-age=60")],
            request: [.range: "bytes=9-"],
            .refused(.partial)
        ),
        Row(
            "a complete response to a request with a range",
            [control("max-age=60")],
            request: [.range: "bytes=0-1"],
            .fresh(60)
        ),
    ]

    static func settings(isShared: Bool) -> CacheSettings {
        var settings = CacheSettings.rfc9111(isShared: isShared)
        settings.usesCDNCacheControl = true
        return settings
    }

    static func outcome(_ status: Int, _ fields: HTTPFields, _ request: HTTPFields, _ settings: CacheSettings)
        -> Outcome?
    {
        let terms = RFC9111Case.terms(RFC9111Case.request(.get, request), settings: settings)
        let storage = CachePolicy(settings).storage(of: RFC9111Case.response(status, fields), terms, byteCount: nil)
        switch storage {
        case .refuse(let refusal): return .refused(refusal)
        case .store(let expires): return expires.map { .fresh($0.timeIntervalSince(RFC9111Case.now)) }
        }
    }

    @Test("Storage and freshness, private and shared", arguments: rows)
    func decides(row: Row) {
        let fields = RFC9111Case.fields(row.fields)
        #expect(Self.outcome(row.status, fields, row.request, Self.settings(isShared: false)) == row.own)
        #expect(Self.outcome(row.status, fields, row.request, Self.settings(isShared: true)) == row.shared)
    }

    @Test(
        "§3: every final status with explicit freshness is stored",
        arguments: [
            200, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 418, 451, 499, 500, 502, 503,
            504,
            599, 999,
        ]
    )
    func storesEveryStatus(status: Int) {
        for isShared in [false, true] {
            let outcome = Self.outcome(status, [.cacheControl: "max-age=60"], [:], Self.settings(isShared: isShared))
            #expect(outcome == .fresh(60))
        }
    }

    @Test(
        "§4.2.2: only some statuses are cached without explicit freshness (RFC 9110 §15.1)",
        arguments: [
            (200, true), (201, false), (202, false), (203, true), (204, true), (300, true), (301, true), (302, false),
            (303, false), (307, false), (308, true), (400, false), (403, false), (404, true), (405, true), (410, true),
            (414, true), (500, false), (501, true), (502, false), (503, false), (504, false), (599, false),
        ]
    )
    func guessesForSomeStatuses(status: Int, isCached: Bool) {
        let outcome = Self.outcome(
            status,
            RFC9111Case.fields([Self.modified]),
            [:],
            Self.settings(isShared: true)
        )
        #expect(outcome == (isCached ? .fresh(100) : .refused(.noFreshness)))
    }

    @Test("§4.2.2: heuristics can be turned off, and explicit lifetimes take precedence")
    func turnsHeuristicsOff() {
        let fields = RFC9111Case.fields([Self.modified])
        #expect(Self.outcome(200, fields, [:], .rfc9111(usesHeuristicFreshness: false)) == .fresh(0))
        var settings = CacheSettings.rfc9111()
        settings.urlsExpireAfter = ["example.com": 5]
        #expect(Self.outcome(200, fields, [:], settings) == .fresh(5))
    }

    @Test("With cacheControl, the response's lifetime takes precedence over a default expiry")
    func keepsPrecedence() {
        var settings = CacheSettings()
        settings.cacheControl = true
        settings.expireAfter = 600
        #expect(Self.outcome(200, [:], [:], settings) == .fresh(600))
        #expect(Self.outcome(200, [:], [.cacheControl: "max-age=7"], settings) == .fresh(7))
        #expect(Self.outcome(200, [.cacheControl: "max-age=60"], [.cacheControl: "max-age=7"], settings) == .fresh(60))
    }
}
