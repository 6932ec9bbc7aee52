import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Partial responses (RFC 9111 §3.3, §3.4, RFC 9110 §14, §15.3.7)")
struct PartialContentTests {
    static let settings = CacheSettings.rfc9111()
    static let control = ("Cache-Control", "max-age=60")
    static let tag = ("ETag", "\"1\"")

    /// A 206, as stored or as received.
    static func part(
        _ range: String,
        _ fields: [(String, String)],
        _ body: String,
        age: TimeInterval = 0
    ) -> StoredResponse {
        var part = RFC9111Case.stored(
            RFC9111Case.fields([control, ("Content-Range", range)] + fields),
            status: 206,
            body: body,
            age: age,
            settings: settings
        )
        part.expires = part.receivedAt.addingTimeInterval(60)
        return part
    }

    /// A 206 with a strong tag.
    static func part(_ range: String, _ body: String, age: TimeInterval = 0) -> StoredResponse {
        part(range, [tag], body, age: age)
    }

    /// A 200, as stored.
    static func whole(_ fields: [(String, String)], _ body: String, age: TimeInterval = 0) -> StoredResponse {
        RFC9111Case.stored(
            RFC9111Case.fields([control, ("Content-Length", "\(body.utf8.count)")] + fields),
            body: body,
            age: age,
            settings: settings
        )
    }

    /// A 200 with a strong tag.
    static func whole(_ body: String) -> StoredResponse { whole([tag], body) }

    static func terms(
        _ fields: HTTPFields = [:],
        _ method: HTTPRequest.Method = .get,
        options: RequestOptions = RequestOptions(),
        settings: CacheSettings = settings
    ) -> RequestTerms {
        RFC9111Case.terms(RFC9111Case.request(method, fields), options: options, settings: settings)
    }

    // MARK: Content-Range

    @Test(
        "RFC 9110 §14.4: Content-Range",
        arguments: [
            ("bytes 0-4/10", 0..<5, 10), ("bytes 5-9/10", 5..<10, 10), ("BYTES 3-3/4", 3..<4, 4),
            ("bytes 0-9/*", 0..<10, nil), ("bytes 00-009/010", 0..<10, 10),
            ("bytes 9223372036854775805-9223372036854775806/*", (Int.max - 2)..<Int.max, nil),
            ("bytes 0-0/9223372036854775807", 0..<1, Int.max),
        ] as [(String, Range<Int>, Int?)]
    )
    func readsContentRange(value: String, octets: Range<Int>, length: Int?) {
        #expect(ContentRange([.contentRange: value]) == ContentRange(octets: octets, completeLength: length))
    }

    @Test(
        "RFC 9110 §14.4: an invalid Content-Range",
        arguments: [
            "", "bytes", "bytes 0-4", "bytes */10", "bytes 4-0/10", "bytes 0-10/10", "bytes 0-4/4", "bytes -4/10",
            "bytes 0-/10", "bytes 0-4/", "bytes 0-4/x", "bytes +0-4/10", "bytes 0-4/-1", "bytes=0-4/10",
            "bytes  0-4/10",
            "bytes 0 - 4/10", "lines 0-4/10", "0-4/10", "bytes 0-9223372036854775807/*",
            "bytes 0-4/99999999999999999999", "bytes 99999999999999999998-99999999999999999999/*", "bytes 0-4/10, x",
            "bytes 0-4/10/10",
        ]
    )
    func refusesContentRange(value: String) {
        #expect(ContentRange([.contentRange: value]) == nil)
    }

    @Test("RFC 9110 §14.4: several Content-Range fields are invalid")
    func refusesSeveral() {
        let fields = RFC9111Case.fields([("Content-Range", "bytes 0-4/10"), ("Content-Range", "bytes 0-4/10")])
        #expect(ContentRange(fields) == nil && ContentRange([:]) == nil)
    }

    // MARK: Strong validators

    struct ValidatorRow: Sendable, CustomTestStringConvertible {
        var what: String
        var fields: [(String, String)]
        var isStrong: Bool
        var testDescription: String { what }
    }

    static func modified(_ offset: TimeInterval) -> (String, String) { ("Last-Modified", RFC9111Case.date(offset)) }
    static let date = ("Date", RFC9111Case.date(0))

    static let validators: [ValidatorRow] = [
        ValidatorRow(what: "§8.8.3: a strong tag", fields: [tag], isStrong: true),
        ValidatorRow(what: "§8.8.3: a weak tag", fields: [("ETag", "W/\"1\"")], isStrong: false),
        ValidatorRow(what: "§8.8.3: a tag without quotes", fields: [("ETag", "1")], isStrong: false),
        ValidatorRow(what: "§8.8.3: two tags", fields: [tag, ("ETag", "\"2\"")], isStrong: false),
        ValidatorRow(what: "§8.8.2.2: a date a second before", fields: [modified(-1), date], isStrong: true),
        ValidatorRow(what: "§8.8.2.2: a date in the same second", fields: [modified(0), date], isStrong: false),
        ValidatorRow(what: "§8.8.2.2: a date in the future", fields: [modified(9), date], isStrong: false),
        ValidatorRow(what: "§8.8.1: not a date", fields: [("Last-Modified", "lately"), date], isStrong: false),
        ValidatorRow(
            what: "§13.1.5: a date beside a weak tag",
            fields: [("ETag", "W/\"1\""), modified(-9), date],
            isStrong: false
        ),
        ValidatorRow(what: "§8.8.1: neither", fields: [], isStrong: false),
    ]

