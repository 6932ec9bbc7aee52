import Foundation
import Testing

@testable import FSCacheFixtures

@Suite("Secrets in files")
struct FixtureLinterTests {
    private static let token = "gh" + "p_" + String(repeating: "a1", count: 18)

    private func lint(_ paths: String..., allowFile: String? = nil) throws -> [String] {
        var lines: [String] = []
        _ = try FixtureLinter(SecretScanner(), allowFile: allowFile).lint(paths) {
            lines.append("\($0.path):\($0.line):\($0.column)")
        }
        return lines
    }

    private func write(_ text: String, _ name: String, in folder: URL) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    @Test(
        "The fixtures of this repository have no secrets",
        arguments: ["Fixtures", "Examples/Tests/FixtureTests/Recorded"]
    )
    func ownFixtures(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
        let path = root.appending(path: name).path(percentEncoded: false)
        var findings: [String] = []
        let summary = try FixtureLinter(SecretScanner(findsEmails: true)).lint([path]) {
            findings.append($0.description)
        }
        #expect(findings == [])
        #expect(summary.files >= 1)
    }

    @Test("Findings have the line and the column of the secret, in the order of files and places")
    func places() throws {
        try withFolder { folder in
            try write("é: \(Self.token)\n\n x\(Self.token)\n \(Self.token)", "b/c.txt", in: folder)
            try write("{\"a\": \"\\n\(Self.token)\"}", "a.json", in: folder)
            try write("clean", "clean", in: folder)
            let path = folder.path(percentEncoded: false)
            #expect(try lint(path) == ["\(path)a.json:1:10", "\(path)b/c.txt:1:5", "\(path)b/c.txt:4:2"])
            #expect(try lint(path + "b/c.txt") == ["\(path)b/c.txt:1:5", "\(path)b/c.txt:4:2"])
        }
    }

    @Test("Octets that aren't text are searched, too")
    func binary() throws {
        try withFolder { folder in
            let file = folder.appending(path: "entry.cbor")
            try (Data([0xD9, 0, 0xFF, 0x0A, 0x80]) + Data(Self.token.utf8) + Data([0xC0])).write(to: file)
            #expect(try lint(file.path(percentEncoded: false)) == ["\(file.path(percentEncoded: false)):2:2"])
        }
    }

    @Test("Links and the files of Git are skipped")
    func skipped() throws {
        try withFolder { folder in
            try write(Self.token, "outside/secret", in: folder)
            try write(Self.token, "inside/.git/objects/secret", in: folder)
            try write(Self.token, "inside/a/.git/secret", in: folder)
            try write(Self.token, "inside/.hidden", in: folder)
            let link = folder.appending(path: "inside/link").path(percentEncoded: false)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../outside")
            try FileManager.default.createSymbolicLink(atPath: link + "2", withDestinationPath: "../outside/secret")
            let path = folder.appending(path: "inside").path(percentEncoded: false)
            #expect(try lint(path) == ["\(path)/.hidden:1:1"])
            // A path that was named is followed.
            #expect(try lint(link) == ["\(link)/secret:1:1"])
        }
    }

    @Test("Lists of allowed findings apply to their directories, and a named one to all")
    func allowed() throws {
        try withFolder { folder in
            try write(Self.token, "a/one.yaml", in: folder)
            try write(Self.token, "a/two.yaml", in: folder)
            try write(Self.token, "b/one.yaml", in: folder)
            try write("github-token one.yaml\n", "a/.fscache-lint", in: folder)
            let path = folder.path(percentEncoded: false)
            #expect(try lint(path + "a", path + "b") == ["\(path)a/two.yaml:1:1", "\(path)b/one.yaml:1:1"])
            #expect(try lint(path + "a/one.yaml") == [])
            try write("github-token b/**\n", "list", in: folder)
            let named = try lint(path + "a", path + "b", allowFile: path + "list")
            #expect(named == ["\(path)a/one.yaml:1:1", "\(path)a/two.yaml:1:1"])
        }
    }

    @Test("A missing path is an error")
    func missing() {
        let error = #expect(throws: LintError.self) { try lint("/nowhere/fixtures") }
        #expect(error?.description == "There is no file or directory /nowhere/fixtures.")
    }

    @Test("A finding shows at most a quarter of the secret, and four characters", arguments: 1...40)
    func disclosure(length: Int) throws {
        let secret = String("Zq7Xw9Kv".map { String($0) }.joined() + String(repeating: "Jm5", count: 12)).prefix(length)
        let text = Array("{\"pass\("word")\": \"\(secret)\"}".utf8)
        let match = try #require(SecretScanner().matches(in: text).first)
        #expect(match.length == length)
        #expect(match.prefix.count == min(4, length / 4))
        let line = SecretFinding(path: "p", line: 1, column: 1, match: match).description
        #expect(length < 8 || !line.contains(secret.prefix(5)))
        #expect(!line.contains(secret) || length == 1)
    }
}
