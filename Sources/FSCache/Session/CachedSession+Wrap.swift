public import Foundation
internal import HTTPTypes
public import Logging
public import Serializers

#if canImport(FoundationNetworking)
public import FoundationNetworking
#endif

extension CachedSession {
    /// Adds a cache to a `URLSession` that you have configured.
    ///
    /// ```swift
    /// let configuration = URLSessionConfiguration.default
    /// configuration.httpAdditionalHeaders = ["User-Agent": "MyApp/1.0"]
    /// let client = URLSession(configuration: configuration)
    /// let session = try CachedSession.wrap(client, "wrapped_cache")
    /// ```
    ///
    /// See ``wrap(_:cache:autoclose:now:)`` for what the session takes over from the client. The initializer
    /// ``init(_:backend:serializer:expireAfter:cacheControl:settings:transport:logger:)`` documents the other parameters and
    /// the errors.
    public static func wrap(
        _ client: URLSession,
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        expireAfter: Expiration? = nil,
        cacheControl: Bool? = nil,
        settings: CacheSettings = CacheSettings(),
        logger: Logger = Logger(label: "FSCache")
    ) throws -> CachedSession {
        let cache = try ResponseCache(
            cacheName,
            backend: backend,
            serializer: serializer,
            settings: settings.replacing(expireAfter: expireAfter, cacheControl: cacheControl),
            logger: logger
        )
        return wrap(client, cache: cache)
    }

    /// Adds a cache to a `URLSession` that you have configured.
    ///
    /// The session uses the client's configuration: its cookie and credential storage, proxies, TLS, timeouts,
    /// connection limits and protocol classes. The client's delegate answers authentication challenges (see
    /// ``URLSessionTransport``). The client's additional header fields become the default header fields of the session, so
    /// that they can enter keys and that redirects to another origin don't receive credentials among them. Its `URLCache`
    /// is not used.
    ///
    /// The client itself is not changed and not closed.
    ///
    /// - Parameters:
    ///   - client: The client. Background sessions are not supported.
    ///   - cache: The stored responses.
    ///   - autoclose: Whether ``close()`` closes the cache too. Pass `false` for a cache that other sessions use.
    ///   - now: The clock.
    /// - Returns: A session that sends requests as the client would.
    public static func wrap(
        _ client: URLSession,
        cache: ResponseCache,
        autoclose: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> CachedSession {
        let configuration = (client.configuration.copy() as? URLSessionConfiguration) ?? client.configuration
        let fields = configuration.takeAdditionalHeaderFields()
        return CachedSession(
            cache: cache,
            transport: URLSessionTransport(configuration: configuration, forwardingTo: client),
            defaultHeaderFields: fields,
            autoclose: autoclose,
            now: now
        )
    }
}

extension URLSessionConfiguration {
    /// Removes the additional header fields from the configuration and returns them, sorted by name.
    ///
    /// Fields with invalid names stay in the configuration.
    fileprivate func takeAdditionalHeaderFields() -> HTTPFields {
        var fields = HTTPFields()
        var rest = httpAdditionalHeaders ?? [:]
        for (key, value) in rest.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            guard let name = HTTPField.Name("\(key)") else { continue }
            fields[name] = "\(value)"
            rest[key] = nil
        }
        httpAdditionalHeaders = rest
        return fields
    }
}
