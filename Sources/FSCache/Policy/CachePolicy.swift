internal import Foundation
internal import HTTPTypes

/// Whether a stored response answers a request, and whether a response is stored (RFC 9111 §3, §4).
///
/// Pure: values in, values out, with neither input and output nor a clock. What responses say about their use counts
/// if ``CacheSettings/cacheControl`` is on; otherwise only the settings count.
///
/// It is made once for all requests that begin under the same settings. Settings hold a dozen references: a request that
/// copied them would spend more on counting these than on its key.
final class CachePolicy: Sendable {
    /// What to do about a request.
    enum Decision: Sendable, Equatable {
        /// Answer with the stored response.
        case serve(StoredResponse, isStale: Bool)
        /// Answer with the stored response, which is stale, and bring it up to date afterwards (RFC 5861 §3).
        case serveAndRefresh(StoredResponse)
        /// Ask the origin whether the stored response still holds.
        case revalidate(StoredResponse, CacheStatus.Forward)
        /// Ask the origin for what the stored part lacks.
        case complete(StoredResponse, CacheStatus.Forward)
        /// Ask the origin for the response.
        case fetch(CacheStatus.Forward)
        /// Answer with 504: the origin must not be asked, and nothing stored will do.
        case gatewayTimeout
    }

    let settings: CacheSettings
    /// The settings that keys and redaction depend on.
    let matching: RequestMatching

    /// Makes the policy of some settings.
    init(_ settings: CacheSettings) {
        self.settings = settings
        self.matching = RequestMatching(settings)
    }

    /// The key of a request.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    func key(of request: HTTPRequest, body: Data) throws(FSCacheError) -> CacheKey {
        if let keyFunction = settings.keyFunction { return keyFunction(request, body) }
        return try NormalizedRequest(request, body: body, matching: matching).key
    }

    /// The cache directives of a response that count; `nil` where none do.
    func directives(of fields: @autoclosure () -> HTTPFields) -> CacheControl? {
        settings.cacheControl ? CacheControl(ofResponse: fields(), isShared: settings.isShared) : nil
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
        if stored.isPartial, let decision = decideOnPart(terms, stored) { return decision }
        let directives = directives(of: stored.headerFields)
        let staleness = staleness(of: stored, terms, directives, now: now)
        let isUsable = staleness == nil && directives?.noCache != true

        if terms.onlyIfCached {
            if !terms.forceRefresh, !terms.refresh {
                if isUsable { return .serve(stored, isStale: false) }
                if acceptsStale(terms, staleness, directives) { return .serve(stored, isStale: true) }
            }
            // An expired entry stands in for the error that asking nobody amounts to.
            let isServed = allowsStaleIfError(terms, stored: stored, directives: directives, now: now)
            return isServed ? .serve(stored, isStale: staleness != nil) : .gatewayTimeout
        }
        if terms.forceRefresh { return .fetch(.request) }

        // What is served as it is has no need to be looked at for it.
        var canValidate: Bool { Validators.exist(in: stored.headers) }
        if terms.refresh { return canValidate ? .revalidate(stored, .request) : .fetch(.request) }
        if isUsable {
            let revalidates = terms.alwaysRevalidate && directives?.immutable != true && canValidate
            return revalidates ? .revalidate(stored, .request) : .serve(stored, isStale: false)
        }
        if acceptsStale(terms, staleness, directives) { return .serve(stored, isStale: true) }
        if allowsStaleWhileRevalidate(terms, stored, directives, now: now) { return .serveAndRefresh(stored) }
        // What is fresh in itself, and not fresh enough for this request, is asked for by the request.
        let isFresh = directives?.noCache == false && stored.expires.map { $0 > now } ?? true
        let reason: CacheStatus.Forward = isFresh ? .request : .stale
        return canValidate ? .revalidate(stored, reason) : .fetch(reason)
    }

    /// Whether the request takes a response as stale as this one (RFC 9111 §5.2.1.2), and nothing forbids it.
    private func acceptsStale(
        _ terms: RequestTerms,
        _ staleness: TimeInterval?,
        _ directives: CacheControl?
    ) -> Bool {
        guard let staleness, let maxStale = terms.maxStale, staleness <= TimeInterval(maxStale) else { return false }
        return directives?.forbidsStale(isShared: settings.isShared) != true
    }

    /// Whether a response that is stale may be served while it is brought up to date (RFC 5861 §3): only where the
    /// request asks for nothing newer itself.
    private func allowsStaleWhileRevalidate(
        _ terms: RequestTerms,
        _ stored: StoredResponse,
        _ directives: CacheControl?,
        now: Date
    ) -> Bool {
        guard let expires = stored.expires, expires <= now, terms.maxAge == nil, terms.minFresh == nil,
            directives?.forbidsStale(isShared: settings.isShared) != true
        else { return false }
        let staleness = now.timeIntervalSince(expires)
        if terms.staleWhileRevalidate.allows(staleFor: .seconds(staleness)) { return true }
        return directives?.staleWhileRevalidate.map { staleness <= TimeInterval($0) } ?? false
    }

    /// How long the response has been stale for this request, in seconds; `nil` while it is fresh.
    ///
    /// What is immutable is the same at any age while it is fresh: a request that wants it younger, such as that of a
    /// reload, gains nothing from the origin (RFC 8246 §2).
    private func staleness(
        of stored: StoredResponse,
        _ terms: RequestTerms,
        _ directives: CacheControl?,
        now: Date
    ) -> TimeInterval? {
        var remaining = stored.expires?.timeIntervalSince(now) ?? .infinity
        if let maxAge = terms.maxAge, directives?.immutable != true {
            remaining = min(remaining, TimeInterval(maxAge) - age(of: stored, at: now))
        }
        if let minFresh = terms.minFresh { remaining -= TimeInterval(minFresh) }
        return remaining > 0 ? nil : -remaining
    }

    /// The age of a stored response (RFC 9111 §4.2.3), in seconds.
    func age(of stored: StoredResponse, at now: Date) -> TimeInterval {
        Freshness(stored.headerFields, requestedAt: stored.requestedAt, receivedAt: stored.receivedAt).age(at: now)
    }
}

