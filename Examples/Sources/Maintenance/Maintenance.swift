import FSCache
import Origin

/// Inspects a cache, cleans it up, and converts and copies its entries.
@main
struct Maintenance {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/prices": .init("text/plain", "4.75"),
            "/logo": .init("image/svg+xml", "<svg/>"),
            "/news": .init("text/plain", "Nothing happened."),
        ])

        let directory = ScratchDirectory()
        defer { directory.remove() }

        let settings = CacheSettings(urlsExpireAfter: ["example.com/prices": 60, "example.com/news": 3600])
        let cache = try ResponseCache(directory.path, settings: settings)
        let session = CachedSession(cache: cache, transport: origin, now: { clock.now })
        for path in ["prices", "logo", "news"] {
            _ = try await session.get("https://example.com/\(path)")
        }
        clock.advance(by: .seconds(120))

        print("\(try await cache.count()) entries, \(try await cache.totalBytes()) bytes:")
        for try await entry in cache.entries() {
            guard let response = entry.response else { continue }
            let state = entry.isExpired(at: clock.now) ? "expired" : "valid"
            print("    \(entry.key.description.prefix(8))  \(state)  \(response.request.url)")
        }

        print("Contains the logo: \(try await cache.contains(url: "https://example.com/logo"))")
        print("Deleted expired: \(try await cache.delete(.expired, now: clock.now))")
        print("Deleted by URL: \(try await cache.delete(urls: ["https://example.com/news"]))")
        print("Left: \(try await cache.urls())")

        // Converts the directory to another format. Running sessions don't notice.
        let readable = try ResponseCache(directory.path, serializer: .json)
        print("Converted to JSON: \(try await readable.convert())")
        print("Given a new expiry: \(try await readable.resetExpiration(.after(.seconds(86_400)), now: clock.now))")

        // Copies the entries into another backend.
        let memory = ResponseCache(backend: MemoryBackend())
        print("Copied into memory: \(try await memory.update(from: readable))")

        try await cache.clear()
        print("After clear: \(try await cache.count()) entries")
    }
}
