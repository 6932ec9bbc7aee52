import Foundation
import TestSupport
import Testing

@Suite("fscache fixtures prune")
struct PruneTests {
    @Test("What the tests have not used is removed, with empty directories, and nothing else")
    func unused() async throws {
        try await withTool { tool in
            let used = try tool.write("https://a.test/used")
            let unused = try tool.write("https://b.test/unused")
            try Data("setting: 1\n".utf8).write(to: tool.folder.appending(path: "recorded/settings.yaml"))
            try Data("damaged".utf8).write(to: tool.folder.appending(path: "recorded/GET.0123abcd.json"))
            try tool.report(used: [used])
            let outcome = try await tool("fixtures", "prune", "recorded")
            #expect(outcome.status == 0)
            #expect(outcome.text == "\(unused)\n")
            #expect(outcome.errors == "Removed 1 file.\n")
            #expect(try Set(tool.files().keys) == [used, "settings.yaml", "GET.0123abcd.json"])
            #expect(!FileManager.default.fileExists(atPath: tool.folder.appending(path: "recorded/b.test").path()))
        }
    }

    @Test("--dry-run removes nothing")
    func dryRun() async throws {
        try await withTool { tool in
            let unused = try tool.write("https://b.test/unused")
            try tool.report(used: [])
            let outcome = try await tool("fixtures", "prune", "--dry-run", "./recorded/")
            #expect(outcome.status == 0)
            #expect(outcome.text == "\(unused)\n")
            #expect(outcome.errors == "Would remove 1 file.\n")
            #expect(try Set(tool.files().keys) == [unused])
        }
    }

    @Test("What was recorded or changed after the run is kept, and named")
    func newer() async throws {
        try await withTool { tool in
            let changed = try tool.write("https://a.test/changed")
            try tool.report(used: [], at: Date(timeIntervalSince1970: 1_735_689_600))
            let new = try tool.write("https://b.test/new")
            let outcome = try await tool("fixtures", "prune", "recorded")
            #expect(outcome.status == 0)
            #expect(outcome.text == "")
            let reason = "recorded or changed after the run of the tests"
            #expect(
                outcome.errors
                    == "kept \(changed): \(reason)\nkept \(new): \(reason)\nRemoved 0 files; kept 2 newer files.\n"
            )
            #expect(try Set(tool.files().keys) == [changed, new])
        }
    }

    @Test("Without a report, the error says what to do, and nothing is removed")
    func noReport() async throws {
        try await withTool { tool in
            let path = try tool.write("https://a.test/")
            let outcome = try await tool("fixtures", "prune", "recorded")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("Run the whole test suite first"))
            #expect(try Set(tool.files().keys) == [path])
        }
    }
}
