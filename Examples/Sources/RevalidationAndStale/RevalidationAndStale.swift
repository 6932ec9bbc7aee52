import FSCache
import Origin

/// What happens when a stored response has become stale: it is validated, or stands in for an origin that is down.
@main
struct RevalidationAndStale {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/status": .init("application/json", #"{"open": true}"#, fields: [.eTag: "\"v1\""])
        ])

        var settings = CacheSettings()
        settings.expireAfter = 60
        settings.staleIfError = .upTo(.seconds(3600))
        let session = CachedSession(
            cache: ResponseCache(backend: MemoryBackend(), settings: settings),
            transport: origin,
            now: { clock.now }
        )

        @discardableResult
        func show(_ options: RequestOptions = RequestOptions()) async throws -> CachedResponse {
            let response = try await session.get("https://api.example.com/status", options: options)
            print("  \(response)\n  Cache-Status: \(response.cacheStatus)")
            return response
        }

        print("From the network, then from the cache:")
        try await show()
        try await show()

        print("After 90 seconds it is stale. The origin confirms the ETag, and the stored body is fresh again:")
        clock.advance(by: .seconds(90))
        try await show()

        print("Fresh, but the caller wants to be sure:")
        try await show(RequestOptions(refresh: true))

        print("The origin is down, and the response is stale. For an hour it may stand in:")
        origin.switchOff()
        clock.advance(by: .seconds(90))
        try await show()

        print("Later than that, the error is the caller's:")
        clock.advance(by: .seconds(3600))
        do {
            try await show()
        } catch {
            print("  \(type(of: error))")
        }

        print("Whoever wants no network at all gets a response with status 504:")
        try await show(RequestOptions(onlyIfCached: true, staleIfError: .never))

        print("What was counted: \(session.cache.counts)")
    }
}
