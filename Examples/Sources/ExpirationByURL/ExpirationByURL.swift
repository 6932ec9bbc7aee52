import FSCache
import Origin

/// Chooses how long responses are used: by session, URL, request and response.
@main
struct ExpirationByURL {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/prices": .init("text/plain", "4.75"),
            "/logo": .init("image/svg+xml", "<svg/>"),
            "/news": .init("text/plain", "Nothing happened.", fields: [.cacheControl: "max-age=600"]),
        ])

        let settings = CacheSettings(
            expireAfter: .after(.seconds(24 * 60 * 60)),
            urlsExpireAfter: [
                "shop.example.com/prices": 60,  // seconds; also for everything below this path
                "*.example.com/logo": .never,
                .regex(/\/private\//): .doNotCache,
                "*.example.com": 3600,
                "*": .doNotCache,  // makes the rows above an allowlist
            ]
        )
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

        print("Two minutes later, the prices are stale, and the others are not:")
        clock.advance(by: .seconds(120))
        try await show("https://shop.example.com/prices")
        try await show("https://shop.example.com/logo")
        try await show("https://shop.example.com/news")

        print("One request can override that:")
        try await show("https://shop.example.com/prices", RequestOptions(expireAfter: .doNotCache))
        try await show("https://shop.example.com/logo", RequestOptions(forceRefresh: true))

        print("With cacheControl, the response takes precedence, here with max-age=600:")
        session.settings.cacheControl = true
        try await show("https://shop.example.com/news", RequestOptions(forceRefresh: true))
    }
}
