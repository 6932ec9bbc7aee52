import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Files of a fixture")
struct FixtureFileTests {
    private static let url = "https://api.example.com/items"
    private let origin = ScriptedTransport { _ in TransportResponse(body: "1") }

    @Test("A file that can't be read is named in the miss of its neighbours, and other files aren't")
    func namesUnreadableFiles() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: origin) { _ = try await $0.get(Self.url) }
        let path = try #require(fixture.files().first)
        let folder = path.prefix(upTo: try #require(path.lastIndex(of: "/")))
        try fixture.scratch.write("status: 200\n", to: "Recorded/\(folder)/by-hand.yaml")
        try fixture.scratch.write("anything: else\n", to: "Recorded/notes.yaml")
        let error = await #expect(throws: FSCacheError.self) {
            try await fixture.replay { _ = try await $0.get("\(Self.url)?page=2") }
        }
        let message = try #require(error?.message)
        #expect(
            message.contains("\(folder)/by-hand.yaml can't be read") && !message.contains("notes.yaml"),
            "\(message)"
        )
        #expect(message.contains("GET \(Self.url)\n"))
    }

    @Test("A name that another request has gets more digits")
    func avoidsConflicts() async throws {
        let fixture = try FixtureUnderTest()
        try await fixture.record(from: origin) { _ = try await $0.get(Self.url) }
        let name = try #require(fixture.files().first)
        let other = try FixtureUnderTest()
        try await other.record(from: origin) { _ = try await $0.get("\(Self.url)?page=2") }
        try fixture.scratch.write(#require(other.contents().values.first), to: "Recorded/\(name)")
        try await fixture.record(from: origin) { _ = try await $0.get(Self.url) }
        let files = try fixture.files()
        #expect(files.count == 2 && files.contains(name))
        #expect(files.contains { $0.contains(/GET\.[0-9a-f]{16}\.yaml$/) })
        try await #expect(fixture.replay { try await $0.get(Self.url).text() } == "1")
    }

    @Test("An exchange that another test has recorded since the files were listed gets no second file")
    func recordsOnce() async throws {
        let fixture = try FixtureUnderTest()
        let other = FixtureDirectory(fixture.path)
        try await fixture.record(from: origin) { _ = try await $0.get(Self.url) }
        let recorded = try #require(FixtureDirectory(fixture.path).all().first)
        try #expect(other.write(recorded.entry, with: .yaml) == recorded.path)
        try #expect(fixture.files() == [recorded.path])
    }

    @Test(
        "A file that is written by hand needs a method, a URL and what the response has",
        arguments: [
            (
                "fruits.yaml",
                """
                request:
                  method: GET
                  url: https://api.example.com/items
                headers:
                  - Content-Type: application/json
                  - X-Code: 02142
                body:
                  json: [1, 2]
                """
            ),
            (
                "any/name.json",
                """
                {"request": {"url": "https://api.example.com/items", "method": "GET"}, "body": {"json": [1,2]},
                 "headers": [{"X-Code": "02142"}]}
                """
            ),
        ]
    )
    func replaysHandWritten(_ file: (name: String, text: String)) async throws {
        let fixture = try FixtureUnderTest()
        try fixture.scratch.write(file.text, to: "Recorded/\(file.name)")
        let response = try await fixture.replay { try await $0.get(Self.url) }
        #expect(response.status == .ok && response.text() == "[1,2]")
        #expect(response.headerFields[.init("X-Code")!] == "02142")
    }
}
