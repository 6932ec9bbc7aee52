import Foundation
import HTTPTypes
import Testing

@testable import FSCache

extension PartialContentTests {
    struct DecisionRow: Sendable, CustomTestStringConvertible {
        var what: String
        var stored = "bytes 2-5/10"
        var fields: [(String, String)] = [tag]
        var request: HTTPFields
        var method: HTTPRequest.Method = .get
        var age: TimeInterval = 0
        var outcome: CachePolicyDecisionTests.Outcome
        var testDescription: String { what }

        var response: StoredResponse {
            let range = ContentRange([.contentRange: stored])?.octets ?? 0..<0
            return part(stored, fields, String("0123456789".dropFirst(range.lowerBound).prefix(range.count)), age: age)
        }
    }

    static let decisions: [DecisionRow] = [
        DecisionRow(what: "§3.3: the same range", request: [.range: "bytes=2-5"], outcome: .serve),
        DecisionRow(what: "§3.3: a range within", request: [.range: "bytes=3-4"], outcome: .serve),
        DecisionRow(what: "§3.3: before it", request: [.range: "bytes=0-1"], outcome: .fetch),
        DecisionRow(what: "§3.3: after it", request: [.range: "bytes=6-7"], outcome: .fetch),
        DecisionRow(what: "§3.3: partly before it", request: [.range: "bytes=1-5"], outcome: .fetch),
        DecisionRow(what: "§3.3: partly after it", request: [.range: "bytes=2-6"], outcome: .fetch),
        DecisionRow(what: "§3.3: to the end, which isn't stored", request: [.range: "bytes=2-"], outcome: .fetch),
        DecisionRow(what: "§3.3: the last octets, which aren't stored", request: [.range: "bytes=-1"], outcome: .fetch),
        DecisionRow(
            what: "§14.1.2: to the end, which is stored",
            stored: "bytes 5-9/10",
            request: [.range: "bytes=6-"],
            outcome: .serve
        ),
        DecisionRow(
            what: "§14.1.2: the last octets, which are stored",
            stored: "bytes 5-9/10",
            request: [.range: "bytes=-5"],
            outcome: .serve
        ),
        DecisionRow(
            what: "§14.1.2: more last octets than are stored",
            stored: "bytes 5-9/10",
            request: [.range: "bytes=-6"],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§14.1.2: beyond the end, which is stored",
            stored: "bytes 5-9/10",
            request: [.range: "bytes=8-99999999999999999999"],
            outcome: .serve
        ),
        DecisionRow(
            what: "§15.5.17: after the end of a part, which can't prove that",
            stored: "bytes 5-9/10",
            request: [.range: "bytes=10-"],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§14.4: within a part of unknown complete length",
            stored: "bytes 2-5/*",
            request: [.range: "bytes=3-5"],
            outcome: .serve
        ),
        DecisionRow(
            what: "§14.4: beyond it, if the end is unknown",
            stored: "bytes 2-5/*",
            request: [.range: "bytes=3-6"],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§14.4: to the end, which is unknown",
            stored: "bytes 2-5/*",
            request: [.range: "bytes=3-"],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§14.4: the last octets, if the end is unknown",
            stored: "bytes 2-5/*",
            request: [.range: "bytes=-1"],
            outcome: .fetch
        ),
        DecisionRow(what: "§14.1.2: several ranges", request: [.range: "bytes=2-3,4-5"], outcome: .fetch),
        DecisionRow(what: "§14.1: another unit", request: [.range: "lines=2-3"], outcome: .fetch),
        DecisionRow(what: "§14.2: nonsense", request: [.range: "bytes=3-2"], outcome: .fetch),
        DecisionRow(
            what: "§13.1.5: If-Range with its tag",
            request: [.range: "bytes=2-3", .ifRange: "\"1\""],
            outcome: .serve
        ),
        DecisionRow(
            what: "§13.1.5: If-Range with another tag requests the complete response",
            request: [.range: "bytes=2-3", .ifRange: "\"2\""],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§13.1.5: If-Range with a weak tag never matches",
            fields: [("ETag", "W/\"1\"")],
            request: [.range: "bytes=2-3", .ifRange: "W/\"1\""],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§13.1.5: If-Range with its date",
            fields: [modified(-100), date],
            request: [.range: "bytes=2-3", .ifRange: RFC9111Case.date(-100)],
            outcome: .serve
        ),
        DecisionRow(
            what: "§8.8.2.2: If-Range with a date that is weak",
            fields: [modified(0), date],
            request: [.range: "bytes=2-3", .ifRange: RFC9111Case.date(0)],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§4.3: a stale part is validated",
            request: [.range: "bytes=2-3"],
            age: 61,
            outcome: .revalidate
        ),
        DecisionRow(
            what: "§4.3: a stale part that can't be validated",
            fields: [],
            request: [.range: "bytes=2-3"],
            age: 61,
            outcome: .fetch
        ),
        DecisionRow(
            what: "§5.2.1.4: no-cache",
            request: [.range: "bytes=2-3", .cacheControl: "no-cache"],
            outcome: .revalidate
        ),
        DecisionRow(
            what: "§5.2.1.7: only-if-cached, with the octets stored",
            request: [.range: "bytes=2-3", .cacheControl: "only-if-cached"],
            outcome: .serve
        ),
        DecisionRow(
            what: "§5.2.1.7: only-if-cached, without the octets stored",
            request: [.range: "bytes=0-3", .cacheControl: "only-if-cached"],
            outcome: .timeout
        ),
        DecisionRow(
            what: "§5.2.1.7: only-if-cached for the complete response",
            stored: "bytes 0-5/10",
            request: [.cacheControl: "only-if-cached, max-stale, stale-if-error=100"],
            outcome: .timeout
        ),
        DecisionRow(what: "§3.3: the complete response, with the middle stored", request: [:], outcome: .fetch),
        DecisionRow(
            what: "§3.3: the complete response, with the beginning stored",
            stored: "bytes 0-5/10",
            request: [:],
            outcome: .complete
        ),
        DecisionRow(
            what: "§3.3: a stale beginning, because If-Range validates it",
            stored: "bytes 0-5/10",
            request: [:],
            age: 3600,
            outcome: .complete
        ),
        DecisionRow(
            what: "§3.3: the beginning of content with unknown length",
            stored: "bytes 0-5/*",
            request: [:],
            outcome: .complete
        ),
        DecisionRow(
            what: "§4.3.2: a condition of the client doesn't make the part complete",
            stored: "bytes 0-5/10",
            request: [.ifNoneMatch: "\"1\""],
            outcome: .complete
        ),
        DecisionRow(
            what: "§3.4: the beginning, with a weak tag",
            stored: "bytes 0-5/10",
            fields: [("ETag", "W/\"1\"")],
            request: [:],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§3.4: the beginning, without a validator",
            stored: "bytes 0-5/10",
            fields: [],
            request: [:],
            outcome: .fetch
        ),
        DecisionRow(
            what: "§14.2: HEAD",
            stored: "bytes 0-5/10",
            request: [.range: "bytes=0-1"],
            method: .head,
            outcome: .fetch
        ),
    ]

