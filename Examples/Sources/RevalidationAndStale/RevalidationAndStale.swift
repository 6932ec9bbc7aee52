import FSCache
import Origin

/// Validates a stale response, or serves it if the origin is down.
@main
struct RevalidationAndStale {
    static func main() async throws {
        let clock = ManualClock()
        let origin = Origin([
            "/status": .init("application/json", #"{"open": true}"#, fields: [.eTag: "\"v1\""])
        ])

        let settings = CacheSettings(expireAfter: 60, staleIfError: .upTo(.seconds(3600)))
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

        print("After 90 seconds, it is stale. The origin answers 304, so the stored response is fresh again:")
        clock.advance(by: .seconds(90))
        try await show()

        print("It is fresh, but this request asks for validation:")
        try await show(RequestOptions(refresh: true))

        print("The origin is down, and the response is stale. It may be served for an hour:")
        origin.switchOff()
        clock.advance(by: .seconds(90))
        try await show()

        print("After that, the session throws the error:")
        clock.advance(by: .seconds(3600))
        do {
            try await show()
        } catch {
            print("  \(type(of: error))")
        }

        print("With onlyIfCached, the response has status 504:")
        try await show(RequestOptions(onlyIfCached: true, staleIfError: .never))

        print("Counts: \(session.cache.counts)")
    }
}
