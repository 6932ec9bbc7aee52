public import Foundation
public import HTTPTypes

/// What is cached, for how long, and what tells requests apart.
///
/// A value: changing it changes nothing that is stored already. See ``ResponseCache/resetExpiration(_:now:)`` for that.
public struct CacheSettings: Sendable {
    /// Says of a response, new or stored, whether it may be in the cache.
    public typealias Filter = @Sendable (CachedResponse) -> Bool
    /// Makes the key of a request and its body.
    public typealias KeyFunction = @Sendable (HTTPRequest, Data) -> CacheKey
    /// Is told of each response, from the cache or not, each hop of a redirect chain included.
    public typealias Observer = @Sendable (CachedResponse) -> Void

    /// The status codes that are stored by default: 200.
    public static let defaultCodes: Set<Int> = [200]
    /// The methods that are cached by default: `GET` and `HEAD`.
    public static let defaultMethods: Set<HTTPRequest.Method> = [.get, .head]

    /// How long a response may be used.
    ///
    /// Default: ``Expiration/never``, that is, without end.
    public var expireAfter: Expiration = .never
    /// The same by URL: the first pattern that matches comes before ``expireAfter``.
    ///
    /// Default: none.
    public var urlsExpireAfter: ExpirationRules = [:]
    /// Whether what messages say comes first: whether responses may be stored, how long they are fresh, when they may be
    /// used stale, what of them is stored, which stored ones an unsafe request makes invalid, and that conditions and
    /// ranges of requests are answered from the store, where parts of contents are kept as well (RFC 9111, RFC 5861,
    /// RFC 8246, RFC 9213).
    ///
    /// Default: no. Then only these settings decide, and the directives of requests.
    public var cacheControl = false
    /// Whether the cache answers more than one user.
    ///
    /// It then does not store what is private or came to a request with credentials, and heeds `s-maxage`,
    /// `proxy-revalidate` and `CDN-Cache-Control` (RFC 9111 §3.5, §5.2.2, RFC 9213). This takes ``cacheControl``.
    ///
    /// Default: no.
    public var isShared = false
    /// Whether a response that says nothing about its freshness is fresh for a tenth of the time since it was last
    /// modified (RFC 9111 §4.2.2).
    ///
    /// This takes ``cacheControl``. It comes in place of ``expireAfter``, and after ``urlsExpireAfter`` and what single
    /// requests ask for.
    ///
    /// Default: no.
    public var usesHeuristicFreshness = false
    /// The status codes that are stored.
    ///
    /// Default: 200. A redirect that is followed is stored as well, and with ``cacheControl`` a part, 206, is stored where
    /// 200 is.
    public var allowableCodes: Set<Int> = defaultCodes
    /// The methods that are cached.
    ///
    /// Default: `GET` and `HEAD`. A method in `X-HTTP-Method-Override` counts as the request's.
    public var allowableMethods: Set<HTTPRequest.Method> = defaultMethods
    /// Whether stored responses are validated on each use, where they carry a validator.
    ///
    /// Default: no.
    public var alwaysRevalidate = false
    /// Whether a stale response may be used when the origin can't be reached, or answers with a status of 400 or above
    /// that is not among ``allowableCodes``.
    ///
    /// Default: ``StaleAllowance/standard``: what the response itself says, with ``cacheControl``; else no.
    public var staleIfError: StaleAllowance = .standard
    /// Whether a stale response may be used at once, and be refreshed in the background for the next request (RFC 5861
    /// §3).
    ///
    /// With ``cacheControl``, responses may allow it themselves, and forbid it.
    ///
    /// However many ask, one refresh is made at a time; see ``maxBackgroundRefreshes``. ``CachedSession/close()`` waits for
    /// those that are under way.
    ///
    /// Default: no.
    public var staleWhileRevalidate: StaleAllowance = .never
    /// Says of each response, new or stored, whether it may be in the cache: `false` keeps a new one from being stored,
    /// and deletes a stored one after it has been served.
    ///
    /// Default: none.
    public var filter: Filter?
    /// Makes the key of a request, in place of the normal way.
    ///
    /// Default: none.
    public var keyFunction: KeyFunction?
    /// Are told of each response, from the cache or not.
    ///
    /// Default: none.
    public var observers: [Observer] = []
    /// Whether nothing is ever written, not even after a 304.
    ///
    /// Default: no.
    public var isReadOnly = false
    /// Whether an unsafe request that succeeds deletes what is stored for its URL (RFC 9111 §4.4).
    ///
    /// Default: yes. What is recorded to be replayed is kept.
    package var invalidatesAfterUnsafeMethods = true
    /// How many stale responses are refreshed in the background at a time, at most; more are refreshed when they are asked
    /// for again.
    ///
    /// Default: 16.
    public var maxBackgroundRefreshes = 16
    /// How many bytes of the content of a streamed response are gathered in memory for a format that can't be written
    /// piece by piece: any but the native one.
    ///
    /// Nor is more than this of a stored part copied to join a smaller one to it, unless that makes it complete.
    ///
    /// Default: 16 MiB.
    public var gatheredByteLimit = 16 << 20
    /// Whether a streamed response with more content than ``gatheredByteLimit`` is stored in the native format instead,
    /// or else not at all.
    ///
    /// A format with stages, such as encryption, is never left.
    ///
    /// Default: yes.
    public var storesLargeBodiesNatively = true
    /// How many bytes the stored responses may take that were read lately and stay in memory as well.
    ///
    /// These need not be read and decoded again; the least recently used ones go first. Each time, the entry's file is asked
    /// whether it is still the one that was read, by inode, size and times: what another session or process stores or
    /// deletes, or somebody edits, counts from then on, as ever. On a network file system, this is as new as the attributes
    /// that the system has at hand.
    ///
    /// An entry stays in memory if its file is in the format of the cache, was two seconds old when it was read and has no
    /// more than 256 KiB, and the response takes no more than a quarter of the limit. Only ``FilesystemBackend`` can tell;
    /// with other backends this does nothing.
    ///
    /// Default: 0, that is, none.
    public var memoryByteLimit = 0
    /// Whether redirects are followed.
    ///
    /// Default: yes.
    public var followsRedirects = true
    /// How many redirects are followed before ``FSCacheError/Code/tooManyRedirects``.
    ///
    /// Default: 30.
    public var maxRedirects = 30