    @Test("RFC 9111 §3.3: uses of a stored part", arguments: decisions)
    func decides(row: DecisionRow) {
        let policy = CachePolicy(Self.settings)
        let terms = Self.terms(row.request, row.method)
        #expect(
            CachePolicyDecisionTests.Outcome(policy.decide(terms, stored: row.response, now: RFC9111Case.now))
                == row.outcome
        )
    }

    @Test("§3.3: without cacheControl, a part that another cache stored is not used")
    func isNothingWithoutCacheControl() {
        for request in [[:], [.range: "bytes=0-1"]] as [HTTPFields] {
            for isCachedOnly in [true, false] {
                var settings = CacheSettings()
                settings.staleIfError = .always
                let terms = Self.terms(request, options: RequestOptions(onlyIfCached: isCachedOnly), settings: settings)
                let part = Self.part("bytes 0-5/10", "012345")
                let policy = CachePolicy(settings)
                let expected: CachePolicyDecisionTests.Outcome = isCachedOnly ? .timeout : .fetch
                #expect(
                    CachePolicyDecisionTests.Outcome(policy.decide(terms, stored: part, now: RFC9111Case.now))
                        == expected
                )
                #expect(!policy.allowsStaleIfError(terms, stored: part, now: RFC9111Case.now))
            }
        }
    }

    @Test("§4.2.4: a part stands in for an error only if it has the requested octets")
    func standsIn() {
        let policy = CachePolicy(Self.settings)
        let part = Self.part("bytes 0-5/10", "012345", age: 100)
        func standsIn(_ request: HTTPFields) -> Bool {
            policy.allowsStaleIfError(Self.terms(request), stored: part, now: RFC9111Case.now)
        }
        #expect(standsIn([.range: "bytes=0-1"]))
        #expect(
            !standsIn([:]) && !standsIn([.range: "bytes=0-"]) && !standsIn([.range: "bytes=0-1", .ifRange: "\"2\""])
        )
    }

    @Test("§3.3: an edited part is used only if its length is unchanged")
    func looksAtEdits() {
        let policy = CachePolicy(Self.settings)
        var part = Self.part("bytes 0-5/10", "012345")
        part.isEdited = true
        func decision(_ request: HTTPFields) -> CachePolicyDecisionTests.Outcome {
            CachePolicyDecisionTests.Outcome(policy.decide(Self.terms(request), stored: part, now: RFC9111Case.now))
        }
        #expect(decision([.range: "bytes=0-1"]) == .serve)
        // An edited beginning doesn't belong to the origin's response.
        #expect(decision([:]) == .fetch)
        part.body.append(contentsOf: "6".utf8)
        #expect(decision([.range: "bytes=0-1"]) == .fetch)
    }
}

extension PartialContentTests {
    @Test("§15.3.7: a response from a part has a Content-Range with its octets and the complete length")
    func presents() throws {
        let policy = CachePolicy(Self.settings)
        func served(_ stored: StoredResponse, _ range: String) -> StoredResponse {
            policy.presented(stored, to: Self.terms([.range: range]), at: RFC9111Case.now)
        }
        let digests = [("Content-Digest", "sha-256=:x:"), ("Repr-Digest", "sha-256=:y:")]
        let stored = Self.part("bytes 2-5/10", [Self.tag] + digests, "2345")
        let less = served(stored, "bytes=3-4")
        #expect(less.status == .partialContent && less.body == Data("34".utf8))
        #expect(less.headerFields[.contentRange] == "bytes 3-4/10" && less.headerFields[.contentLength] == "2")
        let name = try #require(HTTPField.Name("Repr-Digest"))
        #expect(less.headerFields[.contentDigest] == nil && less.headerFields[name] == "sha-256=:y:")

        let same = served(stored, "bytes=2-5")
        #expect(same.body == Data("2345".utf8) && same.headerFields[.contentDigest] == "sha-256=:x:")
        let unknown = served(Self.part("bytes 2-5/*", "2345"), "bytes=5-5")
        #expect(unknown.headerFields[.contentRange] == "bytes 5-5/*" && unknown.body == Data("5".utf8))

        let condition = Self.terms([.range: "bytes=2-3", .ifNoneMatch: "\"1\""])
        let notModified = policy.presented(stored, to: condition, at: RFC9111Case.now)
        #expect(notModified.status == .notModified && notModified.headerFields[.contentRange] == nil)
    }
}
