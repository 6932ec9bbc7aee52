import FSCache
import Origin

/// Uses a session in place of a plain client, so that the second response comes from a file.
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

        // With a name instead of a path, the directory is in the user's cache directory. Without `transport`, requests
        // use URLSession.
        let session = try CachedSession(directory.path, serializer: .json, expireAfter: 3600, transport: origin)

        for _ in 1...2 {
            let response = try await session.get("https://api.example.com/items")
            let items = try response.json([Item].self)
            print("\(items.count) items, from the cache: \(response.isFromCache), \(response.cacheStatus)")
        }

        print("The files in \(directory.path):")
        for file in directory.files { print("    \(file)") }
        await session.close()
    }
}
