public import Foundation
public import HTTPTypes

/// Which responses are stored, for how long they are used, and which parts of a request its key depends on.
///
/// ```swift
/// let settings = CacheSettings(
///     expireAfter: 3600,
///     urlsExpireAfter: ["*.example.com/static": .never],
///     allowableCodes: [200, 201, 404]
/// )
/// let session = try CachedSession("advanced", settings: settings)
/// ```
///
/// Settings are a value. A change applies to later requests and doesn't affect stored responses; see
/// ``ResponseCache/resetExpiration(_:now:)`` to change those.
public struct CacheSettings: Sendable {
    /// Tells whether a response may be in the cache.
    public typealias Filter = @Sendable (CachedResponse) -> Bool
    /// Makes the key for a request and its content.
    public typealias KeyFunction = @Sendable (HTTPRequest, Data) -> CacheKey
    /// Receives a response, from the cache or from the origin.
    public typealias Observer = @Sendable (CachedResponse) -> Void

    // MARK: Expiration

    /// How long a response may be used.
    ///
    /// Default: ``Expiration/never``, so responses never expire.
    public var expireAfter = Expiration.never
    /// Expirations by URL.
    ///
    /// The first pattern that matches takes precedence over ``expireAfter``.
    ///
    /// Default: none.
    public var urlsExpireAfter: ExpirationRules = [:]
    /// Whether the cache follows the HTTP caching rules (RFC 9111, RFC 5861, RFC 8246, RFC 9213).
    ///
    /// The header fields of requests and responses then decide whether a response is stored, how long it is fresh, when it
    /// may be used stale, which of its fields are stored, and which stored responses an unsafe request invalidates. The
    /// cache also answers conditional and range requests, and stores partial responses.
    ///
    /// Default: `false`. Only these settings and the cache directives of requests count.
    public var cacheControl = false
    /// Whether stored responses that carry a validator are validated on each use.
    ///
    /// Default: `false`.
    public var alwaysRevalidate = false
    /// Whether a stale response may be used when the origin can't be reached, or answers with one of ``staleIfErrorCodes``.
    ///
    /// Default: ``StaleAllowance/asResponseAllows``.
    public var staleIfError = StaleAllowance.asResponseAllows
    /// The status codes in place of which a stale response may be used.
    ///
    /// The directive `stale-if-error` is about 500, 502, 503 and 504 only (RFC 5861 §4).
    ///
    /// Default: 408, 429 and 500 to 599.
    public var staleIfErrorCodes: Set<Int> = Set(500...599).union([408, 429])
    /// Whether a stale response may be used at once, while it is refreshed in the background (RFC 5861 §3).
    ///
    /// With ``cacheControl``, a response may allow this itself, or forbid it.
    ///
    /// Concurrent requests for the same response share one refresh; see ``maxBackgroundRefreshes``.
    /// ``CachedSession/close()`` waits for refreshes in progress.
    ///
    /// Default: ``StaleAllowance/asResponseAllows``.
    public var staleWhileRevalidate = StaleAllowance.asResponseAllows
    /// Whether a response that doesn't state its freshness is fresh for a tenth of the time since it was last modified
    /// (RFC 9111 §4.2.2).
    ///
    /// It requires ``cacheControl``. It takes precedence over ``expireAfter``, but not over ``urlsExpireAfter`` or the
    /// options of a request.
    ///
    /// Default: `false`.
    public var usesHeuristicFreshness = false

    // MARK: What is stored

    /// The status codes that are stored.
    ///
    /// A redirect that is followed is stored too. With ``cacheControl``, partial responses (206) are stored if 200 is among
    /// the codes.
    ///
    /// Default: 200.
    public var allowableCodes: Set<Int> = [200]
    /// The methods that are cached.
    ///
    /// A method in `X-HTTP-Method-Override` counts as the method of the request.
    ///
    /// Default: `GET` and `HEAD`.
    public var allowableMethods: Set<HTTPRequest.Method> = [.get, .head]
    /// Tells whether a response may be in the cache.
    ///
    /// If it returns `false`, a new response is not stored, and a stored one is deleted after it has been served.
    ///
    /// Default: none.
    public var filter: Filter?
    /// Whether the cache is only read, so that even a 304 doesn't update a stored response.
    ///
    /// Default: `false`.
    public var isReadOnly = false
    /// Whether the cache serves more than one user.
    ///
    /// A shared cache stores no private responses. It stores responses to requests with `Authorization` only if they say that
    /// they may be shared, and responses that set cookies only if they say that they are public or that they are fresh for
    /// some time (RFC 9111 §3.5, §5.2.2.7, §7.3). This doesn't depend on ``cacheControl``. With it, the cache also follows
    /// `s-maxage` and `proxy-revalidate`.
    ///
    /// Default: `false`.
    public var isShared = false
    /// Whether a shared cache follows `CDN-Cache-Control` in place of `Cache-Control` and `Expires` (RFC 9213).
    ///
    /// Turn it on only in a cache that acts for the origin, as a reverse proxy does. It requires ``cacheControl`` and
    /// ``isShared``.
    ///
    /// Default: `false`.
    public var usesCDNCacheControl = false

