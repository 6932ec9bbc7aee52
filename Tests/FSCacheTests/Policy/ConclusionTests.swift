import Foundation
import HTTPTypes
import Testing

@testable import FSCache

/// Each row is a plan, an answer, and the expected result: the response with its `Cache-Status`, and the changes to the
/// store.
@Suite("Policy: the conclusion from an answer")
struct ConclusionTests {
    /// The stored response and the request.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var settings = CacheSettings.rfc9111()
        var request = RFC9111Case.request()
        var options = RequestOptions()
        var stored: StoredResponse?
        /// The response under the request's key, if it is another variant.
        var primary: StoredResponse?
        /// The stored response that the answer may change, under its key.
        var current: StoredResponse?
        /// `nil` for no answer at all.
        var answer: StoredResponse?
        /// The response and each effect, a line each, or the request that is sent next.
        var expected: [String]

        init(
            _ description: String,
            _ request: HTTPRequest = RFC9111Case.request(),
            options: RequestOptions = RequestOptions(),
            stored: StoredResponse? = nil,
            primary: StoredResponse? = nil,
            current: StoredResponse? = nil,
            answer: StoredResponse?,
            _ expected: String...,
            settings change: (inout CacheSettings) -> Void = { _ in }
        ) {
            self.testDescription = description
            self.request = request
            self.options = options
            self.stored = stored
            self.primary = primary
            self.current = current
            self.answer = answer
            self.expected = expected
            change(&settings)
        }
    }

    static let key = CacheKey(hashing: Data("key".utf8))
    static let primaryKey = CacheKey(hashing: Data("primary".utf8))
    static let currentKey = CacheKey(hashing: Data("current".utf8))

    // MARK: Rows

    static let fresh: HTTPFields = [.cacheControl: "max-age=60"]
    static let tagged: HTTPFields = [.cacheControl: "max-age=60", .eTag: "\"1\""]

    static func came(_ status: Int, _ fields: HTTPFields = [:], _ body: String = "") -> StoredResponse {
        RFC9111Case.response(status, fields, body: body)
    }

    static func stale(_ fields: HTTPFields = tagged, _ body: String = "old", status: Int = 200) -> StoredResponse {
        var stored = RFC9111Case.stored(fields, status: status, body: body, age: 90, settings: .rfc9111())
        stored.expires = RFC9111Case.now.addingTimeInterval(-30)
        return stored
    }

    static func part(_ range: String, _ body: String, _ tag: String = "\"1\"") -> StoredResponse {
        var part = came(206, [.cacheControl: "max-age=60", .eTag: tag, .contentRange: range], body)
        part.expires = RFC9111Case.now.addingTimeInterval(60)
        return part
    }

    static let fetching: [Row] = [
        Row(
            "A fresh response is stored",
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=uri-miss; ttl=60; stored",
            "store 200 new, fresh for 60"
        ),
        Row(
            "A response with no-store is not stored",
            answer: came(200, [.cacheControl: "no-store"], "new"),
            "200 new | FSCache; fwd=uri-miss; detail=\"its Cache-Control says no-store\""
        ),
        Row(
            "A response that the filter rejects is not stored",
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=uri-miss; detail=\"it was rejected by the filter\"",
            settings: { $0.filter = { $0.status != .ok } }
        ),
        Row(
            "A read-only session stores nothing",
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=uri-miss; detail=\"the session is read-only\"",
            settings: { $0.isReadOnly = true }
        ),
        Row(
            "With nothing stored, an error response is returned",
            answer: came(503),
            "503 | FSCache; fwd=uri-miss; detail=\"it has no freshness lifetime, and nothing allows caching it\""
        ),
        Row("With neither an answer nor a stored response, the client gets the error", answer: nil, "fail"),
        Row(
            "Fields of one connection are not stored",
            answer: came(200, [.cacheControl: "max-age=60", .connection: "X-Hop", .eTag: "\"1\""], "new"),
            "200 new | FSCache; fwd=uri-miss; ttl=60; stored",
            "store 200 new, fresh for 60"
        ),
    ]

    static let validating: [Row] = [
        Row(
            "A 304 freshens the stored response",
            stored: stale(),
            answer: came(304, [.eTag: "\"1\"", .cacheControl: "max-age=100"]),
            "200 old | FSCache; fwd=stale; fwd-status=304; ttl=100; stored, revalidated",
            "update 200 old, fresh for 100"
        ),
        Row(
            "A 304 that says no-store removes the entry, and the client gets the response",
            stored: stale(),
            answer: came(304, [.eTag: "\"1\"", .cacheControl: "no-store"]),
            "200 old | FSCache; fwd=stale; fwd-status=304; ttl=-30; detail=\"its Cache-Control says no-store\", revalidated",
            "discard"
        ),
        Row(
            "After a 304 for another representation, the request is sent without validators",
            stored: stale(),
            answer: came(304, [.eTag: "\"2\""]),
            "ask GET"
        ),
        Row(
            "A 200 replaces the stored response",
            stored: stale(),
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=stale; ttl=60; stored",
            "store 200 new, fresh for 60"
        ),
        Row(
            "A client that already has the new response gets a 304",
            RFC9111Case.request(.get, [.ifNoneMatch: "\"2\""]),
            stored: stale(),
            answer: came(200, [.cacheControl: "max-age=60", .eTag: "\"2\""], "new"),
            "304 | FSCache; fwd=stale; ttl=60; stored",
            "store 200 new, fresh for 60, even if the client leaves"
        ),
        Row(
            "A 304 that changes nothing writes nothing",
            options: RequestOptions(refresh: true),
            stored: came(200, [.eTag: "\"1\""], "old"),
            answer: came(304, [.eTag: "\"1\""]),
            "200 old | FSCache; fwd=request; fwd-status=304, revalidated",
            settings: { $0 = CacheSettings() }
        ),
    ]

    static let failing: [Row] = [
        Row(
            "A stale response stands in when the origin can't be reached",
            stored: stale(),
            answer: nil,
            "200 old | FSCache; fwd=stale; ttl=-30; detail=\"stands in for: no route\", stale"
        ),
        Row(
            "A stale response with must-revalidate does not stand in",
            stored: stale([.cacheControl: "max-age=60, must-revalidate", .eTag: "\"1\""]),
            answer: nil,
            "fail"
        ),
        Row(
            "A stale response stands in for a 503 within its stale-if-error",
            stored: stale([.cacheControl: "max-age=60, stale-if-error=60", .eTag: "\"1\""]),
            answer: came(503),
            "200 old | FSCache; fwd=stale; ttl=-30; detail=\"stands in for: status 503\", stale"
        ),
        Row(
            "A stale response does not stand in for a 503 without permission",
            stored: stale(),
            answer: came(503),
            "503 | FSCache; fwd=stale; detail=\"it has no freshness lifetime, and nothing allows caching it\""
        ),
    ]

    static let varyingTagged: HTTPFields = [.cacheControl: "max-age=60", .eTag: "\"2\"", .vary: "Accept"]

    static let varying: [Row] = [
        Row(
            "The origin chooses the other variant, which is stored for this request as well, and is renewed itself",
            primary: stale(varyingTagged, "two"),
            answer: came(304, [.eTag: "\"2\""]),
            "200 two | FSCache; fwd=vary-miss; fwd-status=304; ttl=60; stored, revalidated",
            "store 200 two, fresh for 60",
            "update 200 two, fresh for 60, primary"
        ),
        Row(
            "The origin chooses the other variant and says that it varies no more: it replaces that variant",
            primary: stale(varyingTagged, "two"),
            answer: came(304, [.eTag: "\"2\"", .vary: ""]),
            "200 two | FSCache; fwd=vary-miss; fwd-status=304; ttl=60; stored, revalidated",
            "store 200 two, fresh for 60, primary"
        ),
        Row(
            "The origin means a variant that is not stored",
            primary: stale(varyingTagged, "one"),
            answer: came(304, [.eTag: "\"3\""]),
            "ask GET"
        ),
        Row(
            "The origin sends another variant, which is stored beside the first one",
            primary: stale(varyingTagged, "one"),
            answer: came(200, [.cacheControl: "max-age=60", .vary: "accept"], "three"),
            "200 three | FSCache; fwd=vary-miss; ttl=60; stored",
            "store 200 three, fresh for 60"
        ),
        Row(
            "The newest response varies no more: it is the only one from now on",
            primary: stale(varyingTagged, "one"),
            answer: came(200, fresh, "three"),
            "200 three | FSCache; fwd=vary-miss; ttl=60; stored",
            "store 200 three, fresh for 60, primary"
        ),
        Row(
            "The newest response varies by another field: variants are told apart by that from now on",
            primary: stale(varyingTagged, "one"),
            answer: came(200, [.cacheControl: "max-age=60", .vary: "Origin"], "three"),
            "200 three | FSCache; fwd=vary-miss; ttl=60; stored",
            "store 200 three, fresh for 60, primary, alone"
        ),
        Row(
            "A stored variant is renewed in its place",
            stored: stale(varyingTagged, "two"),
            primary: stale(varyingTagged, "one"),
            answer: came(304),
            "200 two | FSCache; fwd=stale; fwd-status=304; ttl=60; stored, revalidated",
            "update 200 two, fresh for 60"
        ),
    ]

    static let parts: [Row] = [
        Row(
            "The rest completes a stored beginning",
            stored: part("bytes 0-4/10", "01234"),
            answer: part("bytes 5-9/10", "56789"),
            "200 0123456789 | FSCache; fwd=partial; fwd-status=206; ttl=60; stored",
            "store 200 0123456789, fresh for 60"
        ),
        Row(
            "If the rest has another validator, the complete response is requested",
            stored: part("bytes 0-4/10", "01234"),
            answer: part("bytes 5-9/10", "56789", "\"2\""),
            "ask GET"
        ),
        Row(
            "After a 416, the complete response is requested",
            stored: part("bytes 0-4/10", "01234"),
            answer: came(416),
            "ask GET"
        ),
        Row(
            "The origin sends the complete response instead of the rest",
            stored: part("bytes 0-4/10", "01234"),
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=partial; ttl=60; stored",
            "store 200 new, fresh for 60"
        ),
        Row(
            "A new part is joined to the stored one, and the client gets the requested octets",
            RFC9111Case.request(.get, [.range: "bytes=5-6"]),
            stored: part("bytes 0-4/10", "01234"),
            current: part("bytes 0-4/10", "01234"),
            answer: part("bytes 5-6/10", "56"),
            "206 56 | FSCache; fwd=partial; ttl=60; stored",
            "store 206 56, fresh for 60, after 01234"
        ),
        Row(
            "A part that adds nothing to a fresh complete response is not stored",
            RFC9111Case.request(.get, [.range: "bytes=5-6"]),
            options: RequestOptions(forceRefresh: true),
            stored: RFC9111Case.stored(tagged, settings: .rfc9111()),
            current: RFC9111Case.stored(
                [.cacheControl: "max-age=60", .eTag: "W/\"1\""],
                settings: .rfc9111()
            ),
            answer: came(206, [.cacheControl: "max-age=60", .eTag: "W/\"1\"", .contentRange: "bytes 5-6/10"], "56"),
            "206 56 | FSCache; fwd=request; detail=\"more of it is stored already\""
        ),
    ]

    static let others: [Row] = [
        Row(
            "A response to HEAD updates the stored response to GET",
            RFC9111Case.request(.head),
            current: stale(),
            answer: came(200, [.cacheControl: "max-age=100", .eTag: "\"1\""]),
            "200 | FSCache; fwd=uri-miss; ttl=100; stored",
            "store 200, fresh for 100",
            "update 200 old, fresh for 100, current"
        ),
        Row(
            "A response to HEAD about another representation makes the response to GET stale",
            RFC9111Case.request(.head),
            current: RFC9111Case.stored(tagged, body: "old", settings: .rfc9111()),
            answer: came(200, [.cacheControl: "max-age=100", .eTag: "\"2\""]),
            "200 | FSCache; fwd=uri-miss; ttl=100; stored",
            "store 200, fresh for 100",
            "update 200 old, fresh for 0, current"
        ),
        Row(
            "An unsafe method that succeeds invalidates its target and the URL in Location",
            RFC9111Case.request(.put),
            answer: came(201, [.location: "/other"]),
            "201 | FSCache; fwd=method; detail=\"method\"",
            "invalidate https://example.com/ https://example.com/other",
            settings: { $0.allowableMethods = [.get] }
        ),
        Row(
            "An unsafe method that fails invalidates nothing",
            RFC9111Case.request(.put),
            answer: came(500),
            "500 | FSCache; fwd=method; detail=\"method\""
        ),
        Row(
            "A response to POST that is the content of its target is stored for GET",
            RFC9111Case.request(.post),
            answer: came(200, [.cacheControl: "max-age=60", .contentLocation: "/"], "new"),
            "200 new | FSCache; fwd=method; detail=\"method\"",
            "invalidate https://example.com/",
            "store 200 new, fresh for 60, for GET"
        ),
        Row(
            "If the request bypasses the cache, nothing is stored",
            options: RequestOptions(expireAfter: .doNotCache),
            answer: came(200, fresh, "new"),
            "200 new | FSCache; fwd=bypass; detail=\"doNotCache\""
        ),
    ]

    // MARK: Tests

    @Test("Each answer has its response and its effects", arguments: fetching + validating + failing + varying)
    func concludes(row: Row) throws {
        try check(row)
    }

    @Test("Parts, HEAD, unsafe methods and bypasses have their effects", arguments: parts + others)
    func concludesOnTheRest(row: Row) throws {
        try check(row)
    }

    private func check(_ row: Row) throws {
        let policy = CachePolicy(row.settings)
        let terms = RFC9111Case.terms(row.request, options: row.options, settings: row.settings)
        let plan: Plan
        if let bypass = terms.bypass {
            plan = policy.planBypass(bypass, terms)
        } else {
            let primary = row.primary.map { Lookup.Primary(key: Self.primaryKey, response: $0) }
            let lookup = Lookup(key: Self.key, stored: row.stored, primary: primary)
            guard case .forward(let forward) = policy.decide(terms, lookup, now: RFC9111Case.now) else {
                Issue.record("The request does not go to the origin.")
                return
            }
            plan = forward
        }
        let answer: Answer =
            if let came = row.answer {
                .response(came, current: row.current.map { Lookup(key: currentKey(for: plan, came), stored: $0) })
            } else {
                .failure("no route")
            }
        #expect(lines(policy.conclude(plan, answer, now: RFC9111Case.now)) == row.expected)
    }

    /// A part is joined to the entry that the plan is about; a response to `HEAD` changes another one.
    private func currentKey(for plan: Plan, _ answer: StoredResponse) -> CacheKey {
        answer.isPartial ? Self.key : Self.currentKey
    }

    private func lines(_ conclusion: Conclusion) -> [String] {
        switch conclusion {
        case .fail: return ["fail"]
        case .ask(let plan):
            let validators: [HTTPField.Name] = [.ifNoneMatch, .ifModifiedSince, .ifRange, .range]
            let left = validators.filter { plan.request.headerFields.contains($0) }
            return [(["ask", plan.request.method.rawValue] + left.map(\.rawName)).joined(separator: " ")]
        case .respond(let outcome):
            let response = outcome.response
            var line = "\(text(response.stored)) | \(response.cacheStatus)"
            if response.isRevalidated { line += ", revalidated" }
            if response.isExpired { line += ", stale" }
            return [line] + outcome.effects.map(line(_:))
        }
    }

    private func line(_ effect: Effect) -> String {
        switch effect {
        case .store(let entry):
            var line = "store \(text(entry.response)), \(freshness(entry.response))"
            if entry.before != .empty {
                line += ", after \(String(decoding: entry.before.bytes ?? Data(), as: UTF8.self))"
            }
            if entry.isFinishedInBackground { line += ", even if the client leaves" }
            if ![Self.key, Self.primaryKey].contains(entry.key) { line += ", for \(entry.response.request.method)" }
            if entry.key == Self.primaryKey { line += ", primary" }
            if entry.beginsGeneration { line += ", alone" }
            return line
        case .update(let stored, let key):
            let place = key == Self.currentKey ? ", current" : key == Self.primaryKey ? ", primary" : ""
            return "update \(text(stored)), \(freshness(stored))\(place)"
        case .discard: return "discard"
        case .invalidate(let urls): return "invalidate \(urls.joined(separator: " "))"
        }
    }

    private func text(_ response: StoredResponse) -> String {
        let body = String(decoding: response.body, as: UTF8.self)
        return body.isEmpty ? "\(response.status.code)" : "\(response.status.code) \(body)"
    }

    private func freshness(_ response: StoredResponse) -> String {
        guard let expires = response.expires else { return "fresh for ever" }
        return "fresh for \(Int(expires.timeIntervalSince(RFC9111Case.now)))"
    }

    @Test("A stored response is served with its age and what remains of its lifetime")
    func serves() {
        let policy = CachePolicy(.rfc9111())
        let terms = RFC9111Case.terms(settings: .rfc9111())
        let stored = RFC9111Case.stored(Self.tagged, body: "old", age: 10, settings: .rfc9111())
        let outcome = policy.serve(stored, terms, at: Self.key, now: RFC9111Case.now)
        #expect(outcome.response.cacheStatus.description == "FSCache; hit; ttl=50")
        #expect(outcome.response.headerFields[.age] == "10" && outcome.effects.isEmpty && outcome.response.isFromCache)
    }

    @Test("A stored response that the filter rejects is served once more, and removed unless the session is read-only")
    func removes() {
        var settings = CacheSettings.rfc9111()
        settings.filter = { _ in false }
        let terms = RFC9111Case.terms(settings: settings)
        let stored = RFC9111Case.stored(Self.tagged, body: "old", settings: settings)
        func effects() -> [Effect] {
            CachePolicy(settings).serve(stored, terms, at: Self.key, now: RFC9111Case.now).effects
        }
        #expect(effects() == [.discard(Self.key)])
        settings.isReadOnly = true
        #expect(effects().isEmpty)
    }

    @Test("The stored entry has no secrets")
    func redacts() throws {
        var settings = CacheSettings.rfc9111()
        settings.redactsCookies = true
        let policy = CachePolicy(settings)
        let terms = RFC9111Case.terms(settings: settings)
        guard case .forward(let plan) = policy.decide(terms, Lookup(key: Self.key), now: RFC9111Case.now),
            case .respond(let outcome) = policy.conclude(
                plan,
                .response(Self.came(200, [.cacheControl: "max-age=60", .setCookie: "a=secret"])),
                now: RFC9111Case.now
            ), case .store(let entry) = try #require(outcome.effects.first)
        else {
            Issue.record("Nothing is stored.")
            return
        }
        #expect(entry.response.headerFields[.setCookie] == "REDACTED")
        #expect(outcome.response.headerFields[.setCookie] == "a=secret")
    }
}
