import FSCache
import Foundation
import HTTPTypes
import Origin
import Testing

/// The code under test: an API client that gets a session.
struct FruitShop {
    struct Fruit: Decodable, Equatable {
        var name: String
        var price: Double
    }

    let session: CachedSession

    func fruits() async throws -> [Fruit] {
        try await session.get("https://shop.example.com/fruits", headers: [.authorization: "Bearer 1234"]).json()
    }
}

/// Tests that replay recorded responses, read-only and offline.
///
/// `RECORD=1 swift test` records them again, as text to read and check in.
@Suite
struct FixtureTests {
    static let recorded = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded").path
    static let isRecording = ProcessInfo.processInfo.environment["RECORD"] != nil

    let session: CachedSession

    init() throws {
        if Self.isRecording {
            // In a real test suite this is URLSessionTransport(), the default.
            let origin = Origin([
                "/fruits": .init(
                    "application/json",
                    #"[{"name": "apple", "price": 1.25}, {"name": "fig", "price": 3}]"#
                )
            ])
            // The tests need no credentials, or other ones.
            let settings = CacheSettings(credentials: .ignored)
            session = try CachedSession(Self.recorded, serializer: .yaml, settings: settings, transport: origin)
        } else {
            let settings = CacheSettings(isReadOnly: true, credentials: .ignored)
            session = try CachedSession(Self.recorded, settings: settings, transport: OfflineTransport())
        }
    }

    @Test("The shop's fruits are decoded")
    func fruits() async throws {
        let fruits = try await FruitShop(session: session).fruits()
        #expect(fruits == [.init(name: "apple", price: 1.25), .init(name: "fig", price: 3)])
    }

    @Test("A request without a recorded response is an error", .enabled(if: !isRecording))
    func unknown() async throws {
        let error = await #expect(throws: FSCacheError.self) {
            try await session.get("https://shop.example.com/vegetables")
        }
        #expect(error?.code == .offline)
        let response = try await session.get(
            "https://shop.example.com/vegetables",
            options: RequestOptions(onlyIfCached: true)
        )
        #expect(response.status == .gatewayTimeout)
    }

    @Test("The recording contains no secrets", .enabled(if: !isRecording))
    func recording() async throws {
        var count = 0
        for try await entry in session.cache.entries() {
            let stored = try #require(entry.response)
            #expect(stored.request.headerFields[.authorization] == "REDACTED")
            count += 1
        }
        #expect(count == 1)
    }
}
