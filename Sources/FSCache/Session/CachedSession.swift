public import Foundation
public import HTTPTypes
public import Logging
public import Serializers

/// An HTTP client that turns responses into files, and answers from them.
///
/// ```swift
/// let session = try CachedSession("demo", serializer: .json, expireAfter: 3600)
/// let response = try await session.get("https://api.example.com/items")
/// print(response.isFromCache)  // false; true from the second time on
/// ```
///
/// A session is safe to use from any number of tasks, and any number of sessions, in any number of processes, may share
/// one directory. A broken cache never breaks a request: what can't be read is fetched, what can't be written is logged.
public final class CachedSession: Sendable {
    /// The stored responses: to look into, to delete from, to move about.
    public let cache: ResponseCache
    let transport: any HTTPTransport
    let defaultHeaderFields: HTTPFields
    let now: @Sendable () -> Date
    let flights = SingleFlight<Exchange.SharedResult>()
    let backgroundTasks = BackgroundTasks()
    private let autoclose: Bool

    /// Makes a session of its parts.
    ///
    /// - Parameters:
    ///   - cache: The stored responses.
    ///   - transport: What sends requests when the cache can't answer.
    ///   - defaultHeaderFields: Header fields of each request that has none of their names. They take part in what tells
    ///     requests apart, and as those of the request they are kept from other origins when a redirect leads there.
    ///   - autoclose: Whether ``close()`` closes the cache as well: turn it off for one that is shared.
    ///   - now: The clock. Tests hand in one of their own.
    public init(
        cache: ResponseCache,
        transport: some HTTPTransport = URLSessionTransport(),
        defaultHeaderFields: HTTPFields = [:],
        autoclose: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.cache = cache
        self.transport = transport
        self.defaultHeaderFields = defaultHeaderFields
        self.autoclose = autoclose
        self.now = now
    }

    /// Makes a session with a store of its own.
    ///
    /// - Parameters:
    ///   - cacheName: A name for the store, or the path of its directory: what has a slash in it, or begins with a
    ///     tilde or a dot, is a path; anything else is a name in the user's cache directory.
    ///   - backend: Where responses are stored.
    ///   - serializer: In which format they are written. Reading understands all formats of the registry.
    ///   - expireAfter: How long a response may be used.
    ///   - urlsExpireAfter: The same by URL; the first pattern that matches decides.
    ///   - cacheControl: Whether what responses say about their freshness comes first.
    ///   - allowableCodes: The status codes that are stored.
    ///   - allowableMethods: The methods that are cached.
    ///   - alwaysRevalidate: Whether stored responses with a validator are validated on each use.
    ///   - ignoredParameters: Names of query parameters, form and JSON members and header fields that don't tell
    ///     requests apart, and whose values are not stored.
    ///   - matchHeaders: The header fields that tell requests apart.
    ///   - filter: Called with each response, new or stored: `false` keeps it from being stored, or deletes it.
    ///   - keyFunction: Makes the key of a request, in place of the normal way.
    ///   - staleIfError: Whether a stale response may be used when the origin fails. By default that is for the response
    ///     to say, with `cacheControl`.
    ///   - staleWhileRevalidate: Whether a stale response may be used while it is refreshed in the background.
    ///   - isReadOnly: Whether nothing is ever written.
    ///   - transport: What sends requests when the cache can't answer.
    ///   - registry: The formats that are understood.
    ///   - autoclose: Whether ``close()`` closes the backend as well: turn it off for one that is shared.
    ///   - logger: Where it is told what was read and written, and why not: the reasons at level `debug`.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the directory can't be used.
    public convenience init(
        _ cacheName: String = "http_cache",
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        expireAfter: Expiration = .never,
        urlsExpireAfter: ExpirationRules = [:],
        cacheControl: Bool = false,
        allowableCodes: Set<Int> = CacheSettings.defaultCodes,
        allowableMethods: Set<HTTPRequest.Method> = CacheSettings.defaultMethods,
        alwaysRevalidate: Bool = false,
        ignoredParameters: [String] = RequestMatching.defaultIgnoredParameters,
        matchHeaders: HeaderMatching = .none,
        filter: CacheSettings.Filter? = nil,
        keyFunction: CacheSettings.KeyFunction? = nil,
        staleIfError: StaleAllowance = .standard,
        staleWhileRevalidate: StaleAllowance = .never,
        isReadOnly: Bool = false,
        transport: some HTTPTransport = URLSessionTransport(),
        registry: SerializerRegistry = .standard,
        autoclose: Bool = true,
        logger: Logger = Logger(label: "FSCache")
    ) throws {
        var settings = CacheSettings()
        settings.expireAfter = expireAfter
        settings.urlsExpireAfter = urlsExpireAfter
        settings.cacheControl = cacheControl
        settings.allowableCodes = allowableCodes
        settings.allowableMethods = allowableMethods
        settings.alwaysRevalidate = alwaysRevalidate
        settings.ignoredParameters = ignoredParameters
        settings.matchHeaders = matchHeaders
        settings.filter = filter
        settings.keyFunction = keyFunction
        settings.staleIfError = staleIfError
        settings.staleWhileRevalidate = staleWhileRevalidate
        settings.isReadOnly = isReadOnly
        let cache = try ResponseCache(
            cacheName,
            backend: backend,
            serializer: serializer,
            settings: settings,
            registry: registry,
            logger: logger
        )
        self.init(cache: cache, transport: transport, autoclose: autoclose)
    }

    /// What is cached, for how long, and what tells requests apart.
    ///
    /// Replace it at any time, from any task; requests that are under way go on with what they began with.
    public var settings: CacheSettings {
        get { cache.settings }
        set { cache.settings = newValue }
    }

    /// Closes the store, unless the session was made with `autoclose: false`.
    ///
    /// It waits for responses that are being refreshed in the background (``CacheSettings/staleWhileRevalidate``), or read
    /// to their end there (``RequestOptions/finishesInBackground``).
    ///
    /// Requests go on without a cache.
    public func close() async {
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

    /// Runs something without the cache: nothing is read and nothing is written.
    ///
    /// It holds for this session, in the task that runs the closure and in its child tasks. Other tasks are not affected.
    ///
    /// - Parameter operation: What to run.
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public func withCacheDisabled<Result>(_ operation: () async throws -> Result) async rethrows -> Result {
        try await Self.$disabled.withValue(Self.disabled.union([ObjectIdentifier(self)]), operation: operation)
    }
}