    // MARK: Keys and redaction

    /// Names of parameters that don't enter the key, and whose values are stored as `REDACTED`.
    ///
    /// Case is ignored.
    ///
    /// A name applies to header fields of requests and responses, to parameters of the query and of form bodies, to parts of
    /// multipart bodies, and to members of JSON bodies. In JSON, a plain name means a member of the outermost object, and a
    /// dotted name, such as `auth.token`, a nested member. An array stands for each of its elements.
    ///
    /// Default: none.
    public var ignoredParameters: [String] = []
    /// Names of parameters that hold credentials, whose values are stored as `REDACTED`.
    ///
    /// They apply as ``ignoredParameters`` do, and also to members at any depth of JSON, and to the pieces of names such as
    /// `user[access_token]` and `auth.api_key`. ``credentials`` tells whether they enter the key. A user and password in the
    /// URL are an `Authorization` field.
    ///
    /// Default: ``defaultCredentialParameters``.
    public var credentialParameters = defaultCredentialParameters
    /// Whether requests with different credentials have separate responses.
    ///
    /// Default: ``CredentialMatching/separate``.
    public var credentials = CredentialMatching.separate
    /// The header fields that enter the key, even if they are ignored parameters or credentials.
    ///
    /// Secret values enter it as their digests. A `Host` field that differs from the host of the URL, and a field that
    /// overrides the method, always enter the key.
    ///
    /// Default: none.
    public var matchHeaders = HeaderMatching.none
    /// How URLs are written before they are sent, and before they enter the key.
    ///
    /// Default: ``URLMatching/sortedQuery``.
    public var urlMatching = URLMatching.sortedQuery
    /// The JSON member in which ``ignoredParameters`` apply, as a dotted name.
    ///
    /// Names to ignore are then relative to it. Other kinds of bodies, queries and header fields are not affected.
    ///
    /// Default: none, so they apply to the whole body.
    public var contentRootKey: String?
    /// Makes the key for a request, in place of the built-in rules.
    ///
    /// Default: none.
    public var keyFunction: KeyFunction?
    /// Whether the values of `Cookie`, `Set-Cookie` and their predecessors `Cookie2` and `Set-Cookie2` are stored as
    /// `REDACTED`.
    ///
    /// The key is not affected.
    ///
    /// Default: `false`.
    public var redactsCookies = false
    /// Whether the transport accepts any certificate.
    ///
    /// Responses received this way have separate keys, so that a session that checks certificates never serves them.
    ///
    /// Default: `false`.
    public var isTLSVerificationDisabled = false

    // MARK: Exchanges

    /// Whether redirects are followed.
    ///
    /// Default: `true`.
    public var followsRedirects = true
    /// How many redirects are followed before the session throws ``FSCacheError/Code/tooManyRedirects``.
    ///
    /// Default: 30.
    public var maxRedirects = 30
    /// Closures that receive each response, from the cache or not, including each hop of a redirect chain.
    ///
    /// Default: none.
    public var observers: [Observer] = []

    /// Whether only one process at a time fetches a response that several miss, if the backend can arrange that
    /// (``LeasingBackend``).
    ///
    /// The others wait until it is stored, for ``leaseDuration`` at most. Within a process, requests are always collapsed.
    /// It costs three operations of the store for each request that goes to the origin: with files, nine system calls,
    /// which take some ten microseconds; with Redis and MongoDB, three round trips. Hits cost nothing.
    ///
    /// Default: `false`, because a request may then wait for a process that has been stopped.
    public var collapsesAcrossProcesses = false

    // MARK: Limits

