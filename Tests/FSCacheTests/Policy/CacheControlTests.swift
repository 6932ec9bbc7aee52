import HTTPTypes
import Testing

@testable import FSCache

@Suite("Cache-Control directives (RFC 9111 §5.2)")
struct CacheControlTests {
    private func parse(_ values: String..., isRequest: Bool = false) -> CacheControl {
        var fields = HTTPFields()
        for value in values { fields.append(HTTPField(name: .cacheControl, value: value)) }
        return CacheControl(fields, isRequest: isRequest)
    }

    @Test("Directives are read without regard to case, from one field or several")
    func readsLists() {
        let expected = parse("max-age=60, no-cache, must-revalidate")
        #expect(expected.maxAge == 60)
        #expect(expected.noCache)
        #expect(expected.mustRevalidate)
        #expect(parse("Max-Age=60,NO-CACHE", "must-revalidate") == expected)
        #expect(parse(",, max-age=60 ,\tno-cache,,must-revalidate,") == expected)
    }

    @Test(
        "Seconds may be a token or a quoted string; invalid numbers are 0, too large ones 2^31",
        arguments: [
            ("max-age=60", 60), ("max-age=\"60\"", 60), ("max-age = 60", 60), ("max-age=\"6\\0\"", 60),
            ("max-age", 0), ("max-age=", 0), ("max-age=abc", 0), ("max-age=-1", 0), ("max-age=1.5", 0),
            ("max-age=99999999999999999999999", 1 << 31), ("max-age=007", 7),
        ]
    )
    func readsSeconds(value: String, seconds: Int) {
        #expect(parse(value).maxAge == seconds)
    }

    @Test("The smallest value of a repeated directive counts")
    func prefersStaleness() {
        #expect(parse("max-age=60, max-age=10").maxAge == 10)
        #expect(parse("max-age=60", "max-age=oops").maxAge == 0)
        #expect(parse("min-fresh=1, min-fresh=5", isRequest: true).minFresh == 5)
    }

    @Test("A comma or a directive inside a quoted string belongs to the string")
    func keepsQuotedStringsTogether() {
        let directives = parse("private=\"X-Secret, max-age=5\", ext=\"no-store\", max-age=60")
        #expect(directives.maxAge == 60)
        #expect(!directives.noStore)
        #expect(!directives.isPrivate)
        #expect(directives.limitsFields)
    }

    @Test(
        "no-cache and private with field names limit those fields only (§5.2.2.4, §5.2.2.7)",
        arguments: [
            ("no-cache=\"Set-Cookie,  X-Token\"", ["set-cookie", "x-token"], ["set-cookie", "x-token"]),
            ("no-cache=Set-Cookie", ["set-cookie"], ["set-cookie"]),
            ("private=\"A\", no-cache=\"B, ,C\"", ["b", "c"], ["a", "b", "c"]),
            ("max-age=\"5\", ext=\"x\"", [], []),
        ] as [(String, Set<String>, Set<String>)]
    )
    func readsFieldNames(value: String, inPrivate: Set<String>, inShared: Set<String>) {
        let directives = parse(value)
        #expect(!directives.noCache && !directives.isPrivate)
        #expect(directives.limitsFields == !inShared.isEmpty)
        let fields: HTTPFields = [.cacheControl: value]
        #expect(CacheControl.limitedFields(in: fields, isShared: false) == inPrivate)
        #expect(CacheControl.limitedFields(in: fields, isShared: true) == inShared)
    }

    @Test("With an argument without names, a directive applies to the response", arguments: ["", "\"\"", "\" , \""])
    func readsEmptyFieldNames(argument: String) {
        #expect(parse("no-cache=\(argument)").noCache)
        #expect(parse("private=\(argument)").isPrivate)
        #expect(!parse("private=\(argument)").limitsFields)
    }

    @Test("max-stale without an argument accepts any staleness")
    func readsMaxStale() {
        #expect(parse("max-stale", isRequest: true).maxStale == .max)
        #expect(parse("max-stale=30", isRequest: true).maxStale == 30)
        #expect(parse("max-stale=x", isRequest: true).maxStale == 0)
    }

    @Test("Pragma: no-cache counts in requests without Cache-Control only (RFC 9111 §5.4)")
    func readsPragma() {
        #expect(CacheControl([.pragma: "no-cache"], isRequest: true).noCache)
        #expect(!CacheControl([.pragma: "no-cache"]).noCache)
        #expect(!CacheControl([.pragma: "no-cache", .cacheControl: "max-age=1"], isRequest: true).noCache)
    }

    @Test(
        "Invalid text is ignored",
        arguments: ["=", "\"", "=\"max-age=1", "a=\"b", "\u{7F}", ";;;", "max age=3", "=5, , =\"x\""]
    )
    func survivesNonsense(value: String) {
        #expect(parse(value) == CacheControl())
    }
}
