import Foundation
import TestSupport
import Testing

@Suite("fscache fixtures lint")
struct LintTests {
    private static let token = "gh" + "p_" + String(repeating: "a1", count: 18)

    private func write(_ text: String, _ name: String, _ tool: Tool) throws {
        let file = tool.folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    @Test("Clean fixtures give no output and exit code 0")
    func clean() async throws {
        try await withTool { tool in
            try write("request: {}", "recorded/a.yaml", tool)
            let outcome = try await tool("fixtures", "lint", "recorded")
            #expect(outcome.status == 0)
            #expect(outcome.text == "")
            #expect(outcome.errors == "No secrets in 1 file.\n")
        }
    }

    @Test("A secret is a line with its place and what to do, and exit code 2")
    func secret() async throws {
        try await withTool { tool in
            try write("a: 1\nb: \(Self.token)\n", "recorded/a.yaml", tool)
            try write("", "recorded/b.yaml", tool)
            let outcome = try await tool("fixtures", "lint", "recorded")
            #expect(outcome.status == 2)
            #expect(
                outcome.text == "recorded/a.yaml:2:4: github-token: a GitHub token, 'ghp_…' (40 octets). "
                    + "Replace it with REDACTED, and revoke it if anybody else has seen the file.\n"
            )
            #expect(outcome.errors == "1 secret in 1 of 2 files.\n")
        }
    }

    @Test("--json prints an object for each secret")
    func json() async throws {
        try await withTool { tool in
            try write("a: \(Self.token)\nAuthor\("ization"): Bearer abcd\n", "recorded/a.yaml", tool)
            let outcome = try await tool("fixtures", "lint", "--json", "recorded")
            #expect(outcome.status == 2)
            let lines = try outcome.text.split(separator: "\n").map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            #expect(lines.compactMap { $0["rule"] as? String } == ["github-token", "credential-field"])
            #expect(lines.compactMap { $0["path"] as? String } == ["recorded/a.yaml", "recorded/a.yaml"])
            #expect(lines.compactMap { $0["line"] as? Int } == [1, 2])
            #expect(lines.compactMap { $0["column"] as? Int } == [4, 23])
            #expect(lines.compactMap { $0["prefix"] as? String } == ["ghp" + "_", "a"])
            #expect(lines.compactMap { $0["length"] as? Int } == [40, 4])
            #expect(lines.allSatisfy { ($0["message"] as? String)?.isEmpty == false })
            #expect(!outcome.text.contains(Self.token))
        }
    }

    @Test("Findings can be allowed by rule, and by a list")
    func allowed() async throws {
        try await withTool { tool in
            try write("a: \(Self.token)\n", "recorded/a.yaml", tool)
            #expect(try await tool("fixtures", "lint", "--allow", "github-token", "recorded").status == 0)
            #expect(try await tool("fixtures", "lint", "--allow", "npm-token", "recorded").status == 2)
            try write("github-token a.yaml\n", "list", tool)
            let listed = try await tool("fixtures", "lint", "--allow-file", "list", "recorded")
            #expect(listed.status == 0)
            #expect(listed.errors == "No secrets in 1 file; 1 allowed.\n")
            try write("github-token b.yaml\n", "recorded/.fscache-lint", tool)
            #expect(try await tool("fixtures", "lint", "recorded").status == 2)
            try write("github-token *.yaml\n", "recorded/.fscache-lint", tool)
            #expect(try await tool("fixtures", "lint", "recorded").status == 0)
        }
    }

    @Test("Values of the environment are found; those that are unset or too short are not searched for")
    func environment() async throws {
        try await withTool { tool in
            try write("a: open sesame\nb: b3BlbiBzZXNhbWU=\n", "recorded/a.yaml", tool)
            func lint(_ variable: String, _ name: String = "SHOP_TOKEN") async throws -> Program.Outcome {
                try await tool.shell("export \(variable); fscache fixtures lint --environment \(name) recorded")
            }
            let found = try await lint("SHOP_TOKEN='open sesame'")
            #expect(found.status == 2)
            #expect(found.text.contains("a.yaml:1:4: environment-value: "))
            #expect(found.text.contains("a.yaml:2:4: environment-value: "))
            #expect(!found.text.contains("sesame"))
            let short = try await lint("SHOP_TOKEN=open")
            #expect(short.status == 64)
            #expect(short.errors.contains("The value of SHOP_TOKEN has fewer than 6 octets"))
            let unset = try await lint("OTHER=1")
            #expect(unset.status == 0)
            #expect(unset.errors.hasPrefix("note: SHOP_TOKEN is not set"))
        }
    }

    @Test("E-mail addresses are found on request")
    func emails() async throws {
        try await withTool { tool in
            try write("by: jane@" + "fscache.dev\n", "recorded/a.yaml", tool)
            #expect(try await tool("fixtures", "lint", "recorded").status == 0)
            #expect(try await tool("fixtures", "lint", "--emails", "recorded").status == 2)
        }
    }

    @Test("A missing directory, and a list that can't be read, are failures")
    func missing() async throws {
        try await withTool { tool in
            let outcome = try await tool("fixtures", "lint", "recorded")
            #expect(outcome.status == 1)
            #expect(outcome.errors == "Error: There is no file or directory recorded.\n")
            try write("", "recorded/a.yaml", tool)
            #expect(try await tool("fixtures", "lint", "--allow-file", "none", "recorded").status == 1)
        }
    }

    @Test("Arguments are checked", arguments: ["", "--allow cookies recorded", "--rules recorded"])
    func usage(arguments: String) async throws {
        try await withTool { tool in
            try write("", "recorded/a.yaml", tool)
            let words = ["fixtures", "lint"] + arguments.split(separator: " ").map(String.init)
            #expect(try await tool.run(Tool.executable, words).status == 64)
        }
    }

    @Test("--rules lists the names of rules")
    func rules() async throws {
        try await withTool { tool in
            let outcome = try await tool("fixtures", "lint", "--rules")
            #expect(outcome.status == 0)
            for rule in ["github-token", "cookie", "environment-value"] { #expect(outcome.text.contains("\(rule)  ")) }
        }
    }

    @Test("A crafted name of a file can't control the terminal, or forge a finding")
    func craftedName() async throws {
        try await withTool { tool in
            try write(Self.token, "recorded/a\u{1B}[31m\nb:1:1: cookie: forged", tool)
            let outcome = try await tool("fixtures", "lint", "recorded")
            #expect(outcome.status == 2)
            #expect(outcome.text.split(separator: "\n").count == 1)
            #expect(!outcome.text.contains("\u{1B}"))
        }
    }
}
