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
                let place = ["--cache", "sqlite:cache.sqlite"]
                for _ in 0..<2 { #expect(try await tool.run(Tool.executable, ["get", url] + place).text == "1") }
                #expect(FileManager.default.fileExists(atPath: tool.path("cache.sqlite")))
                #expect(try await tool.run(Tool.executable, ["ls"] + place).text.contains(url))
                #expect(try await tool.run(Tool.executable, ["show", url] + place).text.contains("url: \(url)"))
                #expect(try await tool.run(Tool.executable, ["stats"] + place).text.contains("sqlite:cache.sqlite"))
                #expect(try await tool.run(Tool.executable, ["convert", "--to", "json"] + place).status == 0)
                #expect(try await tool("copy", place[1], "files").text.hasPrefix("Copied 1 of 1"))
                #expect(try await tool.run(Tool.executable, ["rm", "--all"] + place).status == 0)
                #expect(
                    try await tool.run(Tool.executable, ["vacuum"] + place).text == "Vacuumed sqlite:cache.sqlite.\n"
                )
                #expect(try await tool("copy", "files", place[1]).text.hasPrefix("Copied 1 of 1"))
                #expect(try await tool.run(Tool.executable, ["get", "--only-if-cached", url] + place).text == "1")
                #expect(try await tool.run(Tool.executable, ["path", url] + place).errors.contains("not in a file"))
            }
        }
    }
    #endif
}

extension Tool {
    /// The absolute path of a file in the working directory.
    fileprivate func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
}
