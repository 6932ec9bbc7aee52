import FSCache
import FSCacheTesting
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

/// The shop that is recorded.
private let shop = Origin([
    "/fruits": .init(
        "application/json",
        #"[{"name": "apple", "price": 1.25}, {"name": "fig", "price": 3}]"#
    )
])

/// Tests that replay recorded responses, offline.
///
/// `FSCACHE_FIXTURES=rewrite swift test` records them again. In a real test suite, there is no `network`: the responses
/// come from the network.
@Suite(.fixtures("Recorded", network: { shop }))
struct FixtureTests {
    @Test("The shop's fruits are decoded")
    func fruits() async throws {
        let fruits = try await FruitShop(session: Fixture.current.session).fruits()
        #expect(fruits == [.init(name: "apple", price: 1.25), .init(name: "fig", price: 3)])
    }

    @Test(
        "A shop that doesn't answer is an error",
        .fixtures { GET("https://shop.example.com/fruits") { .failure(.timedOut) } }
    )
    func failure() async throws {
        let shop = FruitShop(session: try Fixture.current.session)
        await #expect(throws: URLError.self) { try await shop.fruits() }
    }

    @Test("The recording has no secrets")
    func recording() throws {
        let recorded = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded")
        let files = try FileManager.default.subpathsOfDirectory(atPath: recorded.path).filter { $0.hasSuffix(".yaml") }
        #expect(files.count == 1)
        for file in files {
            let text = try String(contentsOf: recorded.appending(path: file), encoding: .utf8)
            #expect(text.contains("Authorization: REDACTED") && !text.contains("1234"))
        }
    }
}