extension CachePolicy {
    /// What keeps a request from being answered by the origin.
    enum Failure: Sendable, Equatable {
        /// There is no response at all.
        case unreachable
        /// There is a response that tells of an error.
        case status(Int)
    }

    /// Whether a stored response may stand for a failure of the origin or on the way to it (RFC 9111 §4.2.4,
    /// RFC 5861 §4).
    ///
    /// - Parameters:
    ///   - terms: What the request asks of the cache.
    ///   - stored: The stored response.
    ///   - failure: The failure.
    ///   - now: The time.
    /// - Returns: Whether it may be used.
    func allowsStaleIfError(
        _ terms: RequestTerms,
        stored: StoredResponse,
        on failure: Failure = .unreachable,
        now: Date
    ) -> Bool {
        guard mayUse(stored, for: terms) else { return false }
        let directives = directives(of: stored.headerFields)
        if failure == .unreachable, allowsDisconnected(terms, directives) { return true }
        return allowsStaleIfError(terms, stored: stored, directives: directives, on: failure, now: now)
    }

    /// Whether a cache that can't reach the origin may serve what it has: where the caller left that to the response,
    /// which does not forbid it, and did not ask for a validation (RFC 9111 §4.2.4).
    private func allowsDisconnected(_ terms: RequestTerms, _ directives: CacheControl?) -> Bool {
        guard let directives, terms.staleIfError == .asResponseAllows, !terms.refresh, !terms.forceRefresh else {
            return false
        }
        return !directives.forbidsStale(isShared: settings.isShared)
    }

    private func allowsStaleIfError(
        _ terms: RequestTerms,
        stored: StoredResponse,
        directives: CacheControl?,
        on failure: Failure = .unreachable,
        now: Date
    ) -> Bool {
        if directives?.forbidsStale(isShared: settings.isShared) == true { return false }
        let staleness = stored.expires.map { max(0, now.timeIntervalSince($0)) } ?? 0
        if terms.staleIfError.allows(staleFor: .seconds(staleness)), isFailure(failure) { return true }
        guard let directives, isServerError(failure) else { return false }
        let allowed = max(directives.staleIfError ?? -1, terms.requestedStaleIfError ?? -1)
        return staleness <= TimeInterval(allowed)
    }

    /// Whether the settings count a response as a failure: an error that isn't stored on purpose.
    private func isFailure(_ failure: Failure) -> Bool {
        guard case .status(let code) = failure else { return true }
        return code >= 400 && !settings.allowableCodes.contains(code)
    }

    /// Whether `stale-if-error` counts a response as an error (RFC 5861 §4).
    private func isServerError(_ failure: Failure) -> Bool {
        guard case .status(let code) = failure else { return true }
        return [500, 502, 503, 504].contains(code) || isFailure(failure)
    }
}
