import FSCache
import Foundation
import Serializers
import TestSupport
import Testing

@Suite("fscache stats")
struct StatsTests {
    private func fill(_ tool: Tool) async throws {
        let url = try #require(URL(string: "https://example.com/stats"))
        let later = Tool.longAgo.addingTimeInterval(86_400)
        try await tool.store(url.appending(path: "a"))
        try await tool.store(url.appending(path: "b"), status: 404, serializer: .json)
        try await tool.store(url.appending(path: "c"), at: later, expireAfter: 60, serializer: .json)
        try await tool.storeDamaged(url.appending(path: "d"))
    }

    @Test("stats counts entries, bytes, formats, statuses, expired, invalid, oldest and newest")
    func text() async throws {
        try await withTool { tool in
            try await fill(tool)
            let lines = try await tool("stats").text.split(separator: "\n").map(String.init)
            try #require(lines.count == 11)
            #expect(lines[0] == "cache        \(tool.cacheFolder.path())")
            #expect(lines[1] == "entries      4")
            #expect(lines[2].wholeMatch(of: /size         \d\.\d KiB/) != nil)
            #expect(lines[3].wholeMatch(of: /used         \d+\.\d KiB/) != nil)
            #expect(lines[4] == "evictions    0")
            #expect(lines[5] == "serializers  json 2, native 2")
            #expect(lines[6] == "statuses     200 2, 404 1")
            #expect(lines[7] == "expired      1")
            #expect(lines[8] == "invalid      1")
            #expect(lines[9] == "oldest       2020-01-01T00:00:00Z")
            #expect(lines[10] == "newest       2020-01-02T00:00:00Z")
        }
    }

    @Test("--json prints the statistics as an object that python reads")
    func json() async throws {
        try await withTool { tool in
            try await fill(tool)
            let script = """
                import json, sys
                stats = json.load(sys.stdin)
                print(sorted(stats), stats["entries"], stats["bytes"], stats["expired"], stats["invalid"])
                print(stats["serializers"], stats["statuses"], stats["oldest"], stats["newest"], stats["path"])
                """
            let read = try await Python.run(script, input: try await tool("stats", "--json").output)
            let bytes = try tool.entryFiles().map { try Data(contentsOf: URL(filePath: $0)).count }.reduce(0, +)
            #expect(
                String(decoding: read, as: UTF8.self) == """
                    ['bytes', 'diskBytes', 'entries', 'evictions', 'expired', 'invalid', 'maxDiskBytes', 'maxEntries', 'newest', 'oldest', 'path', 'serializers', 'statuses'] \
                    4 \(bytes) 1 1
                    {'json': 2, 'native': 2} {'200': 2, '404': 1} \
                    2020-01-01T00:00:00.000Z 2020-01-02T00:00:00.000Z \(tool.cacheFolder.path())

                    """
            )
        }
    }

    @Test("A missing cache counts as empty and is not created")
    func missing() async throws {
        try await withTool { tool in
            let text = try await tool("stats")
            #expect(text.status == 0)
            #expect(text.text.contains("entries      0\n") && text.text.contains("oldest       -\n"))
            #expect(text.errors == "There is no cache in \(tool.cacheFolder.path()).\n")
            let json = try await tool("stats", "--json").text
            #expect(json.contains(#""entries":0"#) && json.contains(#""oldest":null"#))
            #expect(!tool.hasCache)
        }
    }
}
