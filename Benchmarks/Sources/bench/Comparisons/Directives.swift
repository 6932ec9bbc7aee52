import FSCache
import Foundation
import HTTPTypes

/// Hits in memory on a response with many cache directives.
///
/// The policy is internal to the library, so two hits that differ only in their directives are compared.
extension Comparison {
    /// The cost of ten cache directives in a private cache.
    static let tenDirectivesPrivate = tenDirectives("ten-directives-private", isShared: false)
    /// The cost of ten cache directives in a shared cache.
    static let tenDirectivesShared = tenDirectives("ten-directives-shared", isShared: true)

    private static func tenDirectives(_ name: String, isShared: Bool) -> Comparison {
        Comparison(name: name, baselineName: "none", differenceLimit: .microseconds(2)) { _ in
            (
                try await hits(on: Directives.ten, isShared: isShared),
                try await hits(on: Directives.none, isShared: isShared)
            )
        }
    }

    private static func hits(on origin: Directives, isShared: Bool) async throws -> Operation {
        var settings = CacheSettings()
        settings.isShared = isShared
        settings.cacheControl = true
        let cache = ResponseCache(backend: MemoryBackend(), settings: settings)
        _ = try await CachedSession(cache: cache, transport: origin, autoclose: false).get(Sample.url)
        let session = CachedSession(cache: cache, transport: ScriptedTransport.refusing)
        return { times in
            for _ in 0..<times {
                guard try await session.get(Sample.url).isFromCache else { throw NotAHit() }
            }
        }
    }
}

/// An origin whose response has a `Cache-Control` with ten directives, or none.
private enum Directives: String, HTTPTransport {
    case none = ""
    case ten = """
        public, max-age=31536000, s-maxage=31536000, must-revalidate, proxy-revalidate, no-transform, immutable, \
        stale-while-revalidate=60, stale-if-error=86400, community="UCI"
        """

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        var response = Sample.briefResponse
        response.head.headerFields[.date] = nil
        response.head.headerFields[.cacheControl] = self == .none ? nil : rawValue
        return response
    }
}
