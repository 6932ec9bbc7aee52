import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Policy: whether a response is stored")
struct StoragePolicyTests {
    static let received = Date(timeIntervalSince1970: 784_111_777)
    static let tagged: HTTPFields = [.eTag: "\"1\""]

    private func storage(
        _ status: Int = 200,
        _ fields: HTTPFields = [:],
        options: RequestOptions = RequestOptions(),
        _ change: (inout CacheSettings) -> Void = { _ in }
    ) -> CachePolicy.Storage {
        var settings = CacheSettings()
        change(&settings)
        let terms = CachePolicyDecisionTests.terms(options: options, settings: settings)
        return CachePolicy(settings).storage(of: RFC9111Case.response(status, fields), terms, byteCount: nil)
    }

    private func expires(in seconds: TimeInterval) -> CachePolicy.Storage {
        .store(expires: Self.received.addingTimeInterval(seconds))
    }

    @Test("Only allowable codes and hops of a redirect chain are stored")
    func gatesStatus() {
        #expect(storage() == .store(expires: nil))
        #expect(storage(404) == .refuse(.status))
        #expect(storage(404) { $0.allowableCodes = [200, 404] } == .store(expires: nil))
        #expect(storage(302) == .refuse(.status))
        #expect(storage(301, [.location: "/b"]) == .store(expires: nil))
        #expect(storage(302, [.location: "/b"]) { $0.followsRedirects = false } == .refuse(.status))
    }

    @Test("A part of a representation and a 304 are never stored as a complete response", arguments: [206, 304])
    func refusesParts(status: Int) {
        #expect(storage(status) { $0.allowableCodes = [status] } == .refuse(.status))
    }

    @Test("With `immediately` only responses with a validator are stored")
    func wantsValidator() {
        #expect(storage(options: .init(expireAfter: .immediately)) == .refuse(.noValidator))
        #expect(storage(200, Self.tagged, options: .init(expireAfter: .immediately)) == expires(in: 0))
    }

    @Test("An expiry date in the past stores an expired entry")
    func storesExpired() {
        let past = Self.received.addingTimeInterval(-60)
        #expect(storage(options: .init(expireAfter: .at(past))) == .store(expires: past))
    }

    @Test("Vary: * is not stored, because it never matches", arguments: ["*", "Accept, *", " * "])
    func refusesVaryAny(vary: String) {
        #expect(storage(200, [.vary: vary]) == .refuse(.varyAny))
    }

    @Test("A read-only session stores nothing")
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
        "With cacheControl, the response's directives take precedence",
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
