import HTTPTypes
import Testing

@testable import FSCache

@Suite("Targeted cache control (RFC 9213)")
struct TargetedCacheControlTests {
    private func parse(_ values: String...) -> CacheControl? {
        CacheControl.targeted(
            at: .cdnCacheControl,
            in: RFC9111Case.fields(values.map { ("CDN-Cache-Control", $0) })
        )
    }

    @Test(
        "§2.1: a dictionary of directives is read",
        arguments: [
            ("max-age=60", 60), ("max-age=0", 0), ("max-age=-1", 0), ("foobar, max-age=60", 60),
            ("max-age=60;p=1;q=\"x\"", 60), ("max-age=60, a=(1 2;x \"y\"), b=1.5, c=:YQ==:, d=?0, e=tok/en:*", 60),
            ("max-age=1, max-age=60", 60), ("  max-age=60 ,\tfoo", 60), ("max-age=99999999999", 1 << 31),
            ("max-age=60, d=@1659578233, s=%\"f%c3%bc\"", 60), ("a=(), max-age=60", 60),
        ]
    )
    func readsDictionaries(value: String, maxAge: Int) {
        #expect(parse(value)?.maxAge == maxAge)
        #expect(parse(value)?.isTargeted == true)
    }

    @Test(
        "§2.1: an empty field and one with invalid syntax are ignored",
        arguments: [
            "", "  ", "max-age=60,", "max-age =60", "max-age= 60", "Max-Age=60", "max-age=60, &&&&&", "max-age=\"60\"",
            "max-age=60.0", "max-age", "no-store=1", "no-store=yes", "max-age=60 foo", ",max-age=60", "max-age=60,,a",
            "max-age=9999999999999999", "max-age=60, a=\"x", "max-age=60, a=(1", "max-age=60, a=(1\"2\")",
            "max-age=60;=1", "max-age=60, a=:*:", "max-age=60, a=?2", "max-age=60, a=1.2345", "max-age=60, a=\"\\x\"",
            "max-age=60, a=--1", "max-age=60, a=@x", "max-age=60, ü",
        ]
    )
    func ignoresInvalidFields(value: String) {
        #expect(parse(value) == nil)
    }

    @Test("§2.1: flags are Booleans, and a false one is not set")
    func readsFlags() {
        let directives = parse("no-store, no-cache=?0", "must-revalidate;x, public=?1")
        #expect(directives?.noStore == true)
        #expect(directives?.noCache == false)
        #expect(directives?.mustRevalidate == true)
        #expect(directives?.isPublic == true)
        #expect(parse("private=\"x\"")?.isPrivate == true)
    }

    @Test("§2.2: a cache that was told to uses it in place of Cache-Control, others do not")
    func comesFirst() {
        let fields = RFC9111Case.fields([("Cache-Control", "no-store"), ("CDN-Cache-Control", "max-age=60")])
        let shared = CacheControl(ofResponse: fields, isTargeted: true)
        #expect(shared.maxAge == 60 && !shared.noStore)
        let own = CacheControl(ofResponse: fields, isTargeted: false)
        #expect(own.maxAge == nil && own.noStore)
        let invalid = RFC9111Case.fields([("Cache-Control", "no-store"), ("CDN-Cache-Control", "max-age=60, &")])
        #expect(CacheControl(ofResponse: invalid, isTargeted: true).noStore)
    }
}