    /// How much the store may hold; see <doc:BoundingACache>.
    ///
    /// It takes effect when a session or cache opens its store by name. A backend that you open yourself has limits of its
    /// own.
    ///
    /// Default: no limits; for ``NamedBackend/memory``, 64 MiB.
    public var limits = StoreLimits()
    /// How long expired entries are kept when the store is swept, because they can be validated or served if the origin fails.
    ///
    /// See ``ResponseCache/sweep(retention:now:progress:)``.
    ///
    /// Default: seven days.
    public var expiredRetention = Duration.seconds(7 * 86_400)
    /// How often a 256th of the store is swept in the background.
    ///
    /// With a minute, all of it is swept in about four hours. It starts when the first response is stored, and ends when the
    /// cache is closed.
    ///
    /// Default: `nil`, never.
    public var sweepInterval: Duration?
    /// How long one process may fetch a response while others wait for it.
    ///
    /// Default: 30 seconds.
    public var leaseDuration = Duration.seconds(30)
    /// How many stale responses are refreshed in the background at a time.
    ///
    /// Beyond that, a response is refreshed when it is requested again.
    ///
    /// Default: 16.
    public var maxBackgroundRefreshes = 16
    /// How many bytes of a streamed request body are read into memory for the key.
    ///
    /// A request with a longer body bypasses the cache: the body is sent as it arrives, and nothing is stored. Bodies that
    /// you pass as `Data` have no limit.
    ///
    /// Default: 16 MiB.
    public var keyedContentByteLimit = 16 << 20
    /// How many bytes of a streamed response are gathered in memory for a format that can't be written in pieces, which is
    /// every format except the native one.
    ///
    /// It also bounds how much of a stored part is copied to join a smaller part to it, unless that completes the content.
    /// For more than about 60 MiB, give the stages that compress a larger `sizeLimit`.
    ///
    /// Default: 16 MiB.
    public var gatheredByteLimit = 16 << 20
    /// Whether a streamed response larger than ``gatheredByteLimit`` is stored in the native format instead of not at all.
    ///
    /// Formats with stages, such as encryption, never fall back to the native format.
    ///
    /// Default: `true`.
    public var storesLargeBodiesNatively = true
    /// How many bytes of recently read responses stay in memory, so that they need not be read and decoded again.
    ///
    /// The least recently used ones are dropped first.
    ///
    /// On each use, the cache checks that the entry has not changed: ``FilesystemBackend`` compares the file's inode, size
    /// and times. Changes by other sessions, other processes and editors are therefore seen at once; on a network file
    /// system, they are seen when the system refreshes the file's attributes.
    ///
    /// A response is kept in memory if the backend can identify its entry (``ImmediateBackend``), and if it takes at most a
    /// quarter of the limit. A file must be in the format of the cache, at most 256 KiB large, and at least two seconds
    /// old when it is read. Other backends ignore the limit.
    ///
    /// Default: 0, which disables it.
    public var memoryByteLimit = 0

    private init() {}
}

extension CacheSettings {
    /// The names in ``credentialParameters`` by default.
    public static let defaultCredentialParameters = [
        "Authorization", "Proxy-Authorization", "X-API-Key", "X-Auth-Token", "X-API-Token", "X-Access-Token",
        "X-Authorization", "X-Goog-Api-Key", "X-Amz-Security-Token", "Ocp-Apim-Subscription-Key", "Private-Token",
        "Session-Token", "Api-Key", "access_token", "api_key", "apikey",
    ]

    /// The default values.
    @usableFromInline static let defaults = CacheSettings()

