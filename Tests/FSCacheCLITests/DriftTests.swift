import FSCacheFixtures
import Foundation
import TestSupport
import Testing

/// A change of an origin, and how the tool exits.
struct DriftExit: Sendable, CustomTestStringConvertible {
    var recorded: String
    var live: String
    var severity: String?
    var status: Int32

    var testDescription: String { "\(recorded) → \(live), \(severity ?? "default")" }
}

@Suite("fscache fixtures drift")
struct DriftTests {
    /// Answers the first request for a path with one JSON text, and later ones with another.
    private func changing(_ recorded: String, _ live: String) -> Origin.Handler {
        { request in
            Origin.Response(
                fields: ["Content-Type": "application/json"],
                body: Data((request.ordinal == 1 ? recorded : live).utf8)
            )
        }
    }

    @Test(
        "The exit code tells the severity, from a threshold on",
        arguments: [
            DriftExit(recorded: #"{"a":1}"#, live: #"{"a":1}"#, severity: nil, status: 0),
            DriftExit(recorded: #"{"a":1}"#, live: "{}", severity: nil, status: 2),
            DriftExit(recorded: #"{"a":1}"#, live: "{}", severity: "breaking", status: 2),
            DriftExit(recorded: "{}", live: #"{"a":1}"#, severity: nil, status: 3),
            DriftExit(recorded: "{}", live: #"{"a":1}"#, severity: "value", status: 3),
            DriftExit(recorded: "{}", live: #"{"a":1}"#, severity: "breaking", status: 0),
            DriftExit(recorded: #"{"a":1}"#, live: #"{"a":2}"#, severity: nil, status: 0),
            DriftExit(recorded: #"{"a":1}"#, live: #"{"a":2}"#, severity: "value", status: 4),
        ]
    )
    func exitCode(drift: DriftExit) async throws {
        try await withTool { tool in
            try await withOrigin(changing(drift.recorded, drift.live)) { origin in
                try await tool.record(origin.url("/a"))
                let options = drift.severity.map { ["--severity", $0] } ?? []
                let outcome = try await tool.run(Tool.executable, ["fixtures", "drift"] + options + ["recorded"])
                #expect(outcome.status == drift.status, "\(outcome.text)\(outcome.errors)")
                #expect(origin.count("/a") == 2)
            }
        }
    }

    @Test("Each response is a line with its most severe change; the others follow; nothing is written")
    func lines() async throws {
        try await withTool { tool in
            try await withOrigin(changing(#"{"id":7,"n":1}"#, #"{"id":"7","n":2}"#)) { origin in
                try await tool.record(origin.url("/a"))
                let before = try tool.files()
                let path = try #require(tool.fixture().paths.first)
                let outcome = try await tool("fixtures", "drift", "recorded")
                #expect(outcome.text == "breaking  \(path): .id: 7 → \"7\"\n          value     .n: 1 → 2\n")
                #expect(outcome.errors == "1 response: 1 breaking.\n")
                #expect(try tool.files() == before)
            }
        }
    }

    @Test("--json prints an object for each response")
    func json() async throws {
        try await withTool { tool in
            try await withOrigin(changing("{}", #"{"a":1}"#)) { origin in
                try await tool.record(origin.url("/a"))
                let outcome = try await tool("fixtures", "drift", "--json", "recorded")
                let object = try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
                #expect(object["path"] as? String == tool.fixture().paths.first)
                #expect(object["method"] as? String == "GET")
                #expect(object["url"] as? String == origin.url("/a").absoluteString)
                #expect(object["result"] as? String == "notable")
                #expect(object["omitted"] as? Int == 0)
                let changes = try #require(object["changes"] as? [[String: String]])
                #expect(changes == [["severity": "notable", "part": "member", "name": ".a", "live": "1"]])
            }
        }
    }

    @Test("Long lists of changes are cut")
    func bounded() async throws {
        let members = (0..<30).map { #""m\#($0)":1"# }.joined(separator: ",")
        try await withTool { tool in
            try await withOrigin(changing("{\(members)}", "{}")) { origin in
                try await tool.record(origin.url("/a"))
                let lines = try await tool("fixtures", "drift", "recorded").text.split(separator: "\n")
                #expect(lines.count == 21)
                #expect(lines.last == "          and 10 more")
            }
        }
    }

    @Test("An origin that can't be reached is an error, with exit code 1")
    func unreachable() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                try await tool.record(origin.url("/json"))
            }
            let outcome = try await tool("fixtures", "drift", "recorded")
            #expect(outcome.status == 1)
            #expect(outcome.text.hasPrefix("error     "))
            #expect(outcome.errors == "1 response: 1 error.\n")
        }
    }

    @Test("An origin that doesn't answer is an error after --timeout", .timeLimit(.minutes(1)))
    func timeout() async throws {
        try await withTool { tool in
            let handler: Origin.Handler = { request in
                request.ordinal == 1 ? Origin.Response(body: "recorded") : .never()
            }
            try await withOrigin(handler) { origin in
                try await tool.record(origin.url("/a"))
                let outcome = try await tool("fixtures", "drift", "--timeout", "0.2", "recorded")
                #expect(outcome.status == 1)
                #expect(outcome.text.hasPrefix("error     "))
            }
        }
    }

    @Test("--origin asks another origin in place of the recorded one")
    func origin() async throws {
        try await withTool { tool in
            try await withOrigin(changing("{}", "[]")) { origin in
                var settings = FixtureSettings()
                settings.originNames = ["http://127.0.0.1:\(origin.port)": "http://shop.test"]
                try await tool.record(origin.url("/a"), settings: settings)
                let live = "http://shop.test=http://127.0.0.1:\(origin.port)"
                let outcome = try await tool("fixtures", "drift", "--origin", live, "recorded")
                #expect(outcome.status == 2)
                #expect(outcome.text.hasSuffix(": body: {} → []\n"))
            }
        }
    }

    @Test("Secrets are sent, and never printed")
    func secrets() async throws {
        let (token, key) = ("token-of-this-machine", "key-of-this-machine")
        let handler: Origin.Handler = { request in
            let echo = "\(request.target) \(request.fields["Authorization"] ?? "")"
            return try Origin.Response(json: ["echo\(request.ordinal)": echo, "access_token": "\(request.ordinal)"])
        }
        try await withTool { tool in
            try await withOrigin(handler) { origin in
                var settings = FixtureSettings()
                settings.placeholders = [FixturePlaceholder("SHOP_KEY", fixed: key)]
                try await tool.record(origin.url("/\(key)"), settings: settings)
                let outcome = try await tool.shell(
                    "export SHOP_KEY=\(key); fscache fixtures drift --header 'Authorization: Bearer \(token)' recorded"
                )
                #expect(outcome.status == 2)
                #expect(outcome.text.contains(#".echo2: (absent) → "/{{SHOP_KEY}} REDACTED""#))
                #expect(outcome.errors.hasPrefix("note: requests have the values of SHOP_KEY.\n"))
                for secret in [token, key] {
                    #expect(!(outcome.text + outcome.errors).contains(secret))
                }
                #expect(!outcome.text.contains("access_token"))
                #expect(origin.lastRequest("/\(key)")?.fields["Authorization"] == "Bearer \(token)")
            }
        }
    }

    @Test("Credentials are never sent to several origins")
    func severalOrigins() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                try await tool.record(origin.url("/json"), origin.url("/json", host: "localhost"))
                let header = ["--header", "Authorization: Bearer abc"]
                let outcome = try await tool.run(Tool.executable, ["fixtures", "drift"] + header + ["recorded"])
                #expect(outcome.status == 1)
                #expect(
                    outcome.errors.contains("--header would send credentials to several origins: http://127.0.0.1:")
                )
                #expect(origin.count("/json") == 2)
            }
        }
    }

    @Test("Files that can't be read are errors, and a directory without responses is a failure")
    func unreadable() async throws {
        try await withTool { tool in
            let missing = try await tool("fixtures", "drift", "recorded")
            #expect(missing.status == 1)
            #expect(missing.errors.contains("There is no directory recorded."))
            let file = tool.folder.appending(path: "recorded/GET.0123abcd.yaml")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            let empty = try await tool("fixtures", "drift", "recorded")
            #expect(empty.status == 1)
            #expect(empty.errors.contains("There are no recorded responses in "))
            try Data("a: [".utf8).write(to: file)
            let damaged = try await tool("fixtures", "drift", "recorded")
            #expect(damaged.status == 1)
            #expect(
                damaged.text == "error     GET.0123abcd.yaml: the file can't be read as a recorded response\n"
            )
        }
    }

    @Test(
        "Invalid options are refused before anything is sent",
        arguments: [
            ["--severity", "none"], ["--origin", "http://a.test"], ["--origin", "http://a.test=http://b.test/v2"],
            ["--header", "x"], ["--timeout", "0"],
        ]
    )
    func invalid(options: [String]) async throws {
        try await withTool { tool in
            let outcome = try await tool.run(Tool.executable, ["fixtures", "drift"] + options + ["."])
            #expect(outcome.status == 64)
        }
    }
}
