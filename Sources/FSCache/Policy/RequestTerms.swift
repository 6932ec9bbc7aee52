internal import Foundation
internal import HTTPTypes

/// The cache directives and options of one request, merged with the settings.
struct RequestTerms: Sendable {
    /// Why a request bypasses the cache: nothing is read and nothing is written.
    enum Bypass: String, Sendable {
        case disabled
        case method
        case doNotCache
        case noStore
        case conditional
        case largeContent
    }

    /// The client's request.
    private(set) var request: HTTPRequest
    /// Its content, if it is part of the key.
    var body: Data
    /// Whether its content is a stream, which is not in ``body``.
    var isBodyStreamed = false
    /// Why the request bypasses the cache, if it does.
    var bypass: Bypass?
    /// How long the response may be used, if it has no lifetime of its own.
    var expiration: Expiration
    /// Whether ``expiration`` is the session's default, which a heuristic freshness lifetime may replace.
    var isDefaultExpiration: Bool
    /// The maximum age of the response, in seconds.
    var maxAge: Int?
    /// How long the response must still be fresh, in seconds.
    var minFresh: Int?
    /// How long the response may have been stale, in seconds; `Int.max` for any time.
    var maxStale: Int?
    /// Whether the stored response is validated before use, or fetched again if it has no validator.
    var refresh: Bool
    /// Whether the stored response is validated before use if it has a validator.
    var alwaysRevalidate: Bool
    /// Whether the response is fetched even if a usable one is stored.
    var forceRefresh: Bool
    /// Whether the origin is never asked.
    var onlyIfCached: Bool
    /// Whether a stale response may stand in for an error.
    var staleIfError: StaleAllowance
    /// The request's own `stale-if-error`, in seconds (RFC 5861 §4).
    var requestedStaleIfError: Int?
    /// Whether a stale response may be served while it is refreshed (RFC 5861 §3).
    var staleWhileRevalidate: StaleAllowance
    /// Whether the request has an `Authorization` field, which restricts shared caches (RFC 9111 §3.5).
    var isAuthorized: Bool
    /// The request's own conditions and range, if the cache answers them.
    var conditions: ClientConditions?
    /// Whether the session follows redirects.
    var followsRedirects: Bool

    /// Derives the terms: from directives of the request, then options of the call, then rules by URL, then the
    /// session's settings.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: Its content.
    ///   - options: The options of the call.
    ///   - policy: The policy with the session's settings.
    ///   - isDisabled: Whether the cache has been turned off around the call.
    init(
        _ request: HTTPRequest,
        body: Data = Data(),
        options: RequestOptions,
        policy: CachePolicy,
        isDisabled: Bool = false
    ) {
        self.request = request
        self.body = body
        let fields = request.headerFields
        let directives = fields.isEmpty ? CacheControl() : CacheControl(fields, isRequest: true)
        let chosen = options.expireAfter ?? policy.settings.urlsExpireAfter.expiration(for: request.urlForPatterns)
        let fallback = chosen ?? policy.settings.expireAfter
        // A request's max-age only limits a lifetime; it never creates one (RFC 9111 §5.2.1.1).
        let isBoundOnly = policy.settings.cacheControl && fallback.isImmediate
        let requested: Expiration? = isBoundOnly ? nil : directives.maxAge.map { .after(.seconds($0)) }
        expiration = requested ?? fallback
        isDefaultExpiration = requested == nil && chosen == nil
        maxAge = directives.maxAge
        minFresh = directives.minFresh
        maxStale = directives.maxStale
        refresh = options.refresh || directives.noCache
        alwaysRevalidate = policy.settings.alwaysRevalidate
        forceRefresh = options.forceRefresh
        onlyIfCached = options.onlyIfCached || directives.onlyIfCached
        staleIfError =
            directives.staleIfError.map { .upTo(.seconds($0)) } ?? options.staleIfError ?? policy.settings.staleIfError
        requestedStaleIfError = directives.staleIfError
        staleWhileRevalidate =
            directives.staleWhileRevalidate.map { .upTo(.seconds($0)) } ?? options.staleWhileRevalidate
            ?? policy.settings.staleWhileRevalidate
        isAuthorized = fields.contains { $0.name == .authorization }
        conditions = policy.settings.cacheControl && !fields.isEmpty ? ClientConditions(request) : nil
        followsRedirects = options.followsRedirects ?? policy.settings.followsRedirects

        if isDisabled {
            bypass = .disabled
        } else if expiration == .doNotCache {
            bypass = .doNotCache
        } else if directives.noStore {
            bypass = .noStore
        } else if !Self.isAllowable(request, policy.allowableMethods) {
            bypass = .method
        } else if !fields.isEmpty,
            policy.settings.cacheControl ? ClientConditions.areForOrigin(request) : ClientConditions.exist(in: fields)
        {
            bypass = .conditional
        }
    }

    /// Whether the method is cached, and so is any that a header field puts in its place.
    private static func isAllowable(_ request: HTTPRequest, _ methods: [HTTPRequest.Method]) -> Bool {
        guard methods.contains(request.method) else { return false }
        return request.headerFields.allSatisfy { field in
            guard RequestMatching.methodOverrides.contains(field: field.name) else { return true }
            return HTTPRequest.Method(field.value.uppercased()).map(methods.contains) ?? true
        }
    }
}

extension RequestTerms {
    /// The request without the client's conditions and range: the cache answers these from the complete response.
    var completeRequest: HTTPRequest {
        guard conditions != nil else { return request }
        var complete = request
        ClientConditions.remove(from: &complete.headerFields)
        return complete
    }

    /// The terms on which a stored response is refreshed for all, after the client has it.
    ///
    /// If only a part is stored, they keep the client's range.
    func refreshing(_ stored: StoredResponse) -> RequestTerms {
        guard conditions != nil, !stored.isPartial else { return self }
        var terms = self
        terms.request = completeRequest
        terms.conditions = nil
        return terms
    }

    /// The request to validate a stored response with, before its validators are added: for a part, it keeps the range.
    func request(for stored: StoredResponse?) -> HTTPRequest {
        guard let stored, stored.isPartial else { return completeRequest }
        var request = request
        ClientConditions.removeAllButRange(from: &request.headerFields)
        return request
    }

    /// The request with the method `GET`.
    var getRequest: HTTPRequest {
        var get = request
        get.method = .get
        return get
    }
}

extension HTTPRequest {
    /// The URL that patterns are matched against; empty for an invalid one, which is rejected later.
    fileprivate var urlForPatterns: String {
        (try? TargetURL(of: self))?.description ?? ""
    }
}
