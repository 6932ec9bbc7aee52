import Foundation
import TestSupport
import Testing

@Suite("fscache: usage")
struct UsageTests {
    @Test(
        "Usage errors are on standard error with exit code 64",
        arguments: [
            ["nonsense"], ["get"], ["get", "--nonsense", "https://example.com"], ["get", "example.com/a"],
            ["get", "ftp://example.com"], ["get", "https://example.com", "-H", "no colon"],
            ["get", "https://example.com", "-H", ": x"], ["get", "https://example.com", "-H", "A: \n"],
            ["get", "https://example.com", "-X", "a b"], ["get", "https://example.com", "--expire-after", "soon"],
            ["get", "https://example.com", "--expire-after=-5"],
            ["get", "https://example.com", "--serializer", "toml"],
            ["get", "https://example.com", "--stale-if-error=soon"],
            ["get", "https://example.com", "--match-header", "a b"],
            ["get", "https://example.com", "--refresh", "--force-refresh"],
            ["get", "https://example.com", "--only-if-cached", "--refresh"],
            ["key"], ["key", "example.com"], ["show"], ["show", "xyz"], ["show", "abc", "--head", "--body"], ["path"],
            ["path", String(repeating: "a", count: 65)], ["stats", "extra"],
        ]
    )
    func usageErrors(arguments: [String]) async throws {
        try await withTool { tool in
            let outcome = try await tool.run(Tool.executable, arguments)
            #expect(outcome.status == 64)
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("Error: "))
            #expect(outcome.errors.contains("--help' for more information."))
            #expect(!tool.hasCache)
        }
    }

    private static let commands = [
        "get", "key", "ls", "show", "path", "rm", "convert", "copy", "stats", "verify", "vacuum",
    ]

    #if Proxy
    private static let documentedCommands = commands + ["proxy"]
    #else
    private static let documentedCommands = commands
    #endif

    #if Proxy
    @Test(
        "The proxy rejects options that would have no effect or make no sense",
        arguments: [
            ["--cdn-cache-control"], ["--cdn-cache-control", "--private", "--origin", "http://h"],
            ["--trust-forwarded"], ["--timeout", "200000d"], ["--idle-timeout", "0"], ["--head-timeout", "36526d"],
            ["--client-timeout=-1"],
            ["--grace", "200000d"], ["--max-connections", "0"], ["--credentials", "shared"],
        ]
    )
    func proxyErrors(options: [String]) async throws {
        try await withTool { tool in
            let outcome = try await tool.run(Tool.executable, ["proxy", "--listen", "127.0.0.1:0"] + options)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: "))
        }
    }
    #endif

    @Test("--help reads like a manual page", arguments: documentedCommands)
    func help(command: String) async throws {
        try await withTool { tool in
            let outcome = try await tool(command, "--help")
            #expect(outcome.status == 0)
            #expect(outcome.errors.isEmpty)
            for section in [
                "OVERVIEW: ", "EXAMPLES:\n  fscache \(command)", "EXIT CODES:\n  0 ", "USAGE: fscache \(command)",
            ] {
                #expect(outcome.text.contains(section), "\(section)")
            }
            #expect(outcome.text.contains("--cache <place>") || command == "copy")
            let examples = try #require(
                outcome.text.split(separator: "EXAMPLES:\n").last?.split(separator: "\n\n").first
            )
            #expect(examples.split(separator: "\n").allSatisfy { $0.hasPrefix("  ") }, "no example is broken in two")
            #expect(try await tool("help", command).output == outcome.output)
        }
    }

    @Test("Without arguments the tool lists its commands")
    func overview() async throws {
        try await withTool { tool in
            let outcome = try await tool()
            #expect(outcome.status == 0)
            for command in Self.commands + ["proxy"] {
                #expect(outcome.text.contains("\n  \(command) "))
            }
        }
    }

    #if Proxy
    @Test(
        "Usage errors of the proxy are on standard error with exit code 64",
        arguments: [
            ["--listen", "::1:80"], ["--listen", "127.0.0.1:99999"], ["--origin", "ftp://host"],
            ["--origin", "http://h/?q"],
            ["--record", "--replay"], ["--shared", "--private"], ["--record", "--read-only"], ["--threads", "0"],
            ["--timeout", "soon"],
        ]
    )
    func proxyUsage(arguments: [String]) async throws {
        try await withTool { tool in
            let outcome = try await tool.run(Tool.executable, ["proxy"] + arguments)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: "))
            #expect(!tool.hasCache)
        }
    }
    #else
    @Test("A build without the proxy says how to build it")
    func noProxy() async throws {
        try await withTool { tool in
            let outcome = try await tool("proxy", "--origin", "http://127.0.0.1")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("--traits YAML,BSON,Compression,Proxy"))
        }
    }
    #endif

    @Test("Completions can be generated", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async throws {
        try await withTool { tool in
            let outcome = try await tool("--generate-completion-script", shell)
            #expect(outcome.status == 0)
            for word in ["convert", "stale-if-error", "yaml"] { #expect(outcome.text.contains(word)) }
            if shell == "bash" {
                try outcome.output.write(to: tool.folder.appending(path: "completions"))
                #expect(try await tool.shell("! command -v bash > found || bash -n completions").status == 0)
            }
        }
    }
}
