import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("fscache ls")
struct ListTests {
    private static let url = "https://example.com/list"

    private func url(_ name: String) throws -> URL {
        try #require(URL(string: "\(Self.url)/\(name)"))
    }

    @Test("A table of key, method, status, size, age, expiry and URL, sorted by URL")
    func table() async throws {
        try await withTool { tool in
            let second = try await tool.store(url("b"), body: String(repeating: "x", count: 2000))
            let first = try await tool.store(url("a"), method: .head, expireAfter: 60)
            let text = try await tool("ls").text
            let lines = text.split(separator: "\n").map(String.init)
            let days = Int(Date().timeIntervalSince(Tool.longAgo) / 86_400)
            try #require(lines.count == 3)
            let header = /KEY +METHOD  STATUS +SIZE +AGE  EXPIRES +URL/
            #expect(lines[0].wholeMatch(of: header) != nil)
            let columns = lines.map { $0.split(separator: /\ {2,}/).map(String.init) }
            #expect(columns[1][0] == first.description.prefix(12))
            #expect(columns[1][1...2] == ["HEAD", "200"])
            #expect(columns[1][4...] == ["\(days)d", "2020-01-01T00:01:00Z (past)", "\(Self.url)/a"])
            #expect(columns[2][0] == second.description.prefix(12))
            #expect(columns[2][1...2] == ["GET", "200"])
            #expect(columns[2][3].wholeMatch(of: /2\.\d KiB/) != nil)
            #expect(columns[2][4...] == ["\(days)d", "never", "\(Self.url)/b"])
            // The URLs are aligned.
            let offsets = zip(lines, columns).map { line, cells in line.count - (cells.last?.count ?? 0) }
            #expect(Set(offsets).count == 1)
        }
    }

    @Test(
        "--json prints an object per line with the documented members, which python reads",
        arguments: SerializerCase.all
    )
    func json(_ serializer: SerializerCase) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/json").absoluteString
                _ = try await tool("get", "--serializer", serializer.name, "--expire-after", "1h", url)
                let output = try await tool("ls", "--json").output
                let members = try await Python.run(
                    "import json, sys\nfor line in sys.stdin: print(' '.join(sorted(json.loads(line))))",
                    input: output
                )
                let expected = "bytes created expires key method path serializer status url\n"
                #expect(String(decoding: members, as: UTF8.self) == expected)

                let entry = try #require(try await tool.list().first)
                let file = try #require(tool.entryFiles().first)
                #expect(entry.key == (try await tool("key", url).text.dropLast()))
                #expect(entry.method == "GET" && entry.url == url && entry.status == 200)
                #expect(entry.bytes == (try Data(contentsOf: URL(filePath: file)).count))
                #expect(entry.lifetime == 3600)
                #expect(entry.created?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
                #expect(entry.serializer == serializer.name && entry.path == file)
            }
        }
    }

    @Test("--expired and --invalid select entries")
    func selection() async throws {
        try await withTool { tool in
            let fresh = try await tool.store(url("fresh"))
            let expired = try await tool.store(url("expired"), expireAfter: 60)
            let damaged = try await tool.storeDamaged(url("damaged"))
            #expect(Set(try await tool.list().map(\.key)) == Set([fresh, expired, damaged].map(\.description)))
            #expect(try await tool.list("--expired").map(\.key) == [expired.description])
            let invalid = try await tool.list("--invalid")
            #expect(invalid.map(\.key) == [damaged.description])
            #expect(invalid.map(\.status) == [nil])
            #expect(invalid.map(\.serializer) == ["native"])
            #expect(try await tool("ls", "--expired", "--invalid").status == 64)

            let table = try await tool("ls", "--invalid").text
            #expect(
                table.contains(damaged.description.prefix(12)) && table.contains(" invalid ")
                    && table.contains("(The entry")
            )
            #expect(tool.entryFiles().count == 3, "looking sets nothing aside")
        }
    }

    @Test("A missing cache counts as empty and is not created")
    func missing() async throws {
        try await withTool { tool in
            for arguments in [["ls"], ["ls", "--json"], ["ls", "--cache", "nowhere"]] {
                let outcome = try await tool.run(Tool.executable, arguments)
                #expect(outcome.status == 0)
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.hasPrefix("There is no cache in \(tool.folder.path())"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: tool.folder.path()).isEmpty)
        }
    }

    @Test("A file in place of the cache is an error")
    func unusable() async throws {
        try await withTool { tool in
            try Data().write(to: tool.folder.appending(path: "file"))
            let outcome = try await tool("ls", "--cache", "file")
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("/file can't be used as a cache"))
        }
    }

    @Test("Control characters are not printed")
    func controlCharacters() async throws {
        try await withTool { tool in
            try await tool.store(url("x"), serializer: .json)
            let file = URL(filePath: try #require(tool.entryFiles().first))
            let text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
            try Data(text.replacing("/list/x", with: "/list/\\u001b[31mx").utf8).write(to: file)
            let outcome = try await tool("ls")
            #expect(!outcome.text.contains("\u{1B}"))
            #expect(outcome.text.contains("/list/\u{FFFD}[31mx"))
        }
    }
}
