#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import Serializers

extension HTTPClient {
    /// A session that answers from a cache, and asks the origin as this client would.
    ///
    /// ```swift
    /// let session = try HTTPClient.shared.cached("demo", serializer: .json)
    /// ```
    ///
    /// It is short for `CachedSession.wrap`, which has more parameters.
    ///
    /// - Parameters:
    ///   - cacheName: A name for the store, or the path of its directory: what has a slash in it, or begins with a
    ///     tilde or a dot, is a path; anything else is a name in the user's cache directory.
    ///   - serializer: In which format responses are written.
    ///   - settings: What is cached, for how long, and what tells requests apart.
    /// - Returns: A session. The client itself goes on as it was, without this cache, and is left open.
    /// - Throws: `FSCacheError` with `FSCacheError.Code.unusableStore` when the directory can't be used, and what
    ///   ``AsyncHTTPClientTransport/init(_:)`` throws.
    public func cached(
        _ cacheName: String = "http_cache",
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings()
    ) throws -> CachedSession {
        try CachedSession.wrap(self, cacheName, serializer: serializer, settings: settings)
    }
}
#endif