    @Test("RFC 9110 §8.8.1: strong validators", arguments: validators)
    func findsValidators(row: ValidatorRow) {
        let part = Self.part("bytes 0-4/10", row.fields, "01234")
        #expect((StrongValidator(of: part) != nil) == row.isStrong)
        // The rest is requested only with a strong validator.
        #expect((CachePolicy(Self.settings).fieldsForRest(of: part) != nil) == row.isStrong)
    }

    // MARK: Storing

    struct StorageRow: Sendable, CustomTestStringConvertible {
        var what: String
        var fields: [(String, String)]
        var body = "01234"
        var request: HTTPFields = [.range: "bytes=0-4"]
        var method: HTTPRequest.Method = .get
        var refusal: CachePolicy.Refusal?
        var testDescription: String { what }
    }

    static let range = ("Content-Range", "bytes 0-4/10")

    static let storage: [StorageRow] = [
        StorageRow(what: "§3.3: a part that is fresh", fields: [control, range]),
        StorageRow(what: "§3.3: of unknown complete length", fields: [control, ("Content-Range", "bytes 0-4/*")]),
        StorageRow(
            what: "§15.3.7.2: one part in answer to several ranges",
            fields: [control, range],
            request: [.range: "bytes=0-1,3-4"]
        ),
        StorageRow(what: "§4.2.2: a part has heuristic freshness", fields: [range, modified(-1000), date]),
        StorageRow(
            what: "§3: stale, but with a validator",
            fields: [("Cache-Control", "max-age=0"), range, tag]
        ),
        StorageRow(what: "§3: without a freshness lifetime", fields: [range], refusal: .noValidator),
        StorageRow(
            what: "§5.2.2.5: no-store",
            fields: [("Cache-Control", "no-store"), range, tag],
            refusal: .noStore
        ),
        StorageRow(what: "§4.1: Vary: *", fields: [control, range, ("Vary", "*")], refusal: .varyAny),
        StorageRow(
            what: "§5.2.2.3: must-understand with a known status",
            fields: [("Cache-Control", "max-age=60, must-understand, no-store"), range]
        ),
        StorageRow(what: "§15.3.7: no Content-Range", fields: [control], refusal: .unknownPart),
        StorageRow(
            what: "§14.4: another unit",
            fields: [control, ("Content-Range", "lines 0-4/10")],
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§14.6: several parts",
            fields: [control, range, ("Content-Type", "Multipart/ByteRanges; boundary=x")],
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§14.4: less than its Content-Range says",
            fields: [control, range],
            body: "0123",
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§14.4: more than its Content-Range says",
            fields: [control, range],
            body: "012345",
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§14.4: another Content-Length",
            fields: [control, range, ("Content-Length", "6")],
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§15.3.7: the request asked for no part",
            fields: [control, range],
            request: [:],
            refusal: .unknownPart
        ),
        StorageRow(
            what: "§14.2: a request with HEAD",
            fields: [control, range],
            method: .head,
            refusal: .unknownPart
        ),
    ]

    @Test("RFC 9111 §3.3: which parts are stored", arguments: storage)
    func stores(row: StorageRow) {
        func storage(_ settings: CacheSettings, byteCount: Int?) -> CachePolicy.Storage {
            CachePolicy(settings).storage(
                of: RFC9111Case.response(206, RFC9111Case.fields(row.fields)),
                Self.terms(row.request, row.method, settings: settings),
                byteCount: byteCount
            )
        }
        let outcome = storage(Self.settings, byteCount: row.body.utf8.count)
        if let refusal = row.refusal {
            #expect(outcome == .refuse(refusal))
        } else {
            guard case .store = outcome else {
                Issue.record("refused: \(outcome)")
                return
            }
        }
        // Without `cacheControl`, a part is never stored; with it, only if the complete response would be.
        #expect(storage(CacheSettings(), byteCount: row.body.utf8.count) == .refuse(.status))
        var others = Self.settings
        others.allowableCodes = [206, 404]
        #expect(storage(others, byteCount: row.body.utf8.count) == .refuse(.status))
    }

    @Test("§3.3: while content arrives, its declared length counts")
    func storesStreams() {
        let outcome = CachePolicy(Self.settings).storage(
            of: RFC9111Case.response(206, RFC9111Case.fields([Self.control, Self.range])),
            Self.terms([.range: "bytes=0-4"]),
            byteCount: nil
        )
        #expect(outcome == .store(expires: RFC9111Case.now.addingTimeInterval(60)))
    }
}
