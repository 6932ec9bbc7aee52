import FSCache
import Foundation
import HTTPTypes

/// Hits in memory on a response that says much about its use.
///
/// The decision whether it may be used can't be called from here. So one hit is set against another that differs in that
/// decision alone, or in little else.
extension Comparison {
    /// What deciding adds to a hit in a private cache, with the `Age` that a hit then gets.
    static let tenDirectivesPrivate = heeded("ten-directives-private", isShared: false)
    /// What deciding adds to a hit in a shared cache, with the `Age` that a hit then gets.
    static let tenDirectivesShared = heeded("ten-directives-shared", isShared: true)

    /// What nine directives more add to a hit.
    static let nineDirectives = Comparison(
        name: "ten-directives",
        baselineName: "one directive",
        differenceLimit: .microseconds(2)
    ) { _ in
        (
            try await hits(on: tenDirectives, in: MemoryBackend(), isShared: true),
            try await hits(on: "max-age=31536000", in: MemoryBackend(), isShared: true)
        )
    }

    private static let tenDirectives = """
        public, max-age=31536000, s-maxage=31536000, must-revalidate, proxy-revalidate, no-transform, immutable, \
        stale-while-revalidate=60, stale-if-error=86400, community="UCI"
        """

    /// A hit that heeds what the response says of its use, against the same hit that does not.
    private static func heeded(_ name: String, isShared: Bool) -> Comparison {
        Comparison(name: name, baselineName: "unheeded", differenceLimit: .microseconds(2)) { _ in
            let backend = MemoryBackend()
            return (
                try await hits(on: tenDirectives, in: backend, isShared: isShared),
                try await hits(on: tenDirectives, in: backend, isShared: isShared, cacheControl: false)
            )
        }
    }

    private static func hits(
        on directives: String,
        in backend: MemoryBackend,
        isShared: Bool,
        cacheControl: Bool = true
    ) async throws -> Operation {
        var settings = CacheSettings()
        settings.isShared = isShared
        settings.cacheControl = cacheControl
        let cache = ResponseCache(backend: backend, settings: settings)
        _ = try await CachedSession(cache: cache, transport: Directives(value: directives), autoclose: false)
            .get(Sample.url)
        let session = CachedSession(cache: cache, transport: ScriptedTransport.refusing)
        return { times in
            for _ in 0..<times {
                guard try await session.get(Sample.url).isFromCache else { throw NotAHit() }
            }
        }
    }
}

/// An origin whose response has a `Cache-Control` of one's choice.
private struct Directives: HTTPTransport {
    let value: String

    func send(_ request: HTTPRequest, body: HTTPBody?) async throws -> TransportResponse {
        var response = Sample.briefResponse
        response.head.headerFields[.date] = nil
        response.head.headerFields[.cacheControl] = value
        return response
    }
}
