import FSCache
import Foundation
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("Session: the log")
struct LogTests {
    /// A reason for not reading or not writing the cache, and the expected log line.
    struct Reason: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The expected log line, after the level.
        var line: String
        /// The detail in `Cache-Status`, if it repeats the reason.
        var detail: String?
        var settings: @Sendable (inout CacheSettings) -> Void = { _ in }
        var isStoredBefore = false
        var secondsBetween: Double = 0
        var method = HTTPRequest.Method.get
        var headers: HTTPFields = [:]
        var options = RequestOptions()
        var status = 200
        var fields: HTTPFields = [:]
    }

    static let notReading = [
        Reason(testDescription: "nothing stored", line: "asking the origin: uri-miss"),
        Reason(
            testDescription: "another variant stored",
            line: "asking the origin: vary-miss",
            isStoredBefore: true,
            headers: [.accept: "text/html"],
            fields: [.vary: "Accept"]
        ),
        Reason(
            testDescription: "stale",
            line: "asking the origin: stale",
            settings: { $0.expireAfter = 10 },
            isStoredBefore: true,
            secondsBetween: 11
        ),
        Reason(
            testDescription: "stale, with a validator",
            line: "validating the stored response: stale",
            settings: { $0.expireAfter = 10 },
            isStoredBefore: true,
            secondsBetween: 11,
            fields: [.eTag: "\"v1\""]
        ),
        Reason(
            testDescription: "forceRefresh",
            line: "asking the origin: request",
            isStoredBefore: true,
            options: .init(forceRefresh: true)
        ),
        Reason(
            testDescription: "refresh without a validator",
            line: "asking the origin: request",
            isStoredBefore: true,
            options: .init(refresh: true)
        ),
        Reason(
            testDescription: "max-age",
            line: "asking the origin: stale",
            isStoredBefore: true,
            secondsBetween: 6,
            headers: [.cacheControl: "max-age=5"]
        ),
        Reason(testDescription: "method", line: "not cached: method", detail: "method", method: .post),
        Reason(
            testDescription: "doNotCache",
            line: "not cached: doNotCache",
            detail: "doNotCache",
            isStoredBefore: true,
            options: .init(expireAfter: .doNotCache)
        ),
        Reason(
            testDescription: "no-store of the request",
            line: "not cached: noStore",
            detail: "noStore",
            isStoredBefore: true,
            headers: [.cacheControl: "no-store"]
        ),
        Reason(
            testDescription: "the caller's own conditional request",
            line: "not cached: conditional",
            detail: "conditional",
            isStoredBefore: true,
            headers: [.ifNoneMatch: "\"mine\""]
        ),
        Reason(
            testDescription: "a request for a part",
            line: "not cached: conditional",
            detail: "conditional",
            isStoredBefore: true,
            headers: [.range: "bytes=0-1"]
        ),
        Reason(
            testDescription: "onlyIfCached",
            line: "504: nothing usable is stored",
            detail: "only-if-cached",
            options: .init(onlyIfCached: true)
        ),
    ]

    static let notWriting = [
        Reason(
            testDescription: "status",
            line: "not stored: its status is not among the allowable codes",
            detail: "its status is not among the allowable codes",
            status: 404
        ),
        Reason(
            testDescription: "no-store of the response",
            line: "not stored: its Cache-Control says no-store",
            detail: "its Cache-Control says no-store",
            settings: { $0.cacheControl = true },
            fields: [.cacheControl: "no-store"]
        ),
        Reason(
            testDescription: "Vary: *",
            line: "not stored: its Vary is *, which matches no request",
            detail: "its Vary is *, which matches no request",
            fields: [.vary: "*"]
        ),
        Reason(
            testDescription: "immediately, without a validator",
            line: "not stored: it has no validator and expires immediately",
            detail: "it has no validator and expires immediately",
            settings: { $0.expireAfter = .immediately }
        ),
        Reason(
            testDescription: "filter",
            line: "not stored: it was rejected by the filter",
            detail: "it was rejected by the filter",
            settings: { $0.filter = { _ in false } }
        ),
        Reason(
            testDescription: "read-only",
            line: "not stored: the session is read-only",
            detail: "the session is read-only",
            settings: { $0.isReadOnly = true }
        ),
    ]

    @Test(
        "Each reason for not reading and for not writing is in the debug log",
        arguments: notReading + notWriting
    )
    func names(reason: Reason) async throws {
        let test = SessionUnderTest(settings: reason.settings) { _ in TransportResponse(reason.status, reason.fields) }
        if reason.isStoredBefore { _ = try await test.session.get(SessionUnderTest.url) }
        test.clock.advance(by: reason.secondsBetween)
        test.log.clear()
        let response = try await test.session.request(
            reason.method,
            SessionUnderTest.url,
            headers: reason.headers,
            options: reason.options
        )
        #expect(!response.isFromCache)
        #expect(test.log.lines.contains { $0.hasPrefix("debug: \(reason.line)") }, "\(test.log.text)")
        #expect(test.log.lines.allSatisfy { $0.hasPrefix("debug: ") }, "\(test.log.text)")
        #expect(response.cacheStatus.detail == reason.detail)
        if let key = response.cacheKey { #expect(test.log.text.contains("\"key\": \(key)")) }
    }

    @Test("withCacheDisabled is in the log")
    func namesDisabling() async throws {
        let test = SessionUnderTest.counting()
        try await test.session.withCacheDisabled { _ = try await test.session.get(SessionUnderTest.url) }
        #expect(test.log.lines == ["debug: not cached: disabled [:]"])
    }

    @Test("A 304 that changes nothing is logged as not written")
    func namesUnchanged() async throws {
        let test = SessionUnderTest { TransportResponse($0.ordinal == 1 ? 200 : 304, [.eTag: "\"v1\""]) }
        for _ in 0..<2 { _ = try await test.session.get(SessionUnderTest.url, options: .init(refresh: true)) }
        #expect(test.log.text.contains("debug: not updated: the 304 changes nothing"))
    }

    @Test("The log says what a read-only session would have written or deleted")
    func namesReadOnly() async throws {
        let writer = SessionUnderTest.validating()
        _ = try await writer.session.get(SessionUnderTest.url)
        let reader = SessionUnderTest(
            backend: writer.backend,
            settings: {
                $0.isReadOnly = true
                $0.filter = { _ in false }
            }
        ) { _ in TransportResponse(304, [.eTag: "\"v1\"", .server: "new"]) }
        #expect(try await reader.session.get(SessionUnderTest.url).isFromCache)
        #expect(reader.log.text.contains("debug: rejected by the filter, but not deleted: the session is read-only"))
        #expect(try await reader.session.get(SessionUnderTest.url, options: .init(refresh: true)).isRevalidated)
        #expect(reader.log.text.contains("debug: not updated: the session is read-only"))
    }

    @Test("The log has hits, stores and entries that the filter deletes")
    func namesDeletion() async throws {
        let test = SessionUnderTest.counting()
        _ = try await test.session.get(SessionUnderTest.url)
        #expect(test.log.lines.contains { $0.hasPrefix("debug: stored ") })
        test.session.settings.filter = { _ in false }
        _ = try await test.session.get(SessionUnderTest.url)
        #expect(test.log.lines.contains { $0.hasPrefix("debug: hit ") })
        #expect(test.log.lines.contains { $0.hasPrefix("debug: deleted: rejected by the filter") })
    }
}
