import FSCache
import Foundation
import HTTPTypes

extension Comparison {
    /// What it adds to a hit in a private cache to decide by ten cache directives.
    static let tenDirectivesPrivate = tenDirectives("ten-directives-private", isShared: false)
    /// What it adds to a hit in a shared cache to decide by ten cache directives.
    static let tenDirectivesShared = tenDirectives("ten-directives-shared", isShared: true)

    /// A hit that heeds what the response says of its use, against the same hit that does not.
    ///
    /// The decision itself can't be called from here. All that the two hits differ in is what it reads and weighs.
    private static func tenDirectives(_ name: String, isShared: Bool) -> Comparison {
        Comparison(name: name, baselineName: "unread", differenceLimit: .microseconds(2)) { _ in
            let backend = MemoryBackend()
            func session(cacheControl: Bool, _ transport: some HTTPTransport) -> CachedSession {
                var settings = CacheSettings()
                settings.cacheControl = cacheControl
                settings.isShared = isShared
                return CachedSession(cache: ResponseCache(backend: backend, settings: settings), transport: transport)
            }
            func hits(cacheControl: Bool) -> Operation {
                let session = session(cacheControl: cacheControl, ScriptedTransport.refusing)
                return { times in
                    for _ in 0..<times {
                        guard try await session.get(Sample.url).isFromCache else { throw NotAHit() }
                    }
                }
            }
            _ = try await session(cacheControl: true, TenDirectives()).get(Sample.url)
            return (hits(cacheControl: true), hits(cacheControl: false))
        }
    }
}

/// An origin whose response says much about its use.
private struct TenDirectives: HTTPTransport {
    func send(_ request: HTTPRequest, body: HTTPBody?) async throws -> TransportResponse {
        var response = Sample.briefResponse
        response.head.headerFields[.date] = nil
        response.head.headerFields[.cacheControl] = """
            public, max-age=31536000, s-maxage=31536000, must-revalidate, proxy-revalidate, no-transform, immutable, \
            stale-while-revalidate=60, stale-if-error=86400, community="UCI"
            """
        return response
    }
}
