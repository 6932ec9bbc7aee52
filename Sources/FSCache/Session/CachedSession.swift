public import Foundation
public import HTTPTypes
public import Logging
public import Serializers

/// An HTTP client that stores responses in files and answers from them.
///
/// ```swift
/// let session = try CachedSession("demo", serializer: .json, expireAfter: 3600)
/// let response = try await session.get("https://api.example.com/items")
/// print(response.isFromCache)  // false the first time, then true
/// ```
///
/// You can use a session from any number of tasks, and any number of sessions and processes can share a directory. A broken
/// cache never breaks a request: if an entry can't be read, the response is fetched, and if it can't be written, that is
/// logged.
public final class CachedSession: Sendable {
    /// The stored responses, to look up, delete and move.
    public let cache: ResponseCache
    let transport: any HTTPTransport
    let defaultHeaderFields: HTTPFields
    let now: @Sendable () -> Date
    let flights: SingleFlight<Exchange.SharedResult>
    let backgroundTasks = BackgroundTasks()
    private let autoclose: Bool

    /// Makes a session from a cache and a transport.
    ///
    /// Use this initializer if several sessions share a cache, to add serializers to the registry of the cache, and in tests
    /// that control the time:
    ///
    /// ```swift
    /// let cache = try ResponseCache("shop", registry: .standard.registering(MySerializer()))
    /// let session = CachedSession(cache: cache, autoclose: false)
    /// ```
    ///
    /// - Parameters:
    ///   - cache: The stored responses. The session uses the settings of the cache.
    ///   - transport: Sends the requests that the cache can't answer.
    ///   - defaultHeaderFields: Header fields that are added to each request that doesn't have them. They can enter the key,
    ///     and a redirect to another origin doesn't receive credentials among them.
    ///   - autoclose: Whether ``close()`` closes the cache too. Pass `false` for a cache that other sessions use.
    ///   - now: The clock.
    public init(
        cache: ResponseCache,
        transport: some HTTPTransport = URLSessionTransport(),
        defaultHeaderFields: HTTPFields = [:],
        autoclose: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.cache = cache
        self.flights = SingleFlight(cache.invalidations)
        self.transport = transport
        self.defaultHeaderFields = defaultHeaderFields
        self.autoclose = autoclose
        self.now = now
    }

    /// Makes a session and its cache.
    ///
    /// - Parameters:
    ///   - cacheName: A name for the cache, or the path of its directory. Text that contains a slash, or begins with a tilde
    ///     or a dot, is a path. Anything else is a name in the user's cache directory.
    ///   - backend: The kind of store.
    ///   - serializer: The format of new entries. Entries in the other built-in formats can be read too.
    ///   - expireAfter: How long a response may be used. Default: as in the settings.
    ///   - cacheControl: Whether the cache follows the HTTP caching rules. Default: as in the settings.
    ///   - settings: All other settings of the cache.
    ///   - transport: Sends the requests that the cache can't answer.
    ///   - logger: Receives decisions and their reasons at level `debug`, and failures of the store at level `warning`.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` if the directory can't be used.
    public convenience init(
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        expireAfter: Expiration? = nil,
        cacheControl: Bool? = nil,
        settings: CacheSettings = CacheSettings(),
        transport: some HTTPTransport = URLSessionTransport(),
        logger: Logger = Logger(label: "FSCache")
    ) throws {
        let cache = try ResponseCache(
            cacheName,
            backend: backend,
            serializer: serializer,
            settings: settings.replacing(expireAfter: expireAfter, cacheControl: cacheControl),
            logger: logger
        )
        self.init(cache: cache, transport: transport)
    }

    /// The settings of the cache.
    ///
    /// You can replace them at any time, from any task. Requests in progress keep the settings that they began with.
    public var settings: CacheSettings {
        get { cache.settings }
        set { cache.settings = newValue }
    }

    /// The current settings that keys and redaction depend on, prepared.
    package var matching: RequestMatching { cache.policy.matching }

    /// How long a response may be used: ``CacheSettings/expireAfter`` of the settings.
    public var expireAfter: Expiration {
        get { settings.expireAfter }
        set { settings.expireAfter = newValue }
    }

    /// Closes the cache, unless the session was made with `autoclose: false`.
    ///
    /// Later requests go to the origin.
    ///
    /// It first waits for background work: refreshes (``CacheSettings/staleWhileRevalidate``) and streams that are
    /// still being read (``RequestOptions/finishesInBackground``).
    ///
    /// A `URLSession` in which this session is installed sends no more requests (see
    /// `URLSessionConfiguration.installCache(_:)`).
    public func close() async {
        URLProtocolClasses.shared.remove(self)
        await backgroundTasks.drain()
        if autoclose { await cache.close() }
    }
}

extension CachedSession {
    @TaskLocal private static var disabled: Set<ObjectIdentifier> = []

    /// Whether the current task is inside ``withCacheDisabled(_:)``.
    var isCacheDisabled: Bool {
        let disabled = Self.disabled
        return !disabled.isEmpty && disabled.contains(ObjectIdentifier(self))
    }

    /// Runs a closure in which this session bypasses its cache.
    ///
    /// It applies to the task that runs the closure and to its child tasks. Other tasks are not affected.
    ///
    /// - Parameter operation: The closure.
    /// - Returns: The result of the closure.
    /// - Throws: The error of the closure.
    public func withCacheDisabled<Result>(_ operation: () async throws -> Result) async rethrows -> Result {
        try await Self.$disabled.withValue(Self.disabled.union([ObjectIdentifier(self)]), operation: operation)
    }
}
