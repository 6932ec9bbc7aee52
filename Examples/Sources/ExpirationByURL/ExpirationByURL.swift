import FSCache
import Origin

/// How long responses may be used: by session, by URL, by request, and by what the origin says.
@main
struct ExpirationByURL {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/prices": .init("text/plain", "4.75"),
            "/logo": .init("image/svg+xml", "<svg/>"),
            "/news": .init("text/plain", "Nothing happened.", fields: [.cacheControl: "max-age=600"]),
        ])

        var settings = CacheSettings()
        settings.expireAfter = .after(.seconds(24 * 60 * 60))
        settings.urlsExpireAfter = [
            "shop.example.com/prices": 60,  // seconds; everything below that path as well
            "*.example.com/logo": .never,
            .regex(/\/private\//): .doNotCache,
            "*.example.com": 3600,
            "*": .doNotCache,  // the last row makes the others an allowlist
        ]

        let session = CachedSession(
            cache: ResponseCache(backend: MemoryBackend(), settings: settings),
            transport: origin,
            now: { clock.now }
        )

        func show(_ url: String, _ options: RequestOptions = RequestOptions()) async throws {
            print("  \(try await session.get(url, options: options))")
        }

        print("Each URL has the expiration of the first pattern that matches:")
        try await show("https://shop.example.com/prices")
        try await show("https://shop.example.com/logo")
        try await show("https://shop.example.com/news")
        try await show("https://elsewhere.example.net/news")

        print("Two minutes later the prices are stale, and the rest is not:")
        clock.advance(by: .seconds(120))
        try await show("https://shop.example.com/prices")
        try await show("https://shop.example.com/logo")
        try await show("https://shop.example.com/news")

        print("One request may say otherwise:")
        try await show("https://shop.example.com/prices", RequestOptions(expireAfter: .doNotCache))
        try await show("https://shop.example.com/logo", RequestOptions(forceRefresh: true))

        print("With cacheControl, what the origin says comes first, here max-age=600:")
        session.settings.cacheControl = true
        try await show("https://shop.example.com/news", RequestOptions(forceRefresh: true))
    }
}
