import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Vary")
struct VaryTests {
    private let primary = CacheKey(hashing: Data("primary".utf8))
    private let matching = RequestMatching()

    private func vary(_ values: String...) throws -> VaryNames {
        var fields = HTTPFields()
        fields[values: .vary] = values
        return try #require(VaryNames(fields))
    }

    @Test("The names of all Vary fields are read, in any case, each once")
    func names() throws {
        #expect(try vary("Accept, ORIGIN ,,", "accept,\tA").names == ["a", "accept", "origin"])
        #expect(VaryNames([:]) == nil)
        #expect(VaryNames([.vary: ""]) == nil)
        #expect(VaryNames([.vary: " , "]) == nil)
    }

    @Test("Vary: * never matches and has no variants", arguments: ["*", "Accept, *", "*, *"])
    func asterisk(_ value: String) throws {
        let vary = try vary(value)
        #expect(vary.isUnlimited)
        #expect(!vary.matches(stored: [:], new: [:], matching))
        #expect(primary.variant(vary, of: [:], matching) == nil)
    }

    @Test(
        "Requests match when each field is equal, or absent in both (RFC 9111 §4.1)",
        arguments: [
            ([.accept: "a/b"], [.accept: "A/B"], true), ([.accept: "a/b, c/d"], [.accept: "a/b,C/d"], true),
            ([.accept: "a/b, c/d"], [.accept: "c/d,a/b"], false),
            ([:], [:], true), ([.origin: "x"], [.origin: "x"], true), ([.origin: "x"], [.origin: "X"], false),
            ([.accept: "a/b"], [:], false), ([:], [.accept: ""], false), ([.accept: "a/b"], [.accept: "a/c"], false),
            ([.userAgent: "x"], [.userAgent: "y"], true), ([.accept: "a", .origin: "x"], [.accept: "a"], false),
            ([.accept: "a", .accept: "b"], [.accept: "a, b"], true),
        ] as [(HTTPFields, HTTPFields, Bool)]
    )
    func matching(_ stored: HTTPFields, _ new: HTTPFields, _ expected: Bool) throws {
        let vary = try vary("Accept, Origin")
        #expect(vary.matches(stored: stored, new: new, matching) == expected)
        #expect(vary.matches(stored: new, new: stored, matching) == expected)
        let keys = (primary.variant(vary, of: stored, matching), primary.variant(vary, of: new, matching))
        #expect((keys.0 == keys.1) == expected)
    }

    @Test("A redacted cookie that Vary names can't be compared, so it never matches")
    func redactedCookies() throws {
        let vary = try vary("Cookie")
        let matching = RequestMatching(CacheSettings(redactsCookies: true))
        let (none, redacted, sent): (HTTPFields, HTTPFields, HTTPFields) = ([:], [.cookie: "REDACTED"], [.cookie: "x"])
        for (stored, new) in [(redacted, sent), (redacted, redacted), (redacted, none), (none, sent)] {
            #expect(!vary.matches(stored: stored, new: new, matching))
        }
        #expect(vary.matches(stored: none, new: none, matching))
        #expect(primary.variant(vary, of: sent, matching) == nil)
        #expect(primary.variant(vary, of: none, matching) != nil)
        #expect(vary.matches(stored: sent, new: sent, self.matching))
    }

    @Test("A field that the key settles already does not keep a response from being found")
    func settledFields() throws {
        let vary = try vary("Authorization")
        let matched = RequestMatching(CacheSettings(credentialParameters: [], matchHeaders: ["Authorization"]))
        for matching in [matching, matched, RequestMatching(CacheSettings(credentials: .ignored))] {
            #expect(vary.matches(stored: [.authorization: "REDACTED"], new: [.authorization: "x"], matching))
            let keys = [[:], [.authorization: "x"]].map { primary.variant(vary, of: $0, matching) }
            #expect(keys[0] == keys[1])
        }
        let own = RequestMatching(CacheSettings(keyFunction: { _, _ in CacheKey(hashing: Data()) }))
        #expect(!vary.matches(stored: [.authorization: "REDACTED"], new: [.authorization: "x"], own))
    }

    @Test("Every variant has its own key in the shard of the primary key")
    func variantsLieInOneShard() throws {
        let vary = try vary("Accept-Language")
        var keys: Set<CacheKey> = [primary]
        for language in ["de", "en", "fr", ""] {
            let variant = try #require(primary.variant(vary, of: [.acceptLanguage: language], matching))
            #expect(variant.description.prefix(4) == primary.description.prefix(4))
            keys.insert(variant)
        }
        keys.insert(try #require(primary.variant(vary, of: [:], matching)))
        #expect(keys.count == 6)
        let other = CacheKey(hashing: Data("another".utf8))
        #expect(other.variant(vary, of: [:], matching) != primary.variant(vary, of: [:], matching))
    }

    @Test("The order of the names in Vary does not change the variant; other names do")
    func nameOrder() throws {
        let fields: HTTPFields = [.accept: "a", .origin: "b"]
        #expect(
            try primary.variant(vary("Accept", "Origin"), of: fields, matching)
                == primary.variant(vary("origin, accept"), of: fields, matching)
        )
        #expect(
            try primary.variant(vary("Accept"), of: fields, matching)
                != primary.variant(vary("Origin"), of: fields, matching)
        )
        #expect(try primary.variant(vary("a b, Accept"), of: fields, matching) != nil)
    }
}

extension VaryNames {
    fileprivate func matches(stored: HTTPFields, new: HTTPFields, _ matching: RequestMatching) -> Bool {
        matches(stored: HeaderSection(stored), new: new, matching)
    }
}
