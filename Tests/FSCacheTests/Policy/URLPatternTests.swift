import Testing

@testable import FSCache

@Suite("URL patterns and rules")
struct URLPatternTests {
    @Test(
        "A glob ignores the scheme, and matches the URL and everything below it",
        arguments: [
            ("example.com/api", "https://example.com/api", true),
            ("https://example.com/api", "http://example.com/api", true),
            ("example.com/api", "https://example.com/api/items/1", true),
            ("example.com/api", "https://example.com/api?page=2", true),
            ("example.com/api", "https://example.com/apix", false),
            ("example.com/resource_1", "https://example.com/resource_10", false),
            ("example.com", "https://example.com/", true),
            ("example.com", "https://example.com.evil.org/", false),
            ("example.com/", "https://example.com/x", true),
            ("*.example.com", "https://img.example.com/a/b.png", true),
            ("*.example.com", "https://example.com/", false),
            ("*.example.com/api/data", "https://a.example.com/api/data?x=1", true),
            ("example.com/*/edit", "https://example.com/a/b/c/edit", true),
            ("example.com/*/edit", "https://example.com/a/editor/edit", true),
            ("example.com/*/edit", "https://example.com/a/editor", false),
            ("example.com/a*", "https://example.com/abc", true),
            ("*", "https://anything.at/all", true),
            ("", "https://anything.at/all", false),
            ("*.json", "https://example.com/data.json", true),
            ("*.json", "https://example.com/data.jsonx", false),
        ]
    )
    func matchesGlobs(glob: String, url: String, matches: Bool) {
        #expect(URLPattern.glob(glob).matches(url) == matches)
    }

    @Test("A glob with many stars doesn't take exponential time")
    func staysLinear() {
        let glob = String(repeating: "*a", count: 30) + "b"
        #expect(!URLPattern.glob(glob).matches("https://" + String(repeating: "a", count: 5000)))
    }

    @Test("A regular expression is searched for in the whole URL")
    func searchesRegexes() {
        #expect(URLPattern.regex(#/^https:.*id=(\d+)/#).matches("https://example.com/?id=42"))
        #expect(!URLPattern.regex(#/^https:/#).matches("http://example.com/"))
    }

    @Test("The first rule that matches decides, and a last row of doNotCache makes an allowlist")
    func keepsOrder() {
        let rules: ExpirationRules = [
            "example.com/static": .never,
            "example.com": 60,
            "*": .doNotCache,
        ]
        #expect(rules.expiration(for: "https://example.com/static/a.css") == .never)
        #expect(rules.expiration(for: "https://example.com/") == .seconds(60))
        #expect(rules.expiration(for: "https://elsewhere.org/") == .doNotCache)
        #expect(ExpirationRules().expiration(for: "https://elsewhere.org/") == nil)
    }
}
