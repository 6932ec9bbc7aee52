import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

extension FormatUnderTest {
    /// Whether it takes a key to write entries that are read.
    fileprivate var isAuthenticated: Bool { fileExtension.contains("signed") || fileExtension.contains("encrypted") }
}

@Suite("Formats of entries")
struct EntryFormatTests {
    private static let body = BodySample.json("items", #"{"items":[1,2.50],"next":null}"#)

    @Test(
        "A session reads every format except signed and encrypted ones; a key never has two files",
        arguments: FormatUnderTest.all
    )
    func readsAllFormats(writing: FormatUnderTest) async throws {
        for reading in FormatUnderTest.all {
            let pair = "\(writing.testDescription) read by \(reading.testDescription)"
            let folder = try ScratchDirectory()
            let writer = try FileSession(writing, in: folder, serving: Self.body)
            let miss = try await writer.session.get(FileSession.url)

            let reader = try FileSession(reading, in: folder) { _ in TransportResponse(body: "new") }
            let hit = try await reader.session.get(FileSession.url)
            // A session with a key doesn't read entries that could have been written without it.
            guard !reading.isAuthenticated || reading.fileExtension == writing.fileExtension else {
                #expect(hit.text() == "new", "\(pair)")
                #expect(reader.log.text.contains("anybody could have written"), "\(pair)")
                continue
            }
            #expect(hit.isFromCache, "\(pair): \(reader.log.text)")
            #expect(hit.body == Self.body.bytes, "\(pair)")
            #expect(hit.headerFields == miss.headerFields, "\(pair)")
            #expect(!hit.isEdited, "\(pair)")

            _ = try await reader.session.get(FileSession.url, options: RequestOptions(forceRefresh: true))
            let files = try reader.files()
            #expect(files.count == 1, "\(pair): \(files)")
            #expect(files.allSatisfy { $0.hasSuffix(".\(reading.fileExtension)") }, "\(pair): \(files)")
            let isTrusted = !writing.isAuthenticated || reading.fileExtension == writing.fileExtension
            #expect(try await (writer.session.get(FileSession.url).text() == "new") == isTrusted, "\(pair)")
        }
    }

    @Test("When a key has several files, one is served, and the next write leaves one")
    func severalFilesBecomeOne() async throws {
        let folder = try ScratchDirectory()
        var saved: [(URL, Data)] = []
        for format in FormatUnderTest.plain {
            let test = try FileSession(format, in: folder, serving: Self.body)
            _ = try await test.session.get(FileSession.url, options: RequestOptions(forceRefresh: true))
            saved.append((try test.file(), try Data(contentsOf: test.file())))
        }
        for (file, bytes) in saved { try bytes.write(to: file) }
        let test = try FileSession(.json, in: folder, serving: Self.body)
        #expect(try test.files().count == FormatUnderTest.plain.count)
        #expect(try await test.session.get(FileSession.url).isFromCache)
        _ = try await test.session.get(FileSession.url, options: RequestOptions(forceRefresh: true))
        #expect(try test.files().count == 1)
    }

    @Test("The file's extension names the format and each stage", arguments: FormatUnderTest.all)
    func extensionNamesStages(format: FormatUnderTest) async throws {
        let test = try FileSession(format, in: ScratchDirectory(), serving: Self.body)
        _ = try await test.session.get(FileSession.url)
        let name = try test.file().lastPathComponent
        #expect(name.dropFirst(64) == ".\(format.fileExtension)")
        let staged = format.serializer as? StagedSerializer
        let parts = [staged?.base.fileExtension ?? format.fileExtension] + (staged?.stages.map(\.fileExtension) ?? [])
        #expect(name.dropFirst(65).split(separator: ".").map(String.init) == parts)
    }

    #if Compression
    @Test("gzip files hold the bytes of the plain format", arguments: FormatUnderTest.plain)
    func gzipHoldsThePlainEntry(format: FormatUnderTest) async throws {
        let response = StoredResponse.sample(Self.body)
        let staged = try response.encoded(with: format.serializer.behind(.gzip), for: .sample)
        let script = "import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"
        let plain = try await Python.run(script, input: staged)
        #expect(try plain == response.encoded(with: format.serializer, for: .sample))
    }

    @Test("An entry that was edited behind compression is served", arguments: FormatUnderTest.readable)
    func editsBehindCompression(format: FormatUnderTest) async throws {
        let staged = FormatUnderTest(serializer: format.serializer.behind(.gzip))
        let test = try FileSession(staged, in: ScratchDirectory(), serving: Self.body)
        _ = try await test.session.get(FileSession.url)
        let script = """
            import gzip, sys
            text = gzip.decompress(open(sys.argv[1], "rb").read())
            assert b"2.50" in text
            open(sys.argv[1], "wb").write(gzip.compress(text.replace(b"2.50", b"3")))
            """
        _ = try await Python.run(script, arguments: [test.file().path(percentEncoded: false)])
        let hit = try await test.session.get(FileSession.url)
        #expect(hit.text() == #"{"items":[1,3],"next":null}"#)
        #expect(hit.isEdited)
    }
    #endif

    @Test("A JSON entry: the request, the status, the fields, the times, and the body last, nested")
    func jsonLayout() throws {
        let text = try String(
            decoding: StoredResponse.sample(Self.body).encoded(with: .json, for: .sample),
            as: UTF8.self
        )
        #expect(
            text == """
                {
                  "request": {
                    "method": "GET",
                    "url": "https://example.com/items?page=2",
                    "headers": [
                      {"Accept": "*/*"}
                    ]
                  },
                  "status": 200,
                  "reason": "OK",
                  "headers": [
                    {"Content-Type": "application/json"},
                    {"Content-Length": "30"},
                    {"ETag": "\\"v1\\""}
                  ],
                  "created": "2026-01-01T00:00:00.25Z",
                  "requested": "2026-01-01T00:00:00Z",
                  "received": "2026-01-01T00:00:00.25Z",
                  "expires": "2026-01-01T01:00:00.25Z",
                  "key": "\(CacheKey.sample)",
                  "fscache": 1,
                  "body": {
                    "checksum": "xxh64:2e3b610595242df0",
                    "json": {
                      "items": [
                        1,
                        2.50
                      ],
                      "next": null
                    }
                  }
                }

                """
        )
    }

