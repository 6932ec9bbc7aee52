import Foundation
import HTTPTypes
import TestSupport
import Testing

@Suite("fscache with partial responses")
struct PartTests {
    @Test("A stored part is listed, shown, converted and completed")
    func copes() async throws {
        let content = RangedContent(
            Data("0123456789".utf8),
            fields: [.cacheControl: "max-age=3600", .contentType: "text/plain"]
        )
        try await withTool { tool in
            try await withOrigin({ content.response($0) }) { origin in
                let url = origin.url("/text").absoluteString
                func get(_ arguments: String...) async throws -> String {
                    try await tool.run(Tool.executable, ["get", "--cache-control"] + arguments + [url]).text
                }
                #expect(try await get("-H", "Range: bytes=0-5") == "012345")
                for serializer in SerializerCase.all {
                    #expect(try await tool("convert", "--to", serializer.name).status == 0)
                    let listed = try await tool.list()
                    #expect(listed.map(\.status) == [206] && listed.allSatisfy { $0.bytes > 6 })
                    let head = try await tool("show", "--head", url).text
                    #expect(head.contains("206") && head.lowercased().contains("bytes 0-5/10"))
                    #expect(try await tool("show", "--body", url).text == "012345")
                    #expect(try await tool("stats").text.contains("1"))
                    #expect(try await get("-H", "Range: bytes=2-3", "--only-if-cached") == "23")
                }
                #expect(origin.requests.count == 1)
                #expect(try await tool("get", "--only-if-cached", "--cache-control", url).status == 1)
                #expect(try await get() == "0123456789")
                #expect(origin.requests.last?.fields["Range"] == "bytes=6-")
                #expect(try await tool.list().map(\.status) == [200])
                #expect(try await get("--only-if-cached") == "0123456789")
            }
        }
    }
}
