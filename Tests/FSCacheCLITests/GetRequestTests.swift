import Foundation
import TestSupport
import Testing

@Suite("fscache get: the request")
struct GetRequestTests {
    private func echo(_ tool: Tool, _ arguments: String..., input: Data = Data()) async throws -> Origin.Echo {
        let outcome = try await tool.run(Tool.executable, ["get"] + arguments, input: input)
        #expect(outcome.errors.isEmpty)
        return try JSONDecoder().decode(Origin.Echo.self, from: outcome.output)
    }

    @Test("-X and -H reach the origin")
    func methodAndHeaders() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/echo?q=1").absoluteString
                let echo = try await echo(tool, "-X", "PATCH", "-H", "X-One: 1 and 2", "-H", "X-Two:", url)
                #expect(echo.method == "PATCH")
                #expect(echo.target == "/echo?q=1")
                #expect(echo.headers["x-one"] == "1 and 2")
            }
        }
    }

    @Test("-d sends a form by POST unless -X or -H say otherwise")
    func data() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/echo").absoluteString
                let form = try await echo(tool, "-d", "a=1&b=2", url)
                #expect(form.method == "POST")
                #expect(form.headers["content-type"] == "application/x-www-form-urlencoded")
                #expect(form.body == "a=1&b=2")

                let json = try await echo(tool, "-d", "{}", "-X", "PUT", "-H", "content-type: application/json", url)
                #expect(json.method == "PUT")
                #expect(json.headers["content-type"] == "application/json")
                #expect(json.body == "{}")
            }
        }
    }

    @Test("-d @FILE sends a file, -d @- sends standard input")
    func dataFromFile() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let text = "[\"one\",\r\n\"two\"]\n"
                let bytes = Data(text.utf8)
                try bytes.write(to: tool.folder.appending(path: "body"))
                let url = origin.url("/echo").absoluteString
                let type = "Content-Type: application/json"
                #expect(try await echo(tool, "-H", type, "-d", "@body", url).body == text)
                #expect(try await echo(tool, "-H", type, "-d", "@-", url + "?2", input: bytes).body == text)
                let missing = try await tool("get", "-d", "@missing", url)
                #expect(missing.status == 1)
                #expect(missing.errors.contains("missing"))
            }
        }
    }

    @Test("A POST is cached, because the given method is allowed")
    func postIsCached() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                for (arguments, answer) in [
                    (["-d", "a=1&b=2"], "1"), (["-d", "b=2&a=1"], "1"), (["-d", "a=2"], "2"),
                    (["-X", "POST", "-d", "a=1&b=2"], "1"), (["-X", "PUT", "-d", "a=1&b=2"], "3"),
                    (["-d", "a=1", "--match-header", "Accept", "-H", "Accept: x"], "4"),
                    (["-d", "a=1", "--match-header", "Accept", "-H", "Accept: x"], "4"),
                    (["-d", "a=1&b=2", "--expire-after", "none"], "5"), (["-d", "a=1&b=2"], "1"),
                ] {
                    let outcome = try await tool.run(Tool.executable, ["get", url] + arguments)
                    #expect(outcome.text == answer, "\(arguments)")
                }
            }
        }
    }

    @Test("--ignore removes a parameter from the key and redacts it in the entry")
    func ignore() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                for (query, answer) in [
                    ("?page=1&session=1", "1"), ("?session=2&page=1", "1"), ("?page=2&session=1", "2"),
                ] {
                    #expect(try await tool("get", "--ignore", "session", url + query).text == answer)
                }
                let urls = try await tool.list().compactMap(\.url).sorted()
                #expect(urls == ["\(url)?page=1&session=REDACTED", "\(url)?page=2&session=REDACTED"])
            }
        }
    }

    @Test("Users are told apart by their credentials, unless these are ignored; they are redacted either way")
    func credentials() async throws {
        for (how, expected) in [([], ["1", "2"]), (["--credentials", "ignored"], ["1", "1"])] {
            try await withTool { tool in
                try await withOrigin { origin in
                    let url = origin.url("/counter").absoluteString
                    var texts: [String] = []
                    for secret in ["one", "two"] {
                        let fields = ["-H", "Authorization: \(secret)", "-H", "X-API-Key: \(secret)"]
                        texts.append(try await tool.run(Tool.executable, ["get"] + how + fields + [url]).text)
                    }
                    #expect(texts == expected)
                    let shown = try await tool("ls", "--json").text
                    #expect(shown.contains(url) && !shown.contains("one") && !shown.contains("two"))
                    let count = Set(expected).count
                    let found = try await tool("path", url)
                    #expect(found.status == (count == 1 ? 0 : 1))
                    if count > 1 {
                        let lines = found.errors.split(separator: "\n")
                        #expect(lines[0].contains("Give the key of one") && lines.count == 1 + count)
                        #expect(lines.dropFirst().allSatisfy { $0.contains("Authorization: REDACTED") })
                        let keys = lines.dropFirst().compactMap { $0.split(separator: " ").first }
                        for key in keys { #expect(try await tool("show", String(key)).status == 0) }
                    }
                    #expect(try await tool("rm", url).text.contains("\(count)"))
                    #expect(try await tool("ls").text.contains(url) == false)
                }
            }
        }
    }

    @Test("--match-header distinguishes requests by a header field")
    func matchHeader() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                for (accept, answer) in [("a", "1"), ("b", "2"), ("a", "1"), ("b", "2")] {
                    let outcome = try await tool("get", "--match-header", "Accept", "-H", "Accept: \(accept)", url)
                    #expect(outcome.text == answer)
                }
            }
        }
    }
}
