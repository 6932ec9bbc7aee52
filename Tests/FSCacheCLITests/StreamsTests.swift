import FSCache
import Foundation
import Serializers
import TestSupport
import Testing

@Suite("fscache: standard streams")
struct StreamsTests {
    private func fill(_ tool: Tool, _ count: Int) async throws {
        for number in 1...count {
            try await tool.store(try #require(URL(string: "https://example.com/\(number)")))
        }
    }

    @Test("A closed pipe ends the program silently with SIGPIPE")
    func brokenPipe() async throws {
        try await withTool { tool in
            try await fill(tool, 20)
            let outcome = try await tool.shell("{ fscache ls --json; echo $? > status; } | { exec 0<&-; }; cat status")
            #expect(outcome.text == "141\n")
            #expect(outcome.errors.isEmpty)
        }
    }

    /// Whether text has a character that can control a terminal, apart from line feeds.
    private func controls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control }
    }

    @Test(
        "A crafted entry can't control the terminal, or forge a line of the log",
        arguments: ["show", "get", "get -v", "get --fail", "get --only-if-cached", "ls", "ls --json", "stats", "path"]
    )
    func craftedEntry(command: String) async throws {
        let crafted = #"\u001b]0;PWNED\u0007\u009b31m\u007f\nwarning: forged\r"#
        for member in ["created", "url", "status", "headers", "key"] {
            try await withTool { tool in
                try await withOrigin { origin in
                    let url = origin.url("/status/404")
                    let key = try await tool.store(url, status: 404, serializer: .json).description
                    let file = URL(filePath: try #require(tool.entryFiles().first))
                    var text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
                    switch member {
                    case "url": text = text.replacing("/status/404\"", with: "/status/404\(crafted)\"")
                    case "status": text = text.replacing("404,", with: "\"\(crafted)\",")
                    case "headers": text = text.replacing("text/plain\"", with: "text/plain\(crafted)\"")
                    default: text.replace(try Regex("\"\(member)\": \"[^\"]*"), with: "\"\(member)\": \"\(crafted)")
                    }
                    #expect(text.contains("PWNED"))
                    try Data(text.utf8).write(to: file)
                    let words = command.split(separator: " ").map(String.init)
                    let target =
                        ["ls", "stats"].contains(words[0]) ? [] : [words[0] == "get" ? url.absoluteString : key]
                    let outcome = try await tool.run(Tool.executable, words + target)
                    #expect(!controls(outcome.errors), "\(member): \(outcome.errors.debugDescription)")
                    #expect(!outcome.errors.contains("\nwarning: forged"), "\(outcome.errors)")
                    #expect(command == "show" || !controls(outcome.text), "\(member): \(outcome.text.debugDescription)")
                }
            }
        }
    }

    @Test("A closed or full standard output is an error, and output never goes elsewhere")
    func closedOutput() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/json").absoluteString
                let closed = try await tool.shell("fscache get '\(url)' >&-")
                #expect(closed.status == 1)
                #expect(closed.errors == "Error: standard output: Bad file descriptor\n")
                let all = try await tool.shell("fscache get '\(url)?2' <&- >&- 2>&-")
                #expect(all.status == 1)
                let listed = try await tool.list()
                #expect(listed.compactMap(\.url).sorted() == [url, "\(url)?2"])
                #expect(try await tool("show", "--body", url + "?2").text == #"{"name":"value"}"#)
            }
        }
    }

    @Test(
        "Progress is shown on a terminal and removed at the end",
        arguments: ["convert --to json", "stats", "rm --all"]
    )
    func progress(command: String) async throws {
        try await withTool { tool in
            try await fill(tool, 3)
            // Only standard error is a terminal.
            let script = """
                import os, pty, subprocess, sys
                primary, secondary = pty.openpty()
                process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=secondary)
                output = process.communicate()[0]
                os.close(secondary)
                shown = b""
                try:
                    while chunk := os.read(primary, 4096): shown += chunk
                except OSError: pass
                print(process.returncode, shown, output.count(b"\\x1b"))
                """
            let arguments =
                ["-c", script, Tool.executable.path(percentEncoded: false)]
                + command.split(separator: " ").map(String.init)
            let outcome = try await tool.run(URL(filePath: "/usr/bin/env"), ["python3"] + arguments)
            #expect(outcome.errors.isEmpty)
            #expect(
                outcome.text.wholeMatch(of: /0 b'\\r[A-Z][a-z ]+: 1 of 3\\x1b\[K.*\\r\\x1b\[K' 0\n/) != nil,
                "\(outcome.text)"
            )
        }
    }

    @Test(
        "A pipe gets no progress and no control codes",
        arguments: ["convert --to json", "stats", "ls", "rm --all"]
    )
    func noProgress(command: String) async throws {
        try await withTool { tool in
            try await fill(tool, 3)
            let outcome = try await tool.shell("{ fscache \(command) 2>&3 | cat; } 3>&1 1>output | cat; cat output")
            #expect(outcome.status == 0)
            #expect(!outcome.output.isEmpty)
            #expect(outcome.output.allSatisfy { $0 == UInt8(ascii: "\n") || $0 >= 0x20 })
        }
    }
}