    /// Makes settings.
    ///
    /// Each parameter is documented at the property of its name.
    public init(
        expireAfter: Expiration = defaults.expireAfter,
        urlsExpireAfter: ExpirationRules = defaults.urlsExpireAfter,
        cacheControl: Bool = defaults.cacheControl,
        alwaysRevalidate: Bool = defaults.alwaysRevalidate,
        staleIfError: StaleAllowance = defaults.staleIfError,
        staleIfErrorCodes: Set<Int> = defaults.staleIfErrorCodes,
        staleWhileRevalidate: StaleAllowance = defaults.staleWhileRevalidate,
        usesHeuristicFreshness: Bool = defaults.usesHeuristicFreshness,
        allowableCodes: Set<Int> = defaults.allowableCodes,
        allowableMethods: Set<HTTPRequest.Method> = defaults.allowableMethods,
        filter: Filter? = defaults.filter,
        isReadOnly: Bool = defaults.isReadOnly,
        isShared: Bool = defaults.isShared,
        usesCDNCacheControl: Bool = defaults.usesCDNCacheControl,
        ignoredParameters: [String] = defaults.ignoredParameters,
        credentialParameters: [String] = defaults.credentialParameters,
        credentials: CredentialMatching = defaults.credentials,
        matchHeaders: HeaderMatching = defaults.matchHeaders,
        urlMatching: URLMatching = defaults.urlMatching,
        contentRootKey: String? = defaults.contentRootKey,
        keyFunction: KeyFunction? = defaults.keyFunction,
        redactsCookies: Bool = defaults.redactsCookies,
        isTLSVerificationDisabled: Bool = defaults.isTLSVerificationDisabled,
        followsRedirects: Bool = defaults.followsRedirects,
        maxRedirects: Int = defaults.maxRedirects,
        observers: [Observer] = defaults.observers,
        collapsesAcrossProcesses: Bool = defaults.collapsesAcrossProcesses,
        limits: StoreLimits = defaults.limits,
        expiredRetention: Duration = defaults.expiredRetention,
        sweepInterval: Duration? = defaults.sweepInterval,
        leaseDuration: Duration = defaults.leaseDuration,
        maxBackgroundRefreshes: Int = defaults.maxBackgroundRefreshes,
        keyedContentByteLimit: Int = defaults.keyedContentByteLimit,
        gatheredByteLimit: Int = defaults.gatheredByteLimit,
        storesLargeBodiesNatively: Bool = defaults.storesLargeBodiesNatively,
        memoryByteLimit: Int = defaults.memoryByteLimit
    ) {
        self.expireAfter = expireAfter
        self.urlsExpireAfter = urlsExpireAfter
        self.cacheControl = cacheControl
        self.alwaysRevalidate = alwaysRevalidate
        self.staleIfError = staleIfError
        self.staleIfErrorCodes = staleIfErrorCodes
        self.staleWhileRevalidate = staleWhileRevalidate
        self.usesHeuristicFreshness = usesHeuristicFreshness
        self.allowableCodes = allowableCodes
        self.allowableMethods = allowableMethods
        self.filter = filter
        self.isReadOnly = isReadOnly
        self.isShared = isShared
        self.usesCDNCacheControl = usesCDNCacheControl
        self.ignoredParameters = ignoredParameters
        self.credentialParameters = credentialParameters
        self.credentials = credentials
        self.matchHeaders = matchHeaders
        self.urlMatching = urlMatching
        self.contentRootKey = contentRootKey
        self.keyFunction = keyFunction
        self.redactsCookies = redactsCookies
        self.isTLSVerificationDisabled = isTLSVerificationDisabled
        self.followsRedirects = followsRedirects
        self.maxRedirects = maxRedirects
        self.observers = observers
        self.collapsesAcrossProcesses = collapsesAcrossProcesses
        self.limits = limits
        self.expiredRetention = expiredRetention
        self.sweepInterval = sweepInterval
        self.leaseDuration = leaseDuration
        self.maxBackgroundRefreshes = maxBackgroundRefreshes
        self.keyedContentByteLimit = keyedContentByteLimit
        self.gatheredByteLimit = gatheredByteLimit
        self.storesLargeBodiesNatively = storesLargeBodiesNatively
        self.memoryByteLimit = memoryByteLimit
    }

    /// Settings for a cache that follows RFC 9111 and nothing else.
    ///
    /// A response without a freshness lifetime and without a validator is not reused, whatever its URL is. Responses of
    /// every final status are stored if the rules allow it. The parameters of the query keep their order.
    ///
    /// - Parameters:
    ///   - isShared: See ``isShared``. Default: `false`.
    ///   - usesHeuristicFreshness: See ``usesHeuristicFreshness``. Default: `true`.
    /// - Returns: The settings.
    public static func rfc9111(isShared: Bool = false, usesHeuristicFreshness: Bool = true) -> CacheSettings {
        CacheSettings(
            expireAfter: .immediately,
            cacheControl: true,
            usesHeuristicFreshness: usesHeuristicFreshness,
            allowableCodes: Set(200...999),
            isShared: isShared,
            urlMatching: .normalized
        )
    }

    /// These settings, with those replaced that a session takes as parameters.
    package func replacing(expireAfter: Expiration?, cacheControl: Bool?) -> CacheSettings {
        var settings = self
        if let expireAfter { settings.expireAfter = expireAfter }
        if let cacheControl { settings.cacheControl = cacheControl }
        return settings
    }
}
