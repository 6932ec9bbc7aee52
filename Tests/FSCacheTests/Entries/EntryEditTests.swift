import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

/// An edit of an entry's file, as a person makes it in an editor.
struct Edit: CustomTestStringConvertible, Sendable {
    let format: FormatUnderTest
    let name: String
    let old: String
    let new: String

    var testDescription: String { "\(format.serializer.name): \(name)" }

    static func all(_ edits: [(name: String, json: (String, String), yaml: (String, String))]) -> [Edit] {
        FormatUnderTest.readable.flatMap { format in
            edits.map { edit in
                let (old, new) = format.fileExtension == "json" ? edit.json : edit.yaml
                return Edit(format: format, name: edit.name, old: old, new: new)
            }
        }
    }
}

@Suite("Entries edited by hand")
struct EntryEditTests {
    private static let body = BodySample.json("items", #"{"items":[{"id":1,"price":9.90}],"next":null}"#)

    private func stored(
        _ format: FormatUnderTest,
        _ sample: BodySample = body,
        fields: HTTPFields = [:]
    ) async throws -> FileSession {
        var all: HTTPFields = [.contentType: sample.contentType, .contentLength: "\(sample.bytes.count)", .age: "60"]
        all.append(contentsOf: fields)
        let bytes = sample.bytes
        let test = try FileSession(format, in: ScratchDirectory()) { [all] _ in
            TransportResponse(200, all, body: bytes)
        }
        _ = try await test.session.get(FileSession.url)
        return test
    }

    @Test(
        "An edited JSON body is served, Content-Length follows, and the response says so",
        arguments: FormatUnderTest.readable
    )
    func servesEditedJSON(format: FormatUnderTest) async throws {
        let test = try await stored(format)
        try test.edit { $0.replacingOccurrences(of: "9.90", with: "12.50") }
        let hit = try await test.session.get(FileSession.url)
        #expect(hit.text() == #"{"items":[{"id":1,"price":12.50}],"next":null}"#)
        #expect(hit.headerFields[.contentLength] == "46")
        #expect(hit.isFromCache)
        #expect(hit.isEdited)
        #expect(hit.cacheStatus.description == #"FSCache; hit; detail="edited by hand""#)
        #expect(hit.description.contains(", edited"))
    }

    @Test("Added members keep the layout of the rest", arguments: FormatUnderTest.readable)
    func editedJSONKeepsItsLayout(format: FormatUnderTest) async throws {
        let test = try await stored(format, .json("pretty", "{\n    \"id\": 1,\n    \"tags\": [\"a\"]\n}\n"))
        let isJSON = format.fileExtension == "json"
        try test.edit {
            isJSON
                ? $0.replacingOccurrences(of: #""id": 1,"#, with: #""id": 1, "name": "x", "more": {"a": null},"#)
                : $0.replacingOccurrences(of: "id: 1\n", with: "id: 1\n    name: x\n    more: {a: ~}\n")
        }
        let hit = try await test.session.get(FileSession.url)
        let expected = """
            {
                "id": 1,
                "name": "x",
                "more": {
                    "a": null
                },
                "tags": ["a"]
            }

            """
        #expect(hit.text() == expected, "\(test.log.text)")
    }

    @Test("An edited text body is served", arguments: FormatUnderTest.readable)
    func servesEditedText(format: FormatUnderTest) async throws {
        let test = try await stored(format, .text("lines", "one\ntwo\nthree\n"))
        try test.edit { $0.replacingOccurrences(of: "two", with: "2 and é") }
        let hit = try await test.session.get(FileSession.url)
        #expect(hit.text() == "one\n2 and é\nthree\n")
        #expect(hit.headerFields[.contentLength] == "\("one\n2 and é\nthree\n".utf8.count)")
        #expect(hit.isEdited)
    }

    @Test("base64 can be replaced by other base64, and by text", arguments: FormatUnderTest.readable)
    func servesEditedBytes(format: FormatUnderTest) async throws {
        let sample = BodySample("octets", "application/octet-stream", Data([0, 1, 2]))
        let test = try await stored(format, sample)
        try test.edit { $0.replacingOccurrences(of: "AAEC", with: "/wD/AA==") }
        #expect(try await test.session.get(FileSession.url).body == Data([0xFF, 0, 0xFF, 0]))
        try test.edit {
            $0.replacingOccurrences(of: #""base64": "/wD/AA==""#, with: #""text": "plain""#)
                .replacingOccurrences(of: "base64: !!binary /wD/AA==", with: "text: plain")
        }
        let hit = try await test.session.get(FileSession.url)
        #expect(hit.text() == "plain")
        #expect(hit.headerFields[.contentLength] == "5")
    }

    @Test("An edit that is taken back is none", arguments: FormatUnderTest.readable)
    func undoneEditIsNone(format: FormatUnderTest) async throws {
        let test = try await stored(format)
        try test.edit { $0.replacingOccurrences(of: "9.90", with: "1") }
        #expect(try await test.session.get(FileSession.url).isEdited)
        try test.edit {
            $0.replacingOccurrences(of: "\"price\": 1", with: "\"price\": 9.90").replacingOccurrences(
                of: "price: 1",
                with: "price: 9.90"
            )
        }
        let hit = try await test.session.get(FileSession.url)
        #expect(!hit.isEdited)
        #expect(hit.cacheStatus.detail == nil)
        #expect(hit.body == Self.body.bytes)
    }

    @Test(
        "An edit survives a change of expiry and a conversion to another format",
        arguments: FormatUnderTest.readable
    )
    func editOutlivesRewriting(format: FormatUnderTest) async throws {
        let test = try await stored(format)
        try test.edit { $0.replacingOccurrences(of: "9.90", with: "1") }
        let cache = test.session.cache
        #expect(try await cache.resetExpiration(.seconds(60), now: Date()) == 1)
        for other in FormatUnderTest.plain {
            let session = try FileSession(other, in: test.folder) { _ in TransportResponse(500) }
            _ = try await session.session.cache.convert()
            let hit = try await session.session.get(FileSession.url)
            #expect(hit.isEdited, "\(other.testDescription)")
            #expect(hit.text() == #"{"items":[{"id":1,"price":1}],"next":null}"#)
            #expect(hit.headerFields[.contentLength] == "\(hit.body.count)")
            #expect(try session.files().count == 1)
        }
    }

    @Test("An edit survives a validation", arguments: FormatUnderTest.readable)
    func editOutlivesRevalidation(format: FormatUnderTest) async throws {
        let test = try FileSession(format, in: ScratchDirectory()) { exchange in
            exchange.ordinal == 1
                ? TransportResponse(200, [.eTag: "\"v1\"", .contentLength: "3"], body: "one")
                : TransportResponse(304, [.eTag: "\"v1\"", .contentLength: "3", .server: "new"])
        }
        _ = try await test.session.get(FileSession.url)
        try test.edit { $0.replacingOccurrences(of: "one", with: "other") }
        for _ in 1...2 {
            let hit = try await test.session.get(FileSession.url, options: RequestOptions(refresh: true))
            #expect(hit.isRevalidated)
            #expect(hit.isEdited)
            #expect(hit.text() == "other")
            #expect(hit.headerFields[.contentLength] == "5")
            #expect(hit.headerFields[.server] == "new")
        }
    }

    @Test(
        "The status, the fields and the times can also be edited",
        arguments: Edit.all([
            ("status", (#""status": 200"#, #""status": 404"#), ("status: 200", "status: 404")),
            (
                "reason", (#""status": 200,"#, #""status": 404, "reason": "Gone fishing","#),
                ("status: 200", "status: 404\nreason: Gone fishing")
            ),
            (
                "field", (#"{"Age": "60"}"#, #"{"Age": 61}, {"X-New": "yes"}"#),
                ("- Age: '60'", "- Age: 61\n  - X-New: yes")
            ),
            (
                "never", (#""expires": "never""#, #""expires": "2026-06-01T00:00:00+02:00""#),
                ("expires: never", "expires: 2026-06-01T00:00:00+02:00")
            ),
            (
                "date", (#""expires": "never""#, #""expires": "2020-01-01T00:00:00Z""#),
                ("expires: never", "expires: 2020-01-01 00:00:00Z")
            ),
            (
                "comment", (#""fscache": 1"#, #""comment": [1, {"a": null}], "fscache": 1"#),
                ("fscache: 1", "# why this is here\nfscache: 1  # version")
            ),
        ])
    )
    func honoursEditedHeads(edit: Edit) async throws {
        let test = try await stored(edit.format)
        try test.edit { $0.replacingOccurrences(of: edit.old, with: edit.new) }
        let key = try test.session.cache.key(for: HTTPRequest(url: FileSession.url))
        let read = try #require(await test.session.cache.response(for: key), "\(test.log.text)")
        switch edit.name {
        case "status": #expect(read.status.code == 404)
        case "reason": #expect(read.status.reasonPhrase == "Gone fishing")
        case "field":
            #expect(read.headerFields[.age] == "61")
            #expect(read.headerFields[try #require(.init("X-New"))] == "yes")
        case "never": #expect(read.expires == Date(timeIntervalSince1970: 1_780_264_800))
        case "date": #expect(read.expires == Date(timeIntervalSince1970: 1_577_836_800))
        default: break
        }
        #expect(read.body == Self.body.bytes)
        #expect(!read.isEdited)
    }

    @Test(
        "A malformed edit is a miss; the log has line and column, and the file is set aside",
        arguments: Edit.all([
            ("indentation", (#"  "status": 200,"#, #"  "status": 200"#), ("status: 200", "   status: 200")),
            ("bracket", (#"{"Age": "60"}"#, #"{"Age": "60""#), ("- Age: '60'", "- Age: '60")),
            ("no status", (#"  "status": 200,"#, ""), ("status: 200\n", "")),
            ("no key", (#"  "key": "#, #"  "kex": "#), ("key: ", "kex: ")),
            ("no body", (#"  "body": "#, #"  "bodies": "#), ("\nbody:", "\nbodies:")),
            ("no form of the body", (#"    "json": "#, #"    "jason": "#), ("  json:", "  jason:")),
            ("status of four digits", (#""status": 200"#, #""status": 9999"#), ("status: 200", "status: 9999")),
            ("negative status", (#""status": 200"#, #""status": -1"#), ("status: 200", "status: -1")),
            ("status that is huge", (#""status": 200"#, #""status": 1e400"#), ("status: 200", "status: 1.0e+400")),
            ("status in words", (#""status": 200"#, #""status": "OK""#), ("status: 200", "status: OK")),
            ("field with a newline", (#"{"Age": "60"}"#, #"{"Age": "6\n0"}"#), ("- Age: '60'", "- Age: \"6\\n0\"")),
            ("field with a bad name", (#"{"Age": "60"}"#, #"{"A ge": "60"}"#), ("- Age: '60'", "- A ge: '60'")),
            ("pseudo field", (#"{"Age": "60"}"#, #"{":status": "60"}"#), ("- Age: '60'", "- ':status': '60'")),
            ("field with a list", (#"{"Age": "60"}"#, #"{"Age": ["60"]}"#), ("- Age: '60'", "- Age: ['60']")),
            (
                "two fields in one", (#"{"Age": "60"}"#, #"{"Age": "60", "B": "1"}"#),
                ("- Age: '60'", "- {Age: '60', B: '1'}")
            ),
            ("fields as a map", (#"{"Age": "60"}"#, #""Age""#), ("- Age: '60'", "- Age")),
            ("method", (#""method": "GET""#, #""method": "G T""#), ("method: GET", "method: G T")),
            ("another entry's key", (#""key": ""#, #""key": "00"#), ("key: ", "key: 00")),
            ("time", (#""expires": "never""#, #""expires": "tomorrow""#), ("expires: never", "expires: tomorrow")),
            (
                "year 0", (#""expires": "never""#, #""expires": "0000-01-01T00:00:00Z""#),
                ("expires: never", "expires: '0000-01-01T00:00:00Z'")
            ),
            ("later version", (#""fscache": 1"#, #""fscache": 2"#), ("fscache: 1", "fscache: 2")),
            ("version 0", (#""fscache": 1"#, #""fscache": 0"#), ("fscache: 1", "fscache: 0")),
            ("everything", (#"{"#, #"["#), ("request:", "- request:")),
        ])
    )
    func nonsenseIsAMiss(edit: Edit) async throws {
        let test = try await stored(edit.format)
        try test.edit { $0.replacingOccurrences(of: edit.old, with: edit.new) }
        let edited = try test.text()
        let response = try await test.session.get(FileSession.url)
        #expect(!response.isFromCache)
        #expect(response.body == Self.body.bytes)
        #expect(test.session.cache.counts.undecodableEntries == 1)
        let line = try #require(test.log.text.split(separator: "\n").first { $0.hasPrefix("warning") })
        #expect(line.contains("miss: the entry can't be decoded"))
        #expect(line.contains(/\[line [0-9]+, column [0-9]+\]/), "\(line)")

        let aside = try #require(try test.files().first { $0.hasSuffix(".\(edit.format.fileExtension).invalid") })
        #expect(try String(contentsOfFile: aside, encoding: .utf8) == edited)
        #expect(try await test.session.get(FileSession.url).isFromCache)
        #expect(try test.files().count == 2)
    }

    @Test("An empty file and one that is cut off are misses, set aside", arguments: FormatUnderTest.plain)
    func cutOffFileIsAMiss(format: FormatUnderTest) async throws {
        for count in [0, 1, 30] {
            let test = try await stored(format)
            let bytes = try Data(contentsOf: test.file())
            try bytes.prefix(count).write(to: test.file())
            #expect(try await !test.session.get(FileSession.url).isFromCache)
            #expect(try test.files().contains { $0.hasSuffix(".invalid") })
            #expect(try await test.session.get(FileSession.url).isFromCache)
        }
    }
}
