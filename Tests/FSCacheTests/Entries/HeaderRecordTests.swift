import Foundation
import HTTPTypes
import Testing

@testable import FSCache
@testable import Serializers

@Suite("Header fields in entries")
struct HeaderRecordTests {
    /// Values as a person may write them, and the octets that they mean.
    static let samples: [(Document, [UInt8]?)] = [
        (.string("text"), Array("text".utf8)), (.string(""), []), (.string("é"), Array("é".utf8)),
        (.integer(60), Array("60".utf8)), (.number("1.50"), Array("1.50".utf8)), (.float(1.5), Array("1.5".utf8)),
        (.bool(true), Array("true".utf8)), (.null, []),
        (.map([.init("base64", .string("Yel6"))]), [0x61, 0xE9, 0x7A]),
        (.map([.init("base64", .bytes(Data([0x61, 0xE9, 0x7A])))]), [0x61, 0xE9, 0x7A]),
        (.map([.init("base64", .string("?"))]), nil), (.map([]), nil), (.array([.string("text")]), nil),
        (.date(Date(timeIntervalSince1970: 0)), nil), (.string("a\nb"), nil), (.string(" text"), nil),
    ]

    private static func fields(_ view: DocumentView) throws -> HTTPFields {
        try HeaderRecord(usual: view).section().fields
    }

    private static func list(_ value: Document, name: String = "X-Own") -> Document {
        .array([.map([.init("Date", .string("today"))]), .map([.init(name, value)])])
    }

    private static func expected(_ octets: [UInt8]) throws -> HTTPFields {
        let name = try #require(HTTPField.Name("X-Own"))
        return HTTPFields([HTTPField(name: .date, value: "today"), HTTPField(name: name, value: octets)])
    }

    @Test(
        "A value may be text, an unquoted scalar or base64; invalid characters are rejected",
        arguments: samples
    )
    func valuesInTree(_ value: Document, _ octets: [UInt8]?) throws {
        let view = DocumentView.tree(Self.list(value))
        if let octets {
            #expect(try Self.fields(view) == Self.expected(octets))
        } else {
            let error = #expect(throws: EntryError.self) { try Self.fields(view) }
            #expect(error?.path == [.index(1), .member("X-Own")])
        }
    }

    #if BSON
    @Test("Values in BSON bytes are read as in a tree", arguments: samples)
    func valuesInBytes(_ value: Document, _ octets: [UInt8]?) throws {
        let bytes = try BSONSerializer().bytes(of: .map([.init("headers", Self.list(value))]))
        func fields() throws -> HTTPFields? {
            var fields: HTTPFields?
            _ = try unsafe bytes.withUnsafeBytes { bytes in
                try unsafe BSONReader(bytes).root().forEachMember { fields = try Self.fields($1) }
            }
            return fields
        }
        if let octets {
            #expect(try fields() == Self.expected(octets))
        } else {
            #expect(throws: EntryError.self) { try fields() }
        }
    }
    #endif

    @Test("A list has one name and value in each element", arguments: ["", "a b", ":status", "é"])
    func misshapen(_ name: String) {
        let field = Document.Member("A", .string("1"))
        for document in [
            Self.list(.string("1"), name: name), .map([field]), .string("A: 1"), .array([.string("A: 1")]),
            .array([.map([])]), .array([.map([field, field])]), .array([.array([.string("A"), .string("1")])]),
        ] {
            #expect(throws: EntryError.self) { try Self.fields(.tree(document)) }
        }
    }

    @Test("More fields than leave room in HTTPFields are refused")
    func tooMany() throws {
        let field = Document.map([.init("A", .string("1"))])
        let most = [Document](repeating: field, count: HTTPFields.maximumStoredCount)
        #expect(try Self.fields(.tree(.array(most))).count == most.count)
        #expect(throws: EntryError.self) { try Self.fields(.tree(.array(most + [field]))) }
    }
}
