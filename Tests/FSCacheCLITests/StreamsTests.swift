import Foundation
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
