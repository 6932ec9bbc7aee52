import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCacheCLI

@Suite("fscache: limits")
struct LimitTests {
    @Test(
        "Sizes are read with and without units",
        arguments: [
            ("1", 1), ("4096", 4096), ("4096B", 4096), ("1K", 1024), ("1k", 1024), ("1KiB", 1024), ("1KB", 1000),
            ("500M", 500 << 20), ("1.5G", 3 << 29), ("2GiB", 2 << 30), ("2GB", 2_000_000_000), ("3T", 3 << 40),
        ]
    )
    func sizes(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(
        "Other sizes are refused",
        arguments: ["", "0", "-1", "K", "iB", "1X", "1KK", "1 G", "1,5G", "1e3", "0.5", "9999999999T", "1.2.3K", "١K"]
    )
    func badSizes(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(
        "An invalid limit is explained",
        arguments: [
            ("--max-size", "1X", "500M or 1.5G"), ("--max-entries", "0", "--max-entries takes 1 or more"),
            ("--max-entry-size", "big", "500M or 1.5G"),
        ]
    )
    func badArguments(option: String, value: String, advice: String) async throws {
        try await withTool { tool in
            let outcome = try await tool("get", option, value, "http://127.0.0.1:9/")
            #expect(outcome.status == 64)
            #expect(outcome.errors.contains(advice), "\(outcome.errors)")
        }
    }

    @Test("Runs of get keep the cache within --max-entries, each doing its share")
    func get() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                for number in 0..<12 {
                    let url = "\(origin.url("/counter/\(number)"))"
                    let outcome = try await tool("get", "--max-entries", "5", "--max-size", "1M", url)
                    #expect(outcome.status == 0 && outcome.text == "1", "\(outcome.errors)")
                    #expect(tool.entryFiles().count == min(number + 1, 5))
                }
                let last = try await tool("get", "--only-if-cached", "\(origin.url("/counter/11"))")
                #expect(last.status == 0)
            }
        }
    }

    @Test("A response over --max-entry-size is printed, not stored, and no warning")
    func maxEntrySize() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let outcome = try await tool("get", "--max-entry-size", "4K", "\(origin.url("/bytes/5000"))")
                #expect(outcome.status == 0 && outcome.output.count == 5000, "\(outcome.errors)")
                #expect(outcome.errors.isEmpty && tool.entryFiles().isEmpty, "\(outcome.errors)")
            }
        }
    }

    @Test("stats counts what other runs of the program have evicted")
    func evictions() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                for number in 0..<12 {
                    let outcome = try await tool("get", "--max-entries", "8", "\(origin.url("/counter/\(number)"))")
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
            }
            let evicted = 12 - tool.entryFiles().count
            #expect(evicted >= 4)
            #expect(try await tool("stats").text.contains("evictions    \(evicted)\n"))
            #expect(try await tool("stats", "--json").text.contains(#""evictions":\#(evicted),"#))
        }
    }

    @Test("stats shows how much of the limits is used")
    func stats() async throws {
        try await withTool { tool in
            for number in 0..<3 { try await tool.store(#require(URL(string: "https://example.com/\(number)"))) }
            let text = try await tool("stats", "--max-size", "1M", "--max-entries", "12").text
            #expect(text.contains("entries      3 of 12 (25 %)\n"))
            #expect(text.contains("used         12.0 KiB of 1.0 MiB (1 %)\n"), "\(text)")
            let json = try await tool("stats", "--json", "--max-size", "1M").text
            #expect(json.contains(#""maxDiskBytes":1048576"#) && json.contains(#""diskBytes":12288"#))
        }
    }

    @Test("sweep deletes what expired before --keep-expired, and evicts down to the limits")
    func sweep() async throws {
        try await withTool { tool in
            let now = Date()
            for number in 0..<6 {
                let url = try #require(URL(string: "https://example.com/\(number)"))
                try await tool.store(url, at: now - 100_000, expireAfter: number < 2 ? 60 : .never)
            }
            #expect(try await tool("sweep").text == "Deleted 0 entries that had expired.\n")
            #expect(
                try await tool("sweep", "--keep-expired", "1d").text == "Deleted 2 entries that had expired.\n"
            )
            #expect(tool.entryFiles().count == 4)
            let text = try await tool("sweep", "--max-entries", "3").text
            #expect(text == "Deleted 0 entries that had expired, and evicted 1.\n")
            #expect(tool.entryFiles().count == 3)
        }
    }
}
