import FSCache
import Origin

/// A session in the place of a plain client: the second time, a file answers.
@main
struct Quickstart {
    struct Item: Decodable {
        var name: String
        var price: Double
    }

    static func main() async throws {
        let origin = Origin([
            "/items": .init(
                "application/json",
                #"[{"name": "apple", "price": 1.25}, {"name": "cherry", "price": 4.75}]"#
            )
        ])
        let directory = ScratchDirectory()
        defer { directory.remove() }

        // A name instead of a path would make a directory among the user's caches, and without `transport`
        // requests go over URLSession.
        let session = try CachedSession(directory.path, serializer: .json, expireAfter: 3600, transport: origin)

        for _ in 1...2 {
            let response = try await session.get("https://api.example.com/items")
            let items = try response.json([Item].self)
            print("\(items.count) items, from the cache: \(response.isFromCache), \(response.cacheStatus)")
        }

        print("What there is now, in \(directory.path):")
        for file in directory.files { print("    \(file)") }
        await session.close()
    }
}
