import HTTPTypes
import Testing

@testable import FSCache

@Suite("Common field names")
struct CommonFieldNamesTests {
    @Test(
        "A lookup returns the name with exactly these octets, including case",
        arguments: ["Content-Type", "content-type", "ETag", "etag", "Vary", "X-XSS-Protection", "via"]
    )
    func common(_ text: String) throws {
        let name = try #require(Self.common(text))
        #expect(name.rawName == text)
        #expect(name == HTTPField.Name(text))
    }

    @Test(
        "Another spelling, another name, and no name at all are not among the common ones",
        arguments: ["CONTENT-TYPE", "Content-Typf", "Content-Typ", "X-Own", "x", "", ":status", "Content-Type\0", "é"]
    )
    func uncommon(_ text: String) {
        #expect(Self.common(text) == nil)
    }

    @Test(
        "A name from a file keeps its spelling, whether it is common or not",
        arguments: ["Date", "dAtE", "X-Own", "x"]
    )
    func stored(_ text: String) {
        #expect(Self.stored(text)?.rawName == text)
    }

    @Test("An illegal field name is rejected", arguments: ["", ":status", "a b", "Content-Type:", "é"])
    func refused(_ text: String) {
        #expect(Self.stored(text) == nil)
    }

    private static func common(_ text: String) -> HTTPField.Name? {
        let octets = Array(text.utf8)
        return CommonFieldNames.name(octets.span)
    }

    private static func stored(_ text: String) -> HTTPField.Name? {
        let octets = Array(text.utf8)
        return HTTPField.Name(octets.span)
    }
}
