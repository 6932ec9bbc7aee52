import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("fscache show and path")
struct ShowTests {
    /// Reads YAML documents with python, and returns each as JSON.
    private func parse(_ documents: Data...) async throws -> [String] {
        let script = """
            import json, sys, yaml
            for document in yaml.safe_load_all(sys.stdin): print(json.dumps(document, default=str))
            """
        let output = try await Python.run(script, input: Data(documents.joined(separator: Data("---\n".utf8))))
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("An entry of any format is printed as YAML, the body last", arguments: SerializerCase.all)
    func anyFormat(_ serializer: SerializerCase) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/json").absoluteString
                _ = try await tool("get", "--serializer", serializer.name, url)
                let outcome = try await tool("show", url)
                #expect(outcome.status == 0)
                #expect(outcome.errors.isEmpty)
                #expect(outcome.text.hasPrefix("request:\n  method: GET\n  url: \(url)\n"))
                #expect(outcome.text.hasSuffix("  json:\n    name: value\n"))
                let head = try await tool("show", "--head", url)
                #expect(outcome.output.starts(with: head.output))
                let parsed = try await parse(outcome.output, head.output)
                try #require(parsed.count == 2)
                #expect(parsed[0].contains(#""json": {"name": "value"}"#))
                #expect(parsed[1].contains(#""status": 200"#) && !parsed[1].contains("body"))
                #expect(try await tool("show", "--body", url).text == #"{"name":"value"}"#)
            }
        }
    }

    @Test("--body prints the body byte for byte", arguments: SerializerCase.all, [5000, 400_000])
    func body(_ serializer: SerializerCase, byteCount: Int) async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/bytes/\(byteCount)").absoluteString
                _ = try await tool("get", "--serializer", serializer.name, url)
                #expect(try await tool("show", "--body", url).output == Origin.bytes(byteCount))
                let whole = try await tool("show", url)
                #expect(whole.text.contains("\n  base64: "))
                let head = try await tool("show", "--head", url)
                #expect(whole.output.starts(with: head.output + Data("body:".utf8)))
            }
        }
    }

    @Test("A unique prefix of a key is enough, in upper or lower case")
    func prefixes() async throws {
        try await withTool { tool in
            var keys: [String] = []
            // With more keys than digits, two keys start with the same digit.
            for number in 1...17 {
                let url = try #require(URL(string: "https://example.com/prefix/\(number)"))
                keys.append(try await tool.store(url, body: "\(number)").description)
            }
            for (index, key) in keys.enumerated().prefix(3) {
                for prefix in [key, String(key.prefix(12)), key.prefix(12).uppercased()] {
                    #expect(try await tool("show", "--body", prefix).text == "\(index + 1)")
                }
            }
            let alike = try #require(Dictionary(grouping: keys) { $0.prefix(1) }.first { $0.value.count > 1 })
            for command in ["show", "path", "rm"] {
                let outcome = try await tool(command, String(alike.key))
                #expect(outcome.status == 1)
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.hasPrefix("Error: \(alike.key) may mean any of these."))
                for key in alike.value {
                    #expect(outcome.errors.contains("\n  \(key)  GET  https://example.com/prefix/"))
                }
            }
            #expect(tool.entryFiles().count == 17)
        }
    }

    @Test("A URL finds the entry of get, or else one with another method, matched fields or ignored parameters")
    func urls() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let counter = origin.url("/counter").absoluteString
                _ = try await tool("get", "-d", "a=1", counter + "/post")
                _ = try await tool("get", "--ignore", "n", counter + "/ignored?n=1&b=2")
                _ = try await tool("get", "--match-header", "Accept", "-H", "Accept: a", counter + "/matched")
                for url in [
                    counter + "/post", counter + "/ignored?b=2&n=7", counter + "/ignored?b=2", counter + "/matched",
                ] {
                    #expect(try await tool("show", "--body", url).text == "1", "\(url)")
                }
                #expect(try await tool("show", counter + "/ignored?b=3&n=1").status == 1)

                let echo = origin.url("/echo").absoluteString
                _ = try await tool("get", "-d", "a=1", echo)
                _ = try await tool("get", "-d", "a=2", echo)
                let ambiguous = try await tool("show", echo)
                #expect(ambiguous.status == 1)
                #expect(ambiguous.errors.split(separator: "\n").filter { $0.contains("  POST  \(echo)  ") }.count == 2)
                _ = try await tool("get", echo)
                let shown = try JSONDecoder().decode(
                    Origin.Echo.self,
                    from: try await tool("show", "--body", echo).output
                )
                #expect(shown.method == "GET")
            }
        }
    }

    @Test("A URL with variants finds the variant of get")
    func variants() async throws {
        try await withTool { tool in
            try await withOrigin { origin in
                let url = origin.url("/fields?Vary=X-One").absoluteString
                for value in ["1", "2"] {
                    let outcome = try await tool("get", "-H", "X-One: \(value)", url)
                    #expect(outcome.text == value)
                }
                for _ in 1...2 { #expect(try await tool("get", url).text == "3") }
                #expect(try await tool("show", "--body", url).text == "3")
                #expect(try await tool("rm", url).text == "Deleted 3 entries.\n")
            }
        }
    }

    @Test("path prints the path of the entry", arguments: SerializerCase.all)
    func path(_ serializer: SerializerCase) async throws {
        try await withTool { tool in
            let url = try #require(URL(string: "https://example.com/page"))
            let format = try SerializerRegistry.standard.serializer(named: serializer.name)
            let key = try await tool.store(url, serializer: format).description
            let files = tool.entryFiles()
            for reference in [url.absoluteString, String(key.prefix(8))] {
                #expect(try await tool("path", reference).text == files.joined() + "\n")
            }
        }
    }

    @Test("A missing entry is an error and creates no cache")
    func nothingStored() async throws {
        try await withTool { tool in
            for command in ["show", "path", "rm"] {
                for reference in ["abc", "https://example.com/nowhere"] {
                    let outcome = try await tool(command, reference)
                    #expect(outcome.status == 1)
                    #expect(outcome.output.isEmpty)
                    let place = tool.cacheFolder.path()
                    #expect(
                        outcome.errors == "Error: Nothing is stored for \(reference) in \(place): there is no cache.\n"
                    )
                }
            }
            #expect(!tool.hasCache)
        }
    }

    @Test("An entry that can't be decoded has a path, and show says why it fails")
    func damaged() async throws {
        try await withTool { tool in
            let key = try await tool.storeDamaged(try #require(URL(string: "https://example.com/damaged"))).description
            let path = try await tool("path", key).text.dropLast()
            #expect(tool.entryFiles() == [String(path)])
            let outcome = try await tool("show", key)
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("Error: \(path): "))
        }
    }
}
