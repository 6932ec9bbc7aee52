#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import Serializers

extension HTTPClient {
    /// Makes a session that answers from a cache, and otherwise sends requests as this client would.
    ///
    /// ```swift
    /// let session = try HTTPClient.shared.cached("demo", serializer: .json)
    /// ```
    ///
    /// This is short for `CachedSession.wrap`. The initializer of `CachedSession` documents the parameters and the errors.
    /// The client itself is not changed and not closed.
    public func cached(
        _ cacheName: String = "http_cache",
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings()
    ) throws -> CachedSession {
        try CachedSession.wrap(self, cacheName, serializer: serializer, settings: settings)
    }
}
#endif
