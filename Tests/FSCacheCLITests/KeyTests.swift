import FSCache
import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("fscache key")
struct KeyTests {
    @Test("key prints 64 hexadecimal digits and a line feed, and creates no cache")
    func key() async throws {
        try await withTool { tool in
            let outcome = try await tool("key", "HTTPS://Example.com:443/a/../b?y=2&x=1#part")
            #expect(outcome.status == 0)
            #expect(outcome.errors.isEmpty)
            let expected = try NormalizedRequest(HTTPRequest(url: "https://example.com/b?x=1&y=2")).key
            #expect(outcome.text == "\(expected)\n")
            #expect(!tool.hasCache)
        }
    }

    @Test(
        "The key is the name of the file that get stores with equal arguments",
        arguments: [
            [], ["-d", "a=1"], ["-X", "HEAD"], ["-H", "Accept: a", "--match-header", "accept"],
            ["--ignore", "n"], ["-d", "@body", "-H", "Content-Type: application/json", "--ignore", "a"],
        ]
    )
    func sameAsGet(arguments: [String]) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                try Data(#"{"b": 1, "a": 2}"#.utf8).write(to: tool.folder.appending(path: "body"))
                let arguments = arguments + [origin.url("/echo?n=1").absoluteString]
                _ = try await tool.run(Tool.executable, ["get"] + arguments)
                let key = try await tool.run(Tool.executable, ["key"] + arguments).text.dropLast()
                let files = tool.entryFiles()
                #expect(files.count == 1 && files[0].contains(key))
            }
        }
    }

    @Test("--explain prints every ingredient, normalized, and the key last")
    func explain() async throws {
        try await withTool { tool in
            let outcome = try await tool(
                "key",
                "--explain",
                "-X",
                "PUT",
                "-H",
                "Accept: b,  a",
                "--match-header",
                "Accept",
                "-d",
                "z=1&y=2",
                "--ignore",
                "n",
                "http://EXAMPLE.com?n=1&b=2&a=%7e"
            )
            let lines = outcome.text.split(separator: "\n").map(String.init)
            try #require(lines.count == 5)
            #expect(lines[0] == "method       PUT")
            #expect(lines[1] == "url          http://example.com/?a=~&b=2")
            #expect(lines[2].hasPrefix("header       accept:"))
            #expect(lines[3] == "body (form)  y=2&z=1")
            #expect(lines[4].wholeMatch(of: /key          [0-9a-f]{64}/) != nil)
        }
    }
}
