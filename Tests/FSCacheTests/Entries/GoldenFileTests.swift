import Foundation
import HTTPTypes
import Serializers
import Testing

@testable import FSCache

/// Entries written by version 1 of their layout, which every later version must read.
struct GoldenEntry: CustomTestStringConvertible, Sendable {
    let name: String
    let response: StoredResponse

    var testDescription: String { name }

    static let key = CacheKey(hashing: Data("golden".utf8))

    /// The directory of the files, named after the version of the layout.
    static let folder = Repository.fixtures.appending(path: "golden/v1")

    func file(_ format: FormatUnderTest) -> URL {
        Self.folder.appending(path: "\(name).\(format.fileExtension)")
    }

    static let all: [GoldenEntry] = {
        var json = StoredResponse.sample(
            .json("", "{\n  \"b\": [1, 9.90, \"é\"],\n  \"a\": {\n    \"c\": null\n  }\n}\n")
        )
        json.request.method = .post
        json.request.body = Data(#"{"q":"x","token":"REDACTED"}"#.utf8)
        json.request.headerFields = [.contentType: "application/json", .authorization: "REDACTED"]

        var text = StoredResponse.sample(.text("", "one\n  two: 'three'\n\n# four\n"))
        text.status = .init(code: 404, reasonPhrase: "Nicht gefunden")
        text.expires = nil
        text.headerFields.append(HTTPField(name: .setCookie, value: "a=1"))
        text.headerFields.append(HTTPField(name: .setCookie, value: "b=\"2\""))
        text.headerFields.append(HTTPField(name: .server, value: Data([0x63, 0x61, 0x66, 0xE9])))

        var octets = StoredResponse.sample(BodySample("", "image/x", Data((0...255).map { UInt8($0) })))
        octets.receivedAt = Date(timeIntervalSince1970: 1_798_761_599.999)

        var edited = StoredResponse.sample(.json("", #"{"edited":true}"#))
        edited.isEdited = true

        var bare = StoredResponse.sample(.text("", ""))
        bare.request.headerFields = [:]
        bare.status = .init(code: 204)
        bare.headerFields = [:]
        return [
            GoldenEntry(name: "json", response: json), GoldenEntry(name: "text", response: text),
            GoldenEntry(name: "octets", response: octets), GoldenEntry(name: "edited", response: edited),
            GoldenEntry(name: "bare", response: bare),
        ]
    }()
}

@Suite("Golden files")
struct GoldenFileTests {
    @Test(
        "Golden files of version 1 are read as the responses from which they were written",
        arguments: GoldenEntry.all,
        FormatUnderTest.plain
    )
    func goldenFilesAreRead(entry: GoldenEntry, format: FormatUnderTest) throws {
        let bytes = try Data(contentsOf: entry.file(format))
        let encoded = EncodedEntry(bytes: bytes, fileExtension: format.fileExtension)
        let read = try ResponseCache.decode(encoded, for: GoldenEntry.key)
        #expect(read == entry.response)
        #expect(read.status.reasonPhrase == entry.response.status.reasonPhrase)
    }

    @Test("Entries are written with the bytes of the golden files", arguments: GoldenEntry.all, FormatUnderTest.plain)
    func goldenFilesAreWritten(entry: GoldenEntry, format: FormatUnderTest) throws {
        let bytes = try entry.response.encoded(with: format.serializer, for: GoldenEntry.key)
        if Repository.makesFixtures {
            try FileManager.default.createDirectory(at: GoldenEntry.folder, withIntermediateDirectories: true)
            try bytes.write(to: entry.file(format))
        }
        #expect(try bytes == Data(contentsOf: entry.file(format)))
    }

    @Test("There is a golden file for each entry and format, and no other")
    func goldenFilesAreComplete() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: GoldenEntry.folder.path(percentEncoded: false))
        let expected = GoldenEntry.all.flatMap { entry in
            ["cbor", "json", "yaml", "bson"].map { "\(entry.name).\($0)" }
        }
        #expect(names.sorted() == expected.sorted())
    }
}