    /// What tells requests apart, and what of them is stored.
    package var matching = RequestMatching()

    /// Makes settings with all defaults.
    public init() {}

    /// Settings for pure header-driven caching: what RFC 9111 says, and nothing else.
    ///
    /// What has neither freshness nor a validator is not reused, whatever its URL is; responses of every final status are
    /// stored if they may be. Query parameters are all part of the key, and the values of `Authorization` and
    /// `Proxy-Authorization` are kept from the store.
    ///
    /// ```swift
    /// let settings = CacheSettings.standard(isShared: true)
    /// ```
    ///
    /// - Parameters:
    ///   - isShared: Whether the cache answers more than one user. Default: no.
    ///   - usesHeuristicFreshness: Whether responses that say nothing about their freshness get one from their
    ///     `Last-Modified`. Default: yes.
    /// - Returns: The settings, to use or to change.
    public static func standard(isShared: Bool = false, usesHeuristicFreshness: Bool = true) -> CacheSettings {
        var settings = CacheSettings()
        settings.cacheControl = true
        settings.isShared = isShared
        settings.usesHeuristicFreshness = usesHeuristicFreshness
        settings.expireAfter = .immediately
        settings.allowableCodes = finalCodes
        settings.ignoredParameters = []
        settings.redactsCredentials = true
        return settings
    }

    /// All that is no interim response.
    private static let finalCodes = Set(200...999)

    /// The key of a request.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    func key(of request: HTTPRequest, body: Data) throws(FSCacheError) -> CacheKey {
        if let keyFunction { return keyFunction(request, body) }
        return try CacheKey(of: request, body: body, matching: matching)
    }
}

extension CacheSettings {
    /// Names of query parameters, form and JSON members, and header fields that don't tell requests apart, and whose
    /// values are stored as `REDACTED`.
    ///
    /// A dotted name reaches a nested JSON member. Default: ``RequestMatching/defaultIgnoredParameters``.
    public var ignoredParameters: [String] {
        get { matching.ignoredParameters }
        set { matching.ignoredParameters = newValue }
    }

    /// The header fields that tell requests apart.
    ///
    /// Default: none.
    public var matchHeaders: HeaderMatching {
        get { matching.matchHeaders }
        set { matching.matchHeaders = newValue }
    }

    /// The dotted name of the JSON member whose contents ``ignoredParameters`` are looked for in.
    ///
    /// Default: the whole body.
    public var contentRootKey: String? {
        get { matching.contentRootKey }
        set { matching.contentRootKey = newValue }
    }

    /// Whether the values of `Cookie` and `Set-Cookie` are stored as `REDACTED`.
    ///
    /// Default: no.
    public var redactsCookies: Bool {
        get { matching.redactsCookies }
        set { matching.redactsCookies = newValue }
    }

    /// Whether the values of `Authorization` and `Proxy-Authorization` are stored as `REDACTED`, also where they are not
    /// among ``ignoredParameters``.
    ///
    /// Default: no; they are among ``ignoredParameters`` by default.
    public var redactsCredentials: Bool {
        get { matching.redactsCredentials }
        set { matching.redactsCredentials = newValue }
    }

    /// Whether the transport accepts any certificate: responses that came without verification get keys of their own.
    ///
    /// Default: no.
    public var isTLSVerificationDisabled: Bool {
        get { matching.isTLSVerificationDisabled }
        set { matching.isTLSVerificationDisabled = newValue }
    }
}
