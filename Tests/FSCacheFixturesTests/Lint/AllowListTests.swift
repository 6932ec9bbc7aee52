import Foundation
import Testing

@testable import FSCacheFixtures

@Suite("Lists of allowed findings")
struct AllowListTests {
    @Test(
        "A pattern matches whole paths",
        arguments: [
            ("**", "a", true), ("**", "a/b", true), ("*", "a/b", true), ("*.json", "a/b.json", true),
            ("*.json", "a/b.jsonx", false), ("a/*", "a/b", true), ("a/*", "a/b/c", false), ("a/**", "a/b/c", true),
            ("a/**", "ab/c", false), ("a/**/c", "a/c", true), ("a/**/c", "a/b/b/c", true), ("a/**/c", "a/bc", false),
            ("/a", "a", true), ("/a", "b/a", false), ("a?c", "abc", true), ("a/?", "a/b", true), ("a?b", "a/b", false),
            ("a/b", "a/b", true), ("a/b", "c/a/b", false), ("**/b", "b", true), ("**/b", "a/b", true),
            ("5c/*/5cc*.yaml", "5c/c4/5cc42f.yaml", true), ("a*b*c/d", "axbxbxc/d", true), ("", "a", false),
        ]
    )
    func patterns(pattern: String, path: String, isMatch: Bool) {
        #expect(AllowList.matches(Array(pattern.utf8), Array(path.utf8)) == isMatch)
    }

    @Test("A list allows findings of its rules in its files alone")
    func allows() throws {
        try withFolder { folder in
            let file = folder.appending(path: AllowList.fileName).path(percentEncoded: false)
            try Data("# a comment\n\n  cookie   sandbox/**  \r\nurl-password *.json\n".utf8).write(
                to: URL(filePath: file)
            )
            let list = try AllowList(path: file)
            func allows(_ rule: SecretRule, _ path: String) -> Bool {
                list.allows(rule, in: folder.appending(path: path).path(percentEncoded: false))
            }
            #expect(allows(.cookie, "sandbox/a/b.yaml"))
            #expect(!allows(.cookie, "a.json"))
            #expect(allows(.urlPassword, "a/b.json"))
            #expect(!allows(.urlPassword, "sandbox/a.yaml"))
            #expect(!list.allows(.cookie, in: "/elsewhere/sandbox/a"))
        }
    }

    @Test(
        "A line that isn't understood is an error with its number",
        arguments: [("cookie", "Write a rule and a pattern"), ("cookies **", "There is no rule 'cookies'")]
    )
    func invalid(line: String, message: String) throws {
        try withFolder { folder in
            let file = folder.appending(path: "list").path(percentEncoded: false)
            try Data("# first\n\(line)\n".utf8).write(to: URL(filePath: file))
            let error = #expect(throws: LintError.self) { try AllowList(path: file) }
            #expect(error?.description.hasPrefix("\(file):2: \(message)") == true, "\(error?.description ?? "")")
        }
    }

    @Test("The nearest list counts, up to the directory of the repository")
    func nearest() throws {
        try withFolder { folder in
            let inner = folder.appending(path: "repository/tests/recorded")
            for name in ["repository/tests/recorded", "repository/.git"] {
                let path = folder.appending(path: name)
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            }
            func write(_ name: String) throws -> String {
                let file = folder.appending(path: name).appending(path: AllowList.fileName)
                try Data().write(to: file)
                return file.path(percentEncoded: false)
            }
            _ = try write("")
            #expect(AllowList.nearest(to: inner) == nil)
            let root = try write("repository")
            #expect(AllowList.nearest(to: inner) == root)
            let own = try write("repository/tests/recorded")
            #expect(AllowList.nearest(to: inner) == own)
        }
    }
}

/// Calls the closure with a new folder, and deletes it afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        .appending(path: "fscache-lint-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}