    #if YAML
    @Test(
        "A YAML entry: text as a block, JSON nested, anything else as base64",
        arguments: [
            (BodySample.text("", "one\n  two: 2\n\n# three\n"), "  text: |\n    one\n      two: 2\n\n    # three\n"),
            (.text("", "one\ntwo"), "  text: |-\n    one\n    two\n"),
            (
                .json("", #"{"a":[1.20,{"b":null}],"c":{}}"#),
                "  json:\n    a:\n      - 1.20\n      - b: null\n    c: {}\n"
            ),
            (.json("", "[1]\n"), "  layout:\n    trailing: \"\\n\"\n  json:\n    - 1\n"),
            (.json("", #"{"a":1e3}"#), "  text: '{\"a\":1e3}'\n"),
            (BodySample("", "image/png", Data([0x89, 0x50, 0x4E, 0x47])), "  base64: !!binary iVBORw==\n"),
        ]
    )
    func yamlLayout(sample: BodySample, body: String) throws {
        var response = StoredResponse.sample(sample)
        response.request.headerFields = [:]
        response.status = .init(code: 200)
        response.headerFields = [.contentType: sample.contentType]
        response.expires = nil
        let text = try String(decoding: response.encoded(with: .yaml, for: .sample), as: UTF8.self)
        let head = """
            request:
              method: GET
              url: https://example.com/items?page=2
            status: 200
            headers:
              - Content-Type: \(sample.contentType)
            created: 2026-01-01T00:00:00.25Z
            requested: 2026-01-01T00:00:00Z
            received: 2026-01-01T00:00:00.25Z
            expires: never
            key: \(CacheKey.sample)
            fscache: 1
            body:
              checksum: xxh64:

            """
        #expect(text.hasPrefix(head.dropLast()), "\(text)")
        #expect(text.dropFirst(head.utf8.count - 1 + 16) == "\n" + body)
    }
    #endif
}
