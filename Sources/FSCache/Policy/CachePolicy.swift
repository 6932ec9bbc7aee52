internal import Foundation
internal import HTTPTypes

/// Whether a stored response answers a request, and whether a response is stored (RFC 9111 §3, §4).
///
/// It decides and does nothing: no input, no output, and no clock of its own.
struct CachePolicy: Sendable {
    /// What to do about a request.
    enum Decision: Sendable, Equatable {
        /// Answer with the stored response.
        case serve(StoredResponse, isStale: Bool)
        /// Ask the origin whether the stored response still holds.
        case revalidate(StoredResponse, CacheStatus.Forward)
        /// Ask the origin for the response.
        case fetch(CacheStatus.Forward)
        /// Answer with 504: the origin must not be asked, and nothing stored will do.
        case gatewayTimeout
    }

    /// Why a response is not stored.
    enum Refusal: String, Sendable {
        case readOnly = "the session is read-only"
        case status = "its status is not among the allowable codes"
        case noStore = "its Cache-Control says no-store"
        case varyAny = "its Vary is *, which never matches"
        case noValidator = "it has no validator and expires immediately"
        case filtered = "the filter refused it"
    }

    /// What to do with a response that came.
    enum Storage: Sendable, Equatable {
        /// Store it, to become stale at some time, or never.
        case store(expires: Date?)
        /// Don't store it.
        case refuse(Refusal)
    }

    private let settings: CacheSettings

    /// Makes the policy of some settings.
    init(_ settings: CacheSettings) {
        self.settings = settings
    }

    /// Decides how a request is answered.
    ///
    /// - Parameters:
    ///   - terms: What the request asks of the cache.
    ///   - stored: The stored response that matches, if there is one.
    ///   - now: The time.
    /// - Returns: What to do.
    func decide(_ terms: RequestTerms, stored: StoredResponse?, now: Date) -> Decision {
        guard let stored else { return terms.onlyIfCached ? .gatewayTimeout : .fetch(.uriMiss) }
        let directives = settings.cacheControl ? CacheControl(stored.headerFields) : nil
        let staleness = staleness(of: stored, terms: terms, now: now)
        let isUsable = staleness == nil && directives?.noCache != true

        if terms.onlyIfCached {
            // An expired entry stands in for the error that asking nobody amounts to.
            if isUsable, !terms.forceRefresh, !terms.refresh { return .serve(stored, isStale: false) }
            let isServed = allowsStaleIfError(terms, stored: stored, directives: directives, now: now)
            return isServed ? .serve(stored, isStale: staleness != nil) : .gatewayTimeout
        }
        if terms.forceRefresh { return .fetch(.request) }

        let canValidate = Validators.exist(in: stored.headerFields)
        if terms.refresh { return canValidate ? .revalidate(stored, .request) : .fetch(.request) }
        if isUsable {
            let revalidates = terms.alwaysRevalidate && canValidate && directives?.immutable != true
            return revalidates ? .revalidate(stored, .request) : .serve(stored, isStale: false)
        }
        if let staleness, directives?.noCache != true, directives?.mustRevalidate != true,
            let maxStale = terms.maxStale, staleness <= TimeInterval(maxStale)
        {
            return .serve(stored, isStale: true)
        }
        return canValidate ? .revalidate(stored, .stale) : .fetch(.stale)
    }

    /// Whether a stored response may stand for an error of the origin or on the way to it (RFC 5861 §4).
    ///
    /// - Parameters:
    ///   - terms: What the request asks of the cache.
    ///   - stored: The stored response.
    ///   - now: The time.
    /// - Returns: Whether it may be used.
    func allowsStaleIfError(_ terms: RequestTerms, stored: StoredResponse, now: Date) -> Bool {
        let directives = settings.cacheControl ? CacheControl(stored.headerFields) : nil
        return allowsStaleIfError(terms, stored: stored, directives: directives, now: now)
    }

    private func allowsStaleIfError(
        _ terms: RequestTerms,
        stored: StoredResponse,
        directives: CacheControl?,
        now: Date
    ) -> Bool {
        if directives?.mustRevalidate == true || directives?.noCache == true { return false }
        let staleness = stored.expires.map { max(0, now.timeIntervalSince($0)) } ?? 0
        if terms.staleIfError.allows(staleFor: .seconds(staleness)) { return true }
        return directives?.staleIfError.map { staleness <= TimeInterval($0) } ?? false
    }

    /// Whether the status of a response counts as an error for which a stale one may stand.
    func isError(_ status: HTTPResponse.Status) -> Bool {
        status.code >= 400 && !settings.allowableCodes.contains(status.code)
    }

    /// How long the response has been stale for this request, in seconds; `nil` while it is fresh.
    private func staleness(of stored: StoredResponse, terms: RequestTerms, now: Date) -> TimeInterval? {
        var remaining = stored.expires?.timeIntervalSince(now) ?? .infinity
        if let maxAge = terms.maxAge {
            let freshness = Freshness(
                stored.headerFields,
                directives: CacheControl(),
                requestedAt: stored.requestedAt,
                receivedAt: stored.receivedAt
            )
            remaining = min(remaining, TimeInterval(maxAge) - freshness.age(at: now))
        }
        if let minFresh = terms.minFresh { remaining -= TimeInterval(minFresh) }
        return remaining > 0 ? nil : -remaining
    }

    /// Decides whether a response is stored, and when it becomes stale.
    ///
    /// - Parameters:
    ///   - response: The response's head.
    ///   - terms: What the request asks of the cache.
    ///   - requestedAt: When the request was sent.
    ///   - receivedAt: When the response came.
    ///   - isFollowedRedirect: Whether the response is a redirect that the session follows: a hop on the way to a
    ///     response that may be stored is stored as well.
    /// - Returns: Whether it is stored, and until when it is fresh, or why not.
    func storage(
        of response: HTTPResponse,
        terms: RequestTerms,
        requestedAt: Date,
        receivedAt: Date,
        isFollowedRedirect: Bool = false
    ) -> Storage {
        if settings.isReadOnly { return .refuse(.readOnly) }
        let code = response.status.code
        // A part of a representation is no answer to a request for the whole of it, and a 304 has no content.
        guard code != 206, code != 304, isFollowedRedirect || settings.allowableCodes.contains(code) else {
            return .refuse(.status)
        }
        if response.headerFields[values: .vary].contains(where: { $0.contains("*") }) { return .refuse(.varyAny) }
        let directives = settings.cacheControl ? CacheControl(response.headerFields) : nil
        if directives?.noStore == true { return .refuse(.noStore) }

        let explicit = directives.flatMap { directives in
            directives.noCache
                ? receivedAt
                : Freshness(
                    response.headerFields,
                    directives: directives,
                    requestedAt: requestedAt,
                    receivedAt: receivedAt
                ).explicitExpiry
        }
        let expiresAtOnce = explicit.map { $0 <= receivedAt } ?? terms.expiration.isImmediate
        if expiresAtOnce, !Validators.exist(in: response.headerFields) { return .refuse(.noValidator) }
        return .store(expires: explicit?.wholeMilliseconds ?? terms.expiration.date(from: receivedAt))
    }
}
