import FSCache
import Foundation
import Serializers
import TestSupport
import Testing

@Suite("fscache verify")
struct VerifyTests {
    private func fill(_ tool: Tool) async throws {
        let url = try #require(URL(string: "https://example.com/verify"))
        try await tool.store(url.appending(path: "a"))
        try await tool.store(url.appending(path: "b"), serializer: .json)
    }

    @Test("A cache in order, and a missing one, give a summary and exit code 0")
    func inOrder() async throws {
        try await withTool { tool in
            let missing = try await tool("verify")
            #expect(missing.status == 0)
            #expect(missing.text == "0 entries, 0 B, 0 problems, 0 notes.\n")
            #expect(missing.errors == "There is no cache in \(tool.cacheFolder.path()).\n")
            #expect(!tool.hasCache)
            try await fill(tool)
            let outcome = try await tool("verify")
            #expect(outcome.status == 0 && outcome.errors == "")
            #expect(outcome.text.wholeMatch(of: /2 entries, \d+ B, 0 problems, 0 notes\.\n/) != nil)
        }
    }

    @Test("A problem is a line and exit code 2; --repair repairs it, and then nothing but a note remains")
    func repairs() async throws {
        try await withTool { tool in
            try await fill(tool)
            let url = try #require(URL(string: "https://example.com/damaged"))
            let key = try await tool.storeDamaged(url).description
            let path = "\(key.prefix(2))/\(key.dropFirst(2).prefix(2))/\(key).cbor"
            let found = try await tool("verify")
            #expect(found.status == 2 && found.errors == "")
            let lines = found.text.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("damaged: \(path): "))
            #expect(lines.last?.hasSuffix(", 1 problem, 0 notes.") == true)

            let repaired = try await tool("verify", "--repair")
            #expect(repaired.status == 0)
            #expect(
                repaired.text.contains(" (repaired)\n")
                    && repaired.text.hasSuffix(", 1 problem, 0 notes, 1 repaired, 0 problems left.\n")
            )
            let after = try await tool("verify")
            #expect(after.status == 0)
            #expect(after.text.hasPrefix("set aside: \(path).invalid: "))
        }
    }

    @Test("--json prints one object that python reads")
    func json() async throws {
        try await withTool { tool in
            try await fill(tool)
            let url = try #require(URL(string: "https://example.com/damaged"))
            let key = try await tool.storeDamaged(url)
            try Data().write(to: tool.cacheFolder.appending(path: "notes.txt"))
            let script = """
                import json, sys
                result = json.load(sys.stdin)
                print(sorted(result), [result[name] for name in ("entries", "problems", "notes", "remainingProblems")])
                for finding in result["findings"]:
                    print(sorted(finding), finding["kind"], finding["problem"], finding["key"], finding["repaired"])
                """
            let outcome = try await tool("verify", "--json")
            #expect(outcome.status == 2)
            let members = "['key', 'kind', 'message', 'path', 'problem', 'repaired']"
            #expect(
                try await String(decoding: Python.run(script, input: outcome.output), as: UTF8.self) == """
                    ['bytes', 'entries', 'findings', 'notes', 'path', 'problems', 'remainingProblems', 'repaired', \
                    'uncheckedKeys'] [3, 1, 1, 1]
                    \(members) foreign False None False
                    \(members) damaged True \(key) False

                    """
            )
        }
    }

    @Test("With the options with which a response was stored, its key is checked")
    func matching() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/json").absoluteString
                _ = try await tool("get", "--match-header", "Accept-Language", "-H", "Accept-Language: de", url)
                #expect(try await tool("verify").text.hasSuffix(", 0 problems, 0 notes, 1 key not checked.\n"))
                let options = ["verify", "--match-header", "Accept-Language"]
                #expect(try await tool.run(Tool.executable, options).text.hasSuffix(", 0 problems, 0 notes.\n"))
            }
        }
    }
}
