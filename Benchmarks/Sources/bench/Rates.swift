import FSCache
import Foundation
import Serializers

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif
#if Stores
import FSCacheRedis
import FSCacheSQLite
#endif

/// How often per second a session stores a response and answers from the cache, for the comparison with other caches.
///
/// scripts/bench-peers measures the caches for Python in the same way.
struct Rates: Encodable {
    /// Hits per second; `nil` without a cache.
    var hits: Double?
    /// Responses per second that are fetched and stored, or only fetched.
    var stores: Double

    /// Measures a store.
    ///
    /// Hits read each of ten responses in turn, or of fewer if storing ten takes longer than the duration. Each response that is stored has a URL of its own.
    ///
    /// - Parameters:
    ///   - store: The name of the store in ``makeSession(_:in:)``, or `none` to fetch with URLSession only.
    ///   - folder: An empty folder.
    ///   - origin: Answers `/BYTES/NAME` with as many bytes.
    ///   - byteCount: The size of the bodies.
    ///   - duration: How long to repeat hits, and then stores.
    /// - Returns: The rates.
    /// - Throws: When the cache does not do what is measured.
    @concurrent
    static func take(
        _ store: String,
        in folder: URL,
        origin: String,
        byteCount: Int,
        duration: Duration
    ) async throws -> Rates {
        guard store != "none" else {
            @Sendable func fetch(_ url: String) async throws {
                guard let url = URL(string: url) else { throw URLError(.badURL) }
                let (body, _) = try await URLSession.shared.data(from: url)
                guard body.count == byteCount else { throw UnexpectedResponse() }
            }
            try await fetch("\(origin)/\(byteCount)/hit")
            return Rates(stores: try await rate(duration) { try await fetch("\(origin)/\(byteCount)/\($0)") })
        }
        let session = try makeSession(store, in: folder)
        @Sendable func get(_ url: String, isHit: Bool) async throws {
            let response = try await session.get(url)
            guard response.isFromCache == isHit, isHit || response.cacheStatus.isStored,
                response.body.count == byteCount
            else { throw UnexpectedResponse() }
        }
        var urls: [String] = []
        let start = ContinuousClock.now
        while urls.isEmpty || urls.count < 10 && .now - start < duration {
            let url = "\(origin)/\(byteCount)/hit\(urls.count)"
            try await get(url, isHit: false)
            urls.append(url)
        }
        let hits = try await rate(duration) { try await get(urls[$0 % urls.count], isHit: true) }
        let stores = try await rate(duration) { try await get("\(origin)/\(byteCount)/\($0)", isHit: false) }
        await session.close()
        return Rates(hits: hits, stores: stores)
    }

    /// Repeats an operation at least once, and tells how often it ran per second.
    private static func rate(_ duration: Duration, _ operation: (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        var count = 0
        var elapsed = Duration.zero
        while elapsed < duration {
            try await operation(count)
            count += 1
            elapsed = .now - start
        }
        return Double(count) / (elapsed / .seconds(1))
    }

    private static func makeSession(_ store: String, in folder: URL) throws -> CachedSession {
        let path = folder.appending(path: "cache").path(percentEncoded: false)
        switch store {
        case "native": return try CachedSession(path, serializer: .native)
        case "json": return try CachedSession(path, serializer: .json)
        case "bson": return try CachedSession(path, serializer: .bson)
        case "yaml": return try CachedSession(path, serializer: .yaml)
        case "memory": return CachedSession(cache: ResponseCache(backend: MemoryBackend()))
        #if Stores
        case "sqlite": return try CachedSession(path, backend: .sqlite)
        case "redis": return CachedSession(cache: ResponseCache(backend: try RedisBackend(try StoreServer.redis)))
        #endif
        default: throw UnknownStore(name: store)
        }
    }

    /// Thrown when a response is not what the cache should return.
    private struct UnexpectedResponse: Error {}

    private struct UnknownStore: Error {
        var name: String
    }
}
