import Foundation
import HTTPTypes
import Testing

@testable import FSCache

@Suite("Conditions and ranges of the client (RFC 9111 §4.3.2, RFC 9110 §13, §14)")
struct ClientConditionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var request: [(String, String)]
        var stored: [(String, String)]
        var answer: ClientConditions.Answer
        var testDescription: String { what }

        init(
            _ what: String,
            _ request: [(String, String)],
            of stored: [(String, String)],
            _ answer: ClientConditions.Answer
        ) {
            self.what = what
            self.request = request
            self.stored = stored
            self.answer = answer
        }
    }

    static let strong = [("ETag", "\"abc\"")]
    static let weak = [("ETag", "W/\"abc\"")]
    static let modified = [("Last-Modified", RFC9111Case.date(-3000)), ("Date", RFC9111Case.date(0))]

    static let conditions: [Row] = [
        Row("§13.1.2: the same strong tag", [("If-None-Match", "\"abc\"")], of: strong, .notModified),
        Row("§13.1.2: tags are compared weakly", [("If-None-Match", "W/\"abc\"")], of: strong, .notModified),
        Row("§13.1.2: a weak tag of the response", [("If-None-Match", "\"abc\"")], of: weak, .notModified),
        Row("§13.1.2: another tag", [("If-None-Match", "\"abd\"")], of: strong, .complete),
        Row("§13.1.2: the first of several", [("If-None-Match", "\"abc\", \"1\", \"2\"")], of: strong, .notModified),
        Row("§13.1.2: one in the middle", [("If-None-Match", "\"1\",\"abc\" , \"2\"")], of: strong, .notModified),
        Row(
            "§13.1.2: the last, on a line of its own",
            [("If-None-Match", "\"1\""), ("If-None-Match", "\"abc\"")],
            of: strong,
            .notModified
        ),
        Row("§13.1.2: a comma in a tag", [("If-None-Match", "\"x,\\\", \"abc\"")], of: strong, .notModified),
        Row("§13.1.2: any", [("If-None-Match", "*")], of: [], .notModified),
        Row("§13.1.2: a tag that looks like any", [("If-None-Match", "\"*\"")], of: strong, .complete),
        Row("§8.8.3: quotes are part of a tag", [("If-None-Match", "abc")], of: strong, .complete),
        Row("§13.1.2: a response without a tag", [("If-None-Match", "\"abc\"")], of: modified, .complete),
        Row(
            "§13.2.2: If-None-Match takes precedence over If-Modified-Since",
            [("If-None-Match", "\"x\""), ("If-Modified-Since", RFC9111Case.date(0))],
            of: strong + modified,
            .complete
        ),
        Row(
            "§13.2.2: whichever of the two is false",
            [("If-None-Match", "\"abc\""), ("If-Modified-Since", RFC9111Case.date(-9000))],
            of: strong + modified,
            .notModified
        ),
        Row(
            "§13.1.3: not modified since",
            [("If-Modified-Since", RFC9111Case.date(-3000))],
            of: modified,
            .notModified
        ),
        Row("§13.1.3: modified earlier", [("If-Modified-Since", RFC9111Case.date(-2000))], of: modified, .notModified),
        Row("§13.1.3: modified later", [("If-Modified-Since", RFC9111Case.date(-3001))], of: modified, .complete),
        Row("§13.1.3: not a date", [("If-Modified-Since", "soon")], of: modified, .complete),
        Row(
            "§13.1.3: another form of date",
            [("If-Modified-Since", "Sunday, 06-Nov-94 07:59:37 GMT")],
            of: modified,
            .notModified
        ),
        Row(
            "§4.3.2: no Last-Modified, but a Date",
            [("If-Modified-Since", RFC9111Case.date(-10))],
            of: [("Date", RFC9111Case.date(-10))],
            .notModified
        ),
        Row(
            "§4.3.2: made later",
            [("If-Modified-Since", RFC9111Case.date(-3000))],
            of: [("Date", RFC9111Case.date(-10))],
            .complete
        ),
    ]

    static let ranges: [Row] = [
        Row("§14.1.2: the first octets", [("Range", "bytes=0-1")], of: [], .part(0..<2)),
        Row("§14.1.2: from an octet on", [("Range", "bytes=4-")], of: [], .part(4..<10)),
        Row("§14.1.2: the last octets", [("Range", "bytes=-3")], of: [], .part(7..<10)),
        Row("§14.1.2: more last octets than there are", [("Range", "bytes=-30")], of: [], .part(0..<10)),
        Row("§14.1.2: beyond the end", [("Range", "bytes=8-100")], of: [], .part(8..<10)),
        Row("§14.1.2: one octet", [("Range", "bytes=9-9")], of: [], .part(9..<10)),
        Row("§14.1.2: white space, empty elements, and case", [("Range", "Bytes= , 0-1 ,")], of: [], .part(0..<2)),
        Row(
            "§14.1.2: a number too large for an integer",
            [("Range", "bytes=1-99999999999999999999")],
            of: [],
            .part(1..<10)
        ),
        Row("§15.5.17: after the end", [("Range", "bytes=10-")], of: [], .unsatisfiable),
        Row("§15.5.17: the last none", [("Range", "bytes=-0")], of: [], .unsatisfiable),
        Row("§15.5.17: far after the end", [("Range", "bytes=99999999999999999999-")], of: [], .unsatisfiable),
        Row("§14.2: several ranges get the complete response", [("Range", "bytes=0-1,4-5")], of: [], .complete),
        Row("§14.2: another unit", [("Range", "lines=0-1")], of: [], .complete),
        Row("§14.1.1: the wrong way round", [("Range", "bytes=5-4")], of: [], .complete),
        Row("§14.1.1: nonsense", [("Range", "bytes=a-b")], of: [], .complete),
        Row("§14.1.1: only a dash", [("Range", "bytes=-")], of: [], .complete),
        Row(
            "§13.1.5: If-Range with the tag",
            [("Range", "bytes=0-1"), ("If-Range", "\"abc\"")],
            of: strong,
            .part(0..<2)
        ),
        Row(
            "§13.1.5: If-Range with another tag",
            [("Range", "bytes=0-1"), ("If-Range", "\"x\"")],
            of: strong,
            .complete
        ),
        Row(
            "§13.1.5: If-Range compares strongly",
            [("Range", "bytes=0-1"), ("If-Range", "W/\"abc\"")],
            of: weak,
            .complete
        ),
        Row(
            "§13.1.5: If-Range with the date",
            [("Range", "bytes=0-1"), ("If-Range", RFC9111Case.date(-3000))],
            of: modified,
            .part(0..<2)
        ),
        Row(
            "§13.1.5: If-Range with a later date",
            [("Range", "bytes=0-1"), ("If-Range", RFC9111Case.date(-1))],
            of: modified,
            .complete
        ),
        Row(
            "§8.8.2.2: If-Range with a date that is too near",
            [
                ("Range", "bytes=0-1"), ("If-Range", RFC9111Case.date(0)),
            ],
            of: [("Last-Modified", RFC9111Case.date(0)), ("Date", RFC9111Case.date(0))],
            .complete
        ),
        Row("§13.1.5: If-Range without a range", [("If-Range", "\"abc\"")], of: strong, .complete),
        Row(
            "§13.2.2: a condition is evaluated before the range",
            [("Range", "bytes=0-1"), ("If-None-Match", "\"abc\"")],
            of: strong,
            .notModified
        ),
    ]

    @Test("The answer to conditions and ranges", arguments: conditions + ranges)
    func answers(row: Row) throws {
        let stored = RFC9111Case.stored(RFC9111Case.fields(row.stored), settings: CacheSettings())
        let request = RFC9111Case.request(.get, RFC9111Case.fields(row.request))
        #expect(try #require(ClientConditions(request)).answer(for: stored) == row.answer)
    }

    @Test("§13.2.1: conditions apply to successful responses; ranges to a 200 to GET")
    func looksAtStatusAndMethod() throws {
        let fields: HTTPFields = [.ifNoneMatch: "*", .range: "bytes=0-1"]
        let get = try #require(ClientConditions(RFC9111Case.request(.get, fields)))
        #expect(get.answer(for: RFC9111Case.stored([:], status: 404, settings: CacheSettings())) == .complete)
        let range: HTTPFields = [.range: "bytes=0-1"]
        let head = try #require(ClientConditions(RFC9111Case.request(.head, range)))
        #expect(head.answer(for: RFC9111Case.stored([:], settings: CacheSettings())) == .complete)
        let part = try #require(ClientConditions(RFC9111Case.request(.get, range)))
        #expect(part.answer(for: RFC9111Case.stored([:], status: 203, settings: CacheSettings())) == .complete)
    }

    @Test("§4.3.2: If-Match and If-Unmodified-Since, and conditions of other methods, are for the origin")
    func leavesSomeToTheOrigin() {
        #expect(ClientConditions(RFC9111Case.request()) == nil)
        #expect(ClientConditions(RFC9111Case.request(.post, [.ifNoneMatch: "*"])) == nil)
        #expect(ClientConditions.areForOrigin(RFC9111Case.request(.get, [.ifMatch: "*"])))
        #expect(ClientConditions.areForOrigin(RFC9111Case.request(.get, [.ifUnmodifiedSince: RFC9111Case.date(0)])))
        #expect(ClientConditions.areForOrigin(RFC9111Case.request(.put, [.ifNoneMatch: "*"])))
        #expect(!ClientConditions.areForOrigin(RFC9111Case.request(.get, [.ifNoneMatch: "*", .range: "bytes=0-"])))
    }

    @Test("§15.4.5, §15.3.7, §15.5.17: the fields of a 304, a 206 and a 416")
    func makesResponses() throws {
        let fields: HTTPFields = [
            .eTag: "\"abc\"", .contentType: "text/plain", .contentLength: "10", .cacheControl: "max-age=60", .vary: "A",
        ]
        let stored = RFC9111Case.stored(fields, settings: CacheSettings())
        func answer(_ fields: HTTPFields) throws -> StoredResponse {
            stored.answering(try #require(ClientConditions(RFC9111Case.request(.get, fields))))
        }
        let notModified = try answer([.ifNoneMatch: "\"abc\""])
        #expect(notModified.status == .notModified && notModified.body.isEmpty)
        #expect(notModified.headerFields == [.eTag: "\"abc\"", .cacheControl: "max-age=60", .vary: "A"])

        let part = try answer([.range: "bytes=2-4"])
        #expect(part.status == .partialContent && part.body == Data("234".utf8) && part.body.startIndex == 0)
        #expect(part.headerFields[.contentRange] == "bytes 2-4/10" && part.headerFields[.contentLength] == "3")
        #expect(part.headerFields[.contentType] == "text/plain")

        let none = try answer([.range: "bytes=10-"])
        #expect(none.status == .rangeNotSatisfiable && none.body.isEmpty)
        #expect(none.headerFields[.contentRange] == "bytes */10" && none.headerFields[.contentLength] == "0")
    }
}
