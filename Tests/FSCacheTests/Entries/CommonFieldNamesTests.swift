import HTTPTypes
import Testing

@testable import FSCache

@Suite("Common field names")
struct CommonFieldNamesTests {
    @Test(
        "A name that is looked up is the name that its octets spell, case included",
        arguments: ["Content-Type", "content-type", "ETag", "etag", "Vary", "X-XSS-Protection", "via"]
    )
    func common(_ text: String) throws {
        let octets = Array(text.utf8)
        let name = try #require(CommonFieldNames.name(octets.span))
        #expect(name.rawName == text)
        #expect(name == HTTPField.Name(text))
    }

    @Test(
        "Another spelling, another name, and no name at all are not among the common ones",
        arguments: ["CONTENT-TYPE", "Content-Typf", "Content-Typ", "X-Own", "x", "", ":status", "Content-Type\0", "é"]
    )
    func uncommon(_ text: String) {
        let octets = Array(text.utf8)
        #expect(CommonFieldNames.name(octets.span) == nil)
    }

    @Test("A name from a file keeps its spelling, be it common or not", arguments: ["Date", "dAtE", "X-Own", "x"])
    func stored(_ text: String) throws {
        let octets = Array(text.utf8)
        #expect(try HTTPField.Name(stored: octets.span).rawName == text)
    }

    @Test("What no field name can be is refused", arguments: ["", ":status", "a b", "Content-Type:", "é"])
    func refused(_ text: String) {
        let octets = Array(text.utf8)
        #expect(throws: EntryError.self) { try HTTPField.Name(stored: octets.span) }
    }
}
