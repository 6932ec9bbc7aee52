import Foundation
import Serializers
import TestSupport
import Testing

@Suite("fscache convert")
struct ConvertTests {
    @Test("Converting between any two formats keeps keys and responses, without a request")
    func allWays() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let urls = ["/bytes/3000", "/json", "/last-modified", "/gzip"].map { origin.url($0).absoluteString }
                for url in urls { _ = try await tool("get", "--expire-after", "1h", url) }
                let stored = try await tool.responses()
                #expect(stored.count == urls.count)
                let requests = origin.requests.count

                // Convert back and forth between each pair of formats.
                for (index, first) in SerializerCase.all.enumerated() {
                    let ways = SerializerCase.all[(index + 1)...].flatMap { [$0, first] }
                    for serializer in [first] + ways {
                        let outcome = try await tool("convert", "--to", serializer.name)
                        #expect(outcome.status == 0)
                        #expect(outcome.text.hasSuffix(" of 4 entries to \(serializer.name).\n"))
                    }
                    #expect(try await tool.responses() == stored)
                    #expect(tool.entryFiles().count == 4)
                }
                #expect(origin.requests.count == requests)
            }
        }
    }

    @Test("Entries that already have the format or can't be decoded stay unchanged")
    func leftAlone() async throws {
        try await withTool { tool in
            try await tool.store(try #require(URL(string: "https://example.com/a")), serializer: .json)
            try await tool.store(try #require(URL(string: "https://example.com/b")))
            try await tool.storeDamaged(try #require(URL(string: "https://example.com/c")))
            #expect(try await tool("convert", "--to", "json").text == "Converted 1 of 3 entries to json.\n")
            #expect(try await tool("convert", "--to", "json").text == "Converted 0 of 3 entries to json.\n")
            #expect(tool.entryFiles().filter { $0.hasSuffix(".json") }.count == 2)
        }
    }

    @Test("gzip files open with python's gzip, and contain JSON")
    func gzip() async throws {
        try await withTool { tool in
            try await tool.store(try #require(URL(string: "https://example.com/a")), body: "the body")
            _ = try await tool("convert", "--to", "json.gz")
            let script = "import gzip, json, sys; print(json.load(gzip.open(sys.argv[1]))['body']['text'], end='')"
            #expect(try await Python.run(script, arguments: tool.entryFiles()) == Data("the body".utf8))
        }
    }

    @Test("An unknown format is a usage error that lists the known ones")
    func unknown() async throws {
        try await withTool { tool in
            let outcome = try await tool("convert", "--to", "toml")
            #expect(outcome.status == 64)
            #expect(outcome.errors.contains("There are: native, json, yaml, bson"))
            #expect(try await tool("convert").status == 64)
        }
    }

    @Test("A missing cache counts as empty and is not created")
    func missing() async throws {
        try await withTool { tool in
            let outcome = try await tool("convert", "--to", "yaml")
            #expect(outcome.status == 0)
            #expect(outcome.text == "Converted 0 of 0 entries to yaml.\n")
            #expect(outcome.errors == "There is no cache in \(tool.cacheFolder.path()).\n")
            #expect(!tool.hasCache)
        }
    }
}
