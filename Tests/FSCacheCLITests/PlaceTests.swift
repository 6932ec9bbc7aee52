import FSCache
import Foundation
import Serializers
import TestSupport
import Testing

@Suite("fscache --cache and copy")
struct PlaceTests {
    private static let secret = "s3cret"

    @Test(
        "A place that can't be one is an error that says what to write, and makes no directory",
        arguments: [
            ("postgres://user:s3cret@host/db", "redis://"), ("http://host/", "mongodb://"), ("@missing", "missing"),
            ("", "empty"),
        ]
    )
    func refusesPlaces(place: String, advice: String) async throws {
        try await withTool { tool in
            for command in [["ls"], ["get", "http://127.0.0.1:1/"], ["stats"], ["convert", "--to", "json"]] {
                let outcome = try await tool.run(Tool.executable, command + ["--cache", place])
                #expect(outcome.status == 64 && outcome.errors.contains(advice), "\(command) \(outcome.errors)")
                #expect(!outcome.errors.contains(Self.secret))
            }
            try #expect(FileManager.default.contentsOfDirectory(atPath: tool.folder.path()).isEmpty)
        }
    }

    #if !Redis && !MongoDB && !SQLite
    @Test(
        "A store that isn't built in is named, with the trait that brings it",
        arguments: [
            ("redis://:s3cret@host", "Redis"), ("mongodb://user:s3cret@host", "MongoDB"), ("sqlite:a", "SQLite"),
        ]
    )
    func namesTraits(place: String, trait: String) async throws {
        try await withTool { tool in
            let outcome = try await tool("ls", "--cache", place)
            #expect(outcome.status == 64 && outcome.errors.contains("trait \(trait)"))
            #expect(!outcome.errors.contains(Self.secret))
        }
    }
    #endif

    @Test("The place comes from an argument, a file, or the environment, in this order")
    func findsPlaces() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                try Data("  from-file \nignored\n".utf8).write(to: tool.folder.appending(path: "place"))
                _ = try await tool("get", "--cache", "@place", url)
                _ = try await tool.shell("FSCACHE_CACHE=from-variable fscache get '\(url)'")
                _ = try await tool.shell("FSCACHE_CACHE=from-variable fscache get --cache argument '\(url)'")
                _ = try await tool.shell("FSCACHE_CACHE= fscache get '\(url)'")
                let names = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path())
                #expect(
                    names.filter { !$0.hasPrefix(".") }.sorted() == [
                        "argument", "caches", "from-file", "from-variable", "place",
                    ]
                )
            }
        }
    }

    @Test("copy keeps formats and times, and never replaces a newer response")
    func copies() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let urls = ["/counter", "/json"].map { origin.url($0).absoluteString }
                for (url, format) in zip(urls, ["yaml", "json"]) {
                    _ = try await tool("get", "--cache", "a", "--serializer", format, url)
                }
                #expect(try await tool("copy", "a", "b").text == "Copied 2 of 2 entries to \(tool.path("b")).\n")
                let rows = try await (
                    tool("ls", "--json", "--cache", "a").text, tool("ls", "--json", "--cache", "b").text
                )
                #expect(rows.0.replacing(tool.path("a"), with: tool.path("b")) == rows.1)
                #expect(rows.1.contains("yaml") && rows.1.contains("json"))

                let newer = try await tool("get", "--cache", "b", "--force-refresh", urls[0]).text
                #expect(try await tool("copy", "a", "b", "--serializer", "native").text.hasPrefix("Copied 1 of 2"))
                #expect(try await tool("get", "--cache", "b", "--only-if-cached", urls[0]).text == newer)
                #expect(try await tool("copy", "none", "b").status == 1)
                #expect(try await tool("vacuum", "--cache", "b").errors.contains("not an SQLite cache"))
            }
        }
    }

    #if SQLite
    @Test("An SQLite cache works with each command, and copies to files and back")
    func sqlite() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/counter").absoluteString
                let database = "sqlite:cache.sqlite"
                func run(_ arguments: String...) async throws -> Program.Outcome {
                    try await tool.run(Tool.executable, arguments + ["--cache", database])
                }
                for _ in 0..<2 {
                    let answer = try await run("get", url)
                    #expect(answer.text == "1")
                }
                let isFile = FileManager.default.fileExists(atPath: tool.path("cache.sqlite"))
                #expect(isFile)
                let (list, entry, summary) = try await (run("ls"), run("show", url), run("stats"))
                #expect(list.text.contains(url) && entry.text.contains("url: \(url)"))
                #expect(summary.text.contains(database))
                let converted = try await run("convert", "--to", "json")
                #expect(converted.status == 0)
                let out = try await tool("copy", database, "files")
                #expect(out.text.hasPrefix("Copied 1 of 1"))
                let removed = try await run("rm", "--all")
                #expect(removed.status == 0)
                let vacuumed = try await run("vacuum")
                #expect(vacuumed.text == "Vacuumed \(database).\n")
                let back = try await tool("copy", "files", database)
                #expect(back.text.hasPrefix("Copied 1 of 1"))
                let hit = try await run("get", "--only-if-cached", url)
                #expect(hit.text == "1")
                let path = try await run("path", url)
                #expect(path.errors.contains("not in a file"))
            }
        }
    }
    #endif
}

extension Tool {
    /// The absolute path of a file in the working directory.
    fileprivate func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
}
