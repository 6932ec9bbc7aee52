#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import Foundation
public import Logging
public import Serializers

extension CachedSession {
    /// Adds caching to a client that is set up already, with a store of its own.
    ///
    /// ```swift
    /// let session = try CachedSession.wrap(HTTPClient.shared, "wrapped_cache")
    /// ```
    ///
    /// What the client is set up with stays; see ``wrap(_:cache:autoclose:now:)``.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - cacheName: A name for the store, or the path of its directory: what has a slash in it, or begins with a
    ///     tilde or a dot, is a path; anything else is a name in the user's cache directory.
    ///   - backend: Where responses are stored.
    ///   - serializer: In which format they are written. Reading understands all formats of the registry.
    ///   - settings: What is cached, for how long, and what tells requests apart.
    ///   - registry: The formats that are understood.
    ///   - logger: Where it is told what was read and written, and why not: the reasons at level `debug`.
    /// - Returns: A session that answers from the cache, and asks the origin as the client would.
    /// - Throws: `FSCacheError` with `FSCacheError.Code.unusableStore` when the directory can't be used, and what
    ///   ``AsyncHTTPClientTransport/init(_:)`` throws.
    public static func wrap(
        _ client: HTTPClient,
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings(),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) throws -> CachedSession {
        let transport = try AsyncHTTPClientTransport(client)
        let cache = try ResponseCache(
            cacheName,
            backend: backend,
            serializer: serializer,
            settings: settings,
            registry: registry,
            logger: logger
        )
        return CachedSession(cache: cache, transport: transport)
    }

    /// Adds caching to a client that is set up already.
    ///
    /// What the client is set up with stays: TLS, proxies, timeouts, connection limits, name resolution, decompression, its
    /// event loops. Redirects are followed by the session, as its settings say.
    ///
    /// The client itself goes on as it was, without this cache, and is left open: shut it down as you would without the
    /// session.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - cache: The stored responses.
    ///   - autoclose: Whether ``close()`` closes the cache as well: turn it off for one that is shared.
    ///   - now: The clock. Tests hand in one of their own.
    /// - Returns: A session that answers from the cache, and asks the origin as the client would.
    /// - Throws: What ``AsyncHTTPClientTransport/init(_:)`` throws.
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
