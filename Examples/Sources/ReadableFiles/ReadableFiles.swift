import FSCache
import Foundation
import Origin

/// Shows the files of a cache, and edits one.
///
/// The README shows this program's output.
@main
struct ReadableFiles {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/items": .init(
                "application/json",
                #"{"fruits":[{"name":"apple","price":1.25},{"name":"cherry","price":4.75}]}"#,
                fields: [.eTag: "\"v1\"", .cacheControl: "max-age=300"]
            ),
            "/haiku": .init("text/plain; charset=utf-8", "An old silent pond…\nA frog jumps into the pond—\nSplash!\n"),
        ])

        let directory = ScratchDirectory()
        defer { directory.remove() }

        let settings = CacheSettings(cacheControl: true)
        let cache = try ResponseCache(directory.path, serializer: .yaml, settings: settings)
        let session = CachedSession(cache: cache, transport: origin, now: { clock.now })

        let items = try await session.get("https://api.example.com/items?page=1&access_token=secret")
        _ = try await session.get("https://api.example.com/haiku")

        print("\nfind -type f | sort")
        for file in directory.files { print("./\(file)") }

        for try await entry in cache.entries(prefix: items.cacheKey?.description ?? "") {
            guard let file = entry.listing.path else { continue }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            print("\n\(text)")

            // Edits the file as an editor would.
            let edited = text.replacing("price: 1.25", with: "price: 1.35")
            try edited.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let response = try await session.get("https://api.example.com/items?page=1&access_token=secret")
        print("After an edit: \(response)\n\(response.text())")
    }
}
