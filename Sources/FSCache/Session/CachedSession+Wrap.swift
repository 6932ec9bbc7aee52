public import Foundation
internal import HTTPTypes
public import Logging
public import Serializers

#if canImport(FoundationNetworking)
public import FoundationNetworking
#endif

extension CachedSession {
    /// Adds caching to a client that is set up already, with a store of its own.
    ///
    /// ```swift
    /// let configuration = URLSessionConfiguration.default
    /// configuration.httpAdditionalHeaders = ["User-Agent": "MyApp/1.0"]
    /// let client = URLSession(configuration: configuration)
    /// let session = try CachedSession.wrap(client, "wrapped_cache")
    /// ```
    ///
    /// What the client is set up with stays; see ``wrap(_:cache:autoclose:now:)``.
    ///
    /// - Parameters:
    ///   - client: The client. It must not be one for background transfers.
    ///   - cacheName: A name for the store, or the path of its directory: what has a slash in it, or begins with a
    ///     tilde or a dot, is a path; anything else is a name in the user's cache directory.
    ///   - backend: Where responses are stored.
    ///   - serializer: In which format they are written. Reading understands all formats of the registry.
    ///   - settings: What is cached, for how long, and what tells requests apart.
    ///   - registry: The formats that are understood.
    ///   - logger: Where it is told what was read and written, and why not: the reasons at level `debug`.
    /// - Returns: A session that answers from the cache, and asks the origin as the client would.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the directory can't be used.
    public static func wrap(
        _ client: URLSession,
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings(),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) throws -> CachedSession {
        let cache = try ResponseCache(
            cacheName,
            backend: backend,
            serializer: serializer,
            settings: settings,
            registry: registry,
            logger: logger
        )
        return wrap(client, cache: cache)
    }

    /// Adds caching to a client that is set up already.
    ///
    /// What the client is set up with stays: cookies and credentials in its storages, proxies, TLS, timeouts, connection
    /// limits, protocol classes; its delegate answers authentication challenges (see ``URLSessionTransport``). Its
    /// additional header fields become the session's default ones, so that responses are told apart by them, and so
    /// that a redirect to another origin doesn't take credentials among them along. Its `URLCache` is left out.
    ///
    /// The client itself goes on as it was, without this cache, and is left open.
    ///
    /// - Parameters:
    ///   - client: The client. It must not be one for background transfers.
    ///   - cache: The stored responses.
    ///   - autoclose: Whether ``close()`` closes the cache as well: turn it off for one that is shared.
    ///   - now: The clock. Tests hand in one of their own.
    /// - Returns: A session that answers from the cache, and asks the origin as the client would.
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
    /// Takes the additional header fields out of the configuration, sorted by name.
    ///
    /// What is no field of HTTP stays where it is.
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
