import Foundation
import TestSupport
import Testing

@Suite("fscache fixtures promote")
struct PromoteTests {
    @Test("All responses are copied byte for byte to the same paths; other files are not")
    func all() async throws {
        try await withTool { tool in
            let paths = try [tool.write("https://a.test/1"), tool.write("https://b.test/2")]
            let responses = try tool.files()
            try Data("a: 1\n".utf8).write(to: tool.folder.appending(path: "recorded/settings.yaml"))
            let outcome = try await tool("fixtures", "promote", "recorded", "shared")
            #expect(outcome.status == 0)
            #expect(outcome.text == paths.map { "copied \($0)\n" }.joined())
            #expect(outcome.errors == "2 copied, 0 replaced, 0 unchanged, 0 not copied.\n")
            #expect(try tool.files("shared") == responses)
            let again = try await tool("fixtures", "promote", "recorded", "shared")
            #expect(again.status == 0)
            #expect(again.errors == "0 copied, 0 replaced, 2 unchanged, 0 not copied.\n")
        }
    }

    @Test("Only named paths are copied, and a path that isn't there is named")
    func named() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1")
            try tool.write("https://b.test/2")
            let outcome = try await tool("fixtures", "promote", "recorded", "shared", "./\(path)", "../x.json")
            #expect(outcome.status == 1)
            #expect(outcome.text == "copied \(path)\n")
            #expect(outcome.errors.hasPrefix("not copied ../x.json: there is no such recorded response\n"))
            #expect(try Set(tool.files("shared").keys) == [path])
        }
    }

    @Test("--used copies what the last run of the tests has used")
    func used() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1")
            try tool.write("https://b.test/2")
            #expect(try await tool("fixtures", "promote", "--used", "recorded", "shared").status == 1)
            try tool.report(used: [path])
            #expect(try await tool("fixtures", "promote", "--used", "recorded", "shared").status == 0)
            #expect(try Set(tool.files("shared").keys) == [path])
            #expect(try await tool("fixtures", "promote", "--used", "recorded", "shared", path).status == 64)
        }
    }

    @Test("A different response is named and kept, and replaced only with --replace")
    func different() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1", body: "new")
            let other = try tool.write("https://b.test/2")
            try tool.write("https://a.test/1", body: "old", in: "shared")
            let old = try tool.files("shared")
            let refused = try await tool("fixtures", "promote", "recorded", "shared")
            #expect(refused.status == 1)
            #expect(refused.text == "copied \(other)\n")
            #expect(refused.errors.hasPrefix("not copied \(path): a different response is in its place\n"))
            #expect(try tool.files("shared")[path] == old[path])
            let replaced = try await tool("fixtures", "promote", "--replace", "recorded", "shared")
            #expect(replaced.status == 0)
            #expect(replaced.text == "replaced \(path)\n")
            #expect(try tool.files("shared") == tool.files())
        }
    }

    @Test("A file that isn't a response is never replaced")
    func foreign() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1")
            let foreign = tool.folder.appending(path: "shared/\(path)")
            try FileManager.default.createDirectory(
                at: foreign.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data("{}".utf8).write(to: foreign)
            let outcome = try await tool("fixtures", "promote", "--replace", "recorded", "shared")
            #expect(outcome.status == 1)
            let reason = "another file, which is not a recorded response, is in its place"
            #expect(outcome.errors.hasPrefix("not copied \(path): \(reason)\n"))
            #expect(try Data(contentsOf: foreign) == Data("{}".utf8))
        }
    }

    @Test("A file that can't be read is named, and the rest is copied")
    func unreadable() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1")
            try Data("{".utf8).write(to: tool.folder.appending(path: "recorded/GET.0123abcd.json"))
            let outcome = try await tool("fixtures", "promote", "recorded", "shared")
            #expect(outcome.status == 1)
            #expect(outcome.text == "copied \(path)\n")
            #expect(
                outcome.errors.hasPrefix("not copied GET.0123abcd.json: it can't be read as a recorded response\n")
            )
        }
    }

    @Test("A response that is there under another name is not copied beside it")
    func renamed() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/1")
            try tool.write("https://a.test/1", in: "shared")
            let shared = tool.folder.appending(path: "shared")
            try FileManager.default.moveItem(
                at: shared.appending(path: path),
                to: shared.appending(path: "first page.json")
            )
            let outcome = try await tool("fixtures", "promote", "--replace", "recorded", "shared")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("the response to this request is already in first page.json"))
            #expect(try Set(tool.files("shared").keys) == ["first page.json"])
        }
    }

    @Test("A directory can't be copied into itself", arguments: ["recorded", "recorded/inner", "."])
    func overlapping(destination: String) async throws {
        try await withTool { tool in
            try tool.write("https://a.test/1")
            let outcome = try await tool("fixtures", "promote", "recorded", destination)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("One of the directories is in the other one"))
        }
    }
}
