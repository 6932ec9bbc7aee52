#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import Foundation
public import Logging
public import Serializers

extension CachedSession {
    /// Adds a cache to an `HTTPClient` that you have configured.
    ///
    /// ```swift
    /// let session = try CachedSession.wrap(HTTPClient.shared, "wrapped_cache")
    /// ```
    ///
    /// See ``wrap(_:cache:autoclose:now:)`` for what the session takes over from the client. The initializer of
    /// `CachedSession` documents the other parameters and the errors, which include those of
    /// ``AsyncHTTPClientTransport/init(_:)``.
    public static func wrap(
        _ client: HTTPClient,
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        expireAfter: Expiration? = nil,
        cacheControl: Bool? = nil,
        settings: CacheSettings = CacheSettings(),
        logger: Logger = Logger(label: "FSCache")
    ) throws -> CachedSession {
        try CachedSession(
            cacheName,
            backend: backend,
            serializer: serializer,
            expireAfter: expireAfter,
            cacheControl: cacheControl,
            settings: settings,
            transport: AsyncHTTPClientTransport(client),
            logger: logger
        )
    }

    /// Adds a cache to an `HTTPClient` that you have configured.
    ///
    /// The session uses the client's TLS, proxies, timeouts, connection limits, name resolution, decompression and event
    /// loops. The session follows redirects itself, according to its settings.
    ///
    /// The client itself is not changed and not closed: you still have to shut it down.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - cache: The stored responses.
    ///   - autoclose: Whether ``close()`` closes the cache too. Pass `false` for a cache that other sessions use.
    ///   - now: The clock.
    /// - Returns: A session that sends requests as the client would.
    /// - Throws: The errors of ``AsyncHTTPClientTransport/init(_:)``.
    public static func wrap(
        _ client: HTTPClient,
        cache: ResponseCache,
        autoclose: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> CachedSession {
        CachedSession(
            cache: cache,
            transport: try AsyncHTTPClientTransport(client),
            autoclose: autoclose,
            now: now
        )
    }
}
#endif
