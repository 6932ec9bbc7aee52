import FSCache
import FSCacheAsyncHTTPClient
import FSCacheRedis
import HTTPTypes
import Hummingbird

/// A service that passes on the weather from an API.
///
/// Each instance has files of its own. Behind them is a Redis that all instances share, so that a city is requested from
/// the API once, not once for each instance.
@main
struct Weather {
    static func main() async throws {
        let environment = Environment()
        let api = try environment.require("WEATHER_API")
        let layers = LayeredBackend(
            [
                .init(try FilesystemBackend(root: .path(environment.require("CACHE_DIRECTORY")))),
                .init(try RedisBackend(RedisSettings(url: environment.require("REDIS_URL")))),
            ],
            checkInterval: .seconds(2)
        )
        var settings = CacheSettings.rfc9111(isShared: true)
        settings.collapsesAcrossProcesses = true
        let session = try CachedSession(
            backend: .custom(layers),
            settings: settings,
            transport: AsyncHTTPClientTransport()
        )

        let router = Router()
        router.get("weather") { request, _ in
            let city = try request.uri.queryParameters.require("city")
            return try await Response(session.get("\(api)/weather", query: ["city": city]))
        }
        // If the API accepts the report, the session invalidates the response to GET for the same URL.
        router.put("weather") { request, _ in
            let city = try request.uri.queryParameters.require("city")
            let report = try await String(buffer: request.body.collect(upTo: 1 << 10))
            return try await Response(session.put("\(api)/weather", content: .text(report), query: ["city": city]))
        }
        router.get("counts") { _, _ in
            layers.counts.map { ["hits": $0.hits, "misses": $0.misses] }
        }

        let port = environment.get("PORT", as: Int.self) ?? 8080
        let service = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        // Returns after SIGTERM or SIGINT, when the requests in progress have been answered.
        try await service.runService()
        await session.close()
    }
}

extension Response {
    /// A response of the session, with a `Cache-Status` that tells where it comes from.
    init(_ response: CachedResponse) {
        self.init(
            status: response.status,
            headers: response.forwardedHeaderFields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        )
    }
}
