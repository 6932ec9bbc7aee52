import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("fscache rm")
struct RemoveTests {
    private func url(_ name: String) throws -> URL {
        try #require(URL(string: "https://example.com/\(name)"))
    }

    @Test("rm deletes an entry by key, and all entries of a URL")
    func references() async throws {
        try await withTool { tool in
            let kept = try await tool.store(url("kept")).description
            let byKey = try await tool.store(url("key")).description
            for method in [HTTPRequest.Method.post, .get, .head] { try await tool.store(url("page"), method: method) }
            let outcome = try await tool("rm", byKey, try url("page").absoluteString)
            #expect(outcome.status == 0)
            #expect(outcome.text == "Deleted 4 entries.\n")
            #expect(try await tool.list().map(\.key) == [kept])
            #expect(try await tool("rm", String(kept.prefix(10))).text == "Deleted 1 entry.\n")
            #expect(tool.entryFiles().isEmpty)
        }
    }

    @Test("A URL means an entry with many redacted parameters, with any values for them")
    func manyParameters() async throws {
        try await withTool { tool in
            func query(_ value: String) -> String { (1000..<6000).map { "n\($0)=\(value)" }.joined(separator: "&") }
            let key = try await tool.store(url("page?a=1&\(query("1"))"), serializer: .json)
            let other = try await tool.store(url("other?a=1&\(query("1"))"), serializer: .json)
            for file in tool.entryFiles() {
                let file = URL(filePath: file)
                let text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
                try Data(text.replacing(query("1"), with: query("REDACTED")).utf8).write(to: file)
            }
            #expect(try await tool("rm", url("page?a=2&\(query("7"))").absoluteString).status == 1)
            let outcome = try await tool("rm", url("page?\(query("7"))&a=1").absoluteString)
            #expect(outcome.text == "Deleted 1 entry.\n", "\(key): \(outcome.errors.prefix(200))")
            #expect(try await tool.list().map(\.key) == [other.description])
        }
    }

    @Test("Found entries are deleted; others are reported with exit code 1")
    func partly() async throws {
        try await withTool { tool in
            let key = try await tool.store(url("a")).description
            let outcome = try await tool("rm", "0123456789", key, "https://example.com/none")
            #expect(outcome.status == 1)
            #expect(outcome.text == "Deleted 1 entry.\n")
            #expect(outcome.errors.contains("Nothing is stored for 0123456789 in "))
            #expect(outcome.errors.contains("Nothing is stored for https://example.com/none in "))
            #expect(tool.entryFiles().isEmpty)
        }
    }

    @Test("--expired deletes expired entries")
    func expired() async throws {
        try await withTool { tool in
            let fresh = try await tool.store(url("fresh")).description
            try await tool.store(url("expired"), expireAfter: 60)
            #expect(try await tool("rm", "--expired").text == "Deleted 1 entry.\n")
            #expect(try await tool.list().map(\.key) == [fresh])
        }
    }

    @Test("--older-than deletes old entries")
    func olderThan() async throws {
        try await withTool { tool in
            try await tool.store(url("old"), at: Date(timeIntervalSinceNow: -7300))
            let young = try await tool.store(url("young"), at: Date(timeIntervalSinceNow: -7100)).description
            #expect(try await tool("rm", "--older-than", "2h").text == "Deleted 1 entry.\n")
            #expect(try await tool.list().map(\.key) == [young])
            #expect(try await tool("rm", "--older-than", "0").text == "Deleted 1 entry.\n")
            #expect(try await tool("rm", "--older-than", "soon").status == 64)
        }
    }

    @Test("--older-than keeps an entry that replaced one that was set aside")
    func superseded() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let page = origin.url("/counter")
                try await tool.storeDamaged(page)
                #expect(try await tool("get", page.absoluteString).text == "1")
                let aside = try #require(tool.entryFiles().first { $0.hasSuffix(".invalid") })
                try FileManager.default.setAttributes([.modificationDate: Tool.longAgo], ofItemAtPath: aside)
                #expect(try await tool("rm", "--older-than", "1d").text == "Deleted 0 entries.\n")
                #expect(try await tool("get", page.absoluteString).text == "1")
                #expect(try await tool("rm", page.absoluteString).text == "Deleted 1 entry.\n")
                #expect(tool.entryFiles().isEmpty)
            }
        }
    }

    @Test("--all deletes all entries and no foreign files")
    func all() async throws {
        try await withTool { tool in
            for number in 1...5 { try await tool.store(url("\(number)")) }
            try await tool.storeDamaged(url("damaged"))
            try Data("mine".utf8).write(to: tool.cacheFolder.appending(path: "notes.txt"))
            #expect(try await tool("rm", "--all").text == "Deleted 6 entries.\n")
            #expect(tool.entryFiles().isEmpty)
            #expect(try Data(contentsOf: tool.cacheFolder.appending(path: "notes.txt")) == Data("mine".utf8))
        }
    }

    @Test("rm needs exactly one selection", arguments: [[], ["--all", "--expired"], ["--all", "abc"]])
    func usage(arguments: [String]) async throws {
        try await withTool { tool in
            let outcome = try await tool.run(Tool.executable, ["rm"] + arguments)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: Say what to delete"))
        }
    }

    @Test(
        "A missing cache counts as empty and is not created",
        arguments: ["--all", "--expired", "--older-than=1d"]
    )
    func missing(argument: String) async throws {
        try await withTool { tool in
            let outcome = try await tool("rm", argument)
            #expect(outcome.status == 0)
            #expect(outcome.text == "Deleted 0 entries.\n")
            #expect(outcome.errors == "There is no cache in \(tool.cacheFolder.path()).\n")
            #expect(!tool.hasCache)
        }
    }
}
