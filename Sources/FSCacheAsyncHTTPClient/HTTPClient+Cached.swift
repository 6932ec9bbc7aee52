#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import Serializers

extension HTTPClient {
    /// Makes a session that answers from a cache, and sends other requests as this client would.
    ///
    /// ```swift
    /// let session = try HTTPClient.shared.cached("demo", serializer: .json)
    /// ```
    ///
    /// `CachedSession.wrap` has more parameters.
    ///
    /// - Parameters:
    ///   - cacheName: The name of a directory in the user's cache directory; or a path, if it contains a slash or begins
    ///     with a tilde or a dot.
    ///   - serializer: The format in which responses are written.
    ///   - settings: The settings of the cache.
    /// - Returns: A session. The client itself does not use the cache, and stays open.
    /// - Throws: `FSCacheError` with `FSCacheError.Code.unusableStore` if the directory can't be used, and the errors of
    ///   ``AsyncHTTPClientTransport/init(_:)``.
    public func cached(
        _ cacheName: String = "http_cache",
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings()
    ) throws -> CachedSession {
        try CachedSession.wrap(self, cacheName, serializer: serializer, settings: settings)
    }
}
#endif
