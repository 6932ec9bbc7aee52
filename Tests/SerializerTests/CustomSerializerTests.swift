import Foundation
import Serializers
import Testing

@Suite
struct CustomSerializerTests {
    struct Entry: Codable, Equatable {
        var url: URL
        var status: Int
        var headers: [[String]]
        var created: Date
        var body: Data
        var comment: String?
    }

    static let entry = Entry(
        url: URL(filePath: "/a b"),
        status: 200,
        headers: [["Content-Type", "text/plain"], []],
        created: Date(timeIntervalSinceReferenceDate: 123_456_789.25),
        body: Data(0...255),
        comment: nil
    )

    @Test("A serializer over PropertyListEncoder is ten lines, and round-trips")
    func roundTrip() throws {
        let serializer = PropertyListSerializer()
        #expect(try serializer.decode(Entry.self, from: serializer.encode(Self.entry)) == Self.entry)
        #expect(throws: (any Error).self) { try serializer.decode(Entry.self, from: Data("nonsense".utf8)) }
    }

    #if Compression
    @Test("Stages work with it as with any other", arguments: [GzipStage(), ZstdStage()] as [any Stage])
    func staged(_ stage: any Stage) throws {
        let serializer = PropertyListSerializer().staged(stage)
        #expect(try serializer.decode(Entry.self, from: serializer.encode(Self.entry)) == Self.entry)
    }
    #endif

    @Test(
        "The documentation has the same code",
        arguments: ["Serializer.swift", "Documentation.docc/WritingASerializer.md"]
    )
    func documented(in page: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let source = tests.appending(path: "../../Sources/Serializers/\(page)").standardizedFileURL
        let documentation = try String(contentsOf: source, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("///") ? $0.dropFirst(4) : $0 }
            .joined(separator: "\n")
        let type = try String(contentsOf: tests.appending(path: "PropertyListSerializer.swift"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .drop { !$0.hasPrefix("struct") }
            .joined(separator: "\n")
        #expect(documentation.contains(type.trimmingCharacters(in: .newlines)))
    }
}
