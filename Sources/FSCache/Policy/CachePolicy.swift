internal import Foundation
internal import HTTPTypes

/// Decides whether a stored response answers a request, and whether the origin's answer is stored (RFC 9111).
///
/// It is pure: it takes values and returns values, without I/O or a clock. The header fields of responses count only if
/// ``CacheSettings/cacheControl`` is on.
///
/// One policy serves all requests that begin with the same settings. Settings hold a dozen references, and retaining
/// them for each request would cost more than computing its key.
final class CachePolicy: Sendable {
    /// How a request is answered.
    enum Decision: Sendable {
        /// With the stored response.
        case serve(StoredResponse, isStale: Bool)
        /// With the stored response, which is stale and is refreshed afterwards (RFC 5861 §3).
        indirect case serveAndRefresh(StoredResponse, Plan)
        /// By the origin.
        // A plan is large, and most requests need none.
        indirect case forward(Plan)
        /// With 504: the origin must not be asked, and no stored response is usable.
        case gatewayTimeout
    }

    let settings: CacheSettings
    /// The settings that keys and redaction depend on.
    let matching: RequestMatching
    /// The methods that are cached.
    // Not a set, because comparing a few takes less time than hashing one.
    let allowableMethods: [HTTPRequest.Method]

    /// Makes the policy for some settings.
    init(_ settings: CacheSettings) {
        self.settings = settings
        self.matching = RequestMatching(settings)
        self.allowableMethods = Array(settings.allowableMethods)
    }

    /// The key of a request.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL``.
    func key(of request: HTTPRequest, body: Data) throws(FSCacheError) -> CacheKey {
        if let keyFunction = settings.keyFunction { return keyFunction(request, body) }
        return try NormalizedRequest(request, body: body, matching: matching).key
    }

    /// The digits with which the keys of all responses for the method and URL of a request begin; `nil` if a function of the
    /// user makes the keys.
    func keyPrefix(of request: HTTPRequest) throws(FSCacheError) -> String? {
        guard settings.keyFunction == nil else { return nil }
        let key = try NormalizedRequest(request, body: Data(), matching: matching).key
        return String(key.description.prefix(CacheKey.targetDigits))
    }

    /// The request as it is sent: what is keyed is what is sent, unless the cache stays out of it.
    func wireForm(of plan: Plan) throws(FSCacheError) -> HTTPRequest {
        guard plan.key != nil, settings.keyFunction == nil else { return plan.request }
        return try URLNormalizer.wireForm(of: plan.request, matching)
    }

    /// The cache directives of a response; `nil` if the settings don't let them count.
    func directives(of fields: @autoclosure () -> HTTPFields) -> CacheControl? {
        settings.cacheControl
            ? CacheControl(ofResponse: fields(), isTargeted: settings.isShared && settings.usesCDNCacheControl) : nil
    }

    /// Decides how a request is answered (RFC 9111 §4).
    ///
    /// - Parameters:
    ///   - terms: What the request asks of the cache. It doesn't bypass the cache.
    ///   - lookup: The result of looking it up in the store.
    ///   - now: The time.
    /// - Returns: The decision.
    func decide(_ terms: RequestTerms, _ lookup: Lookup, now: Date) -> Decision {
        func fetch(_ reason: CacheStatus.Forward) -> Decision { .forward(plan(.fetch, terms, lookup, reason)) }
        func validate(_ reason: CacheStatus.Forward) -> Decision { .forward(plan(.validate, terms, lookup, reason)) }

        guard let stored = lookup.stored else {
            if terms.onlyIfCached { return .gatewayTimeout }
            guard lookup.primary != nil else { return fetch(.uriMiss) }
            return mayOffer(lookup.primary, terms)
                ? .forward(plan(.choose, terms, lookup, .varyMiss)) : fetch(.varyMiss)
        }
        guard mayUse(stored, for: terms) else {
            if terms.onlyIfCached { return .gatewayTimeout }
            if terms.forceRefresh { return fetch(.request) }
            return canComplete(stored, for: terms)
                ? .forward(plan(.complete, terms, lookup, .partial)) : fetch(.partial)
        }
        let directives = directives(of: stored.headerFields)
        let staleness = staleness(of: stored, terms, directives, now: now)
        let isUsable = staleness == nil && directives?.noCache != true

        if terms.onlyIfCached {
            if !terms.forceRefresh, !terms.refresh {
                if isUsable { return .serve(stored, isStale: false) }
                if acceptsStale(terms, staleness, directives) { return .serve(stored, isStale: true) }
            }
            // Not being allowed to ask the origin counts as an error, so an expired response may be served.
            let isServed = allowsStaleIfError(terms, stored: stored, directives: directives, now: now)
            return isServed ? .serve(stored, isStale: staleness != nil) : .gatewayTimeout
        }
        if terms.forceRefresh { return fetch(.request) }

        // Computed only when needed, so a hit doesn't pay for it.
        var canValidate: Bool { Validators.exist(in: stored.headers) }
        if terms.refresh { return canValidate ? validate(.request) : fetch(.request) }
        if isUsable {
            let revalidates = terms.alwaysRevalidate && directives?.immutable != true && canValidate
            return revalidates ? validate(.request) : .serve(stored, isStale: false)
        }
        if acceptsStale(terms, staleness, directives) { return .serve(stored, isStale: true) }
        if allowsStaleWhileRevalidate(terms, stored, directives, now: now) {
            let purpose = canValidate ? Plan.Purpose.validate : .fetch
            return .serveAndRefresh(stored, plan(purpose, terms.refreshing(stored), lookup, .stale))
        }
        // If the response is fresh by its own fields, the request demands a fresher one.
        let isFresh = directives?.noCache == false && stored.expires.map { $0 > now } ?? true
        let reason: CacheStatus.Forward = isFresh ? .request : .stale
        return canValidate ? validate(reason) : fetch(reason)
    }

    /// The plan for a request that bypasses the cache.
    func planBypass(_ bypass: RequestTerms.Bypass, _ terms: RequestTerms) -> Plan {
        Plan(
            purpose: .bypass(bypass),
            terms: terms,
            request: terms.request,
            reason: bypass == .method ? .method : .bypass
        )
    }

    private func plan(
        _ purpose: Plan.Purpose,
        _ terms: RequestTerms,
        _ lookup: Lookup,
        _ reason: CacheStatus.Forward
    ) -> Plan {
        var plan = Plan(
            purpose: purpose,
            terms: terms,
            request: terms.request,
            key: lookup.key,
            primary: lookup.primary,
            stored: lookup.stored,
            reason: reason
        )
        switch purpose {
        case .bypass, .fetch: break
        case .choose:
            plan.request.headerFields[.ifNoneMatch] = lookup.primary?.response.headerFields[.eTag]
        case .validate:
            plan.request = terms.request(for: lookup.stored)
            plan.answersConditions = true
            if let fields = lookup.stored?.headerFields {
                Validators.makeConditional(&plan.request.headerFields, with: fields)
            }
        case .complete:
            plan.request = terms.completeRequest
            plan.answersConditions = true
            if let fields = lookup.stored.flatMap(fieldsForRest) {
                plan.request.headerFields.append(contentsOf: fields)
            }
        }
        return plan
    }

    /// Whether another variant may be offered to the origin, by its strong entity tag, to choose it for this request as well
    /// (RFC 9111 §4.1, §4.3.1).
    private func mayOffer(_ primary: Lookup.Primary?, _ terms: RequestTerms) -> Bool {
        guard let response = primary?.response, settings.cacheControl, terms.conditions == nil, !terms.forceRefresh,
            !terms.refresh, !response.isPartial
        else { return false }
        return EntityTag(of: response.headerFields)?.isStrong == true
    }

    /// Which of two lookups answers a `HEAD` request: its own, or the newer response to `GET` (RFC 9111 §4).
    func prefer(_ own: Lookup, or get: Lookup, for terms: RequestTerms, now: Date) -> Lookup {
        func isServed(_ lookup: Lookup) -> Bool {
            guard case .serve = decide(terms, lookup, now: now) else { return false }
            return true
        }
        guard let stored = get.stored, isServed(get) else { return own }
        if let ownStored = own.stored, isServed(own), ownStored.receivedAt > stored.receivedAt { return own }
        return get
    }

    /// Whether the request accepts a response that is this stale (RFC 9111 §5.2.1.2), and nothing forbids it.
    private func acceptsStale(
        _ terms: RequestTerms,
        _ staleness: TimeInterval?,
        _ directives: CacheControl?
    ) -> Bool {
        guard let staleness, let maxStale = terms.maxStale, staleness <= TimeInterval(maxStale) else { return false }
        return directives?.forbidsStale(isShared: settings.isShared) != true
    }

    /// Whether a stale response may be served while it is refreshed (RFC 5861 §3): only if the request demands no newer
    /// one.
    private func allowsStaleWhileRevalidate(
        _ terms: RequestTerms,
        _ stored: StoredResponse,
        _ directives: CacheControl?,
        now: Date
    ) -> Bool {
        guard let expires = stored.expires, expires <= now, terms.maxAge == nil, terms.minFresh == nil,
            terms.staleWhileRevalidate != .never, directives?.forbidsStale(isShared: settings.isShared) != true
        else { return false }
        let staleness = now.timeIntervalSince(expires)
        if terms.staleWhileRevalidate.allows(staleFor: .seconds(staleness)) { return true }
        return directives?.staleWhileRevalidate.map { staleness <= TimeInterval($0) } ?? false
    }

    /// How long the response has been stale for this request, in seconds; `nil` while it is fresh.
    ///
    /// An immutable response doesn't change while it is fresh, so a request for a younger one, such as a reload, is
    /// answered with it (RFC 8246 §2).
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
    /// Why the origin gave no usable response.
    enum Failure: Sendable, Equatable {
        /// The origin did not answer.
        case unreachable
        /// The response has an error status.
        case status(Int)
    }

    /// Whether a stored response may be served when the origin fails or can't be reached (RFC 9111 §4.2.4, RFC 5861
    /// §4).
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

    /// Whether a cache that can't reach the origin may serve a stale response (RFC 9111 §4.2.4): if the caller leaves
    /// that to the response and demands no validation, and the response doesn't forbid it.
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
        if terms.staleIfError == .never || directives?.forbidsStale(isShared: settings.isShared) == true {
            return false
        }
        let staleness = stored.expires.map { max(0, now.timeIntervalSince($0)) } ?? 0
        if terms.staleIfError.allows(staleFor: .seconds(staleness)), isFailure(failure) { return true }
        guard let directives, isServerError(failure) else { return false }
        let allowed = max(directives.staleIfError ?? -1, terms.requestedStaleIfError ?? -1)
        return staleness <= TimeInterval(allowed)
    }

    /// Whether the settings count this as a failure.
    private func isFailure(_ failure: Failure) -> Bool {
        guard case .status(let code) = failure else { return true }
        return settings.staleIfErrorCodes.contains(code)
    }

    /// Whether `stale-if-error` applies to this failure (RFC 5861 §4).
    private func isServerError(_ failure: Failure) -> Bool {
        guard case .status(let code) = failure else { return true }
        return [500, 502, 503, 504].contains(code)
    }
}
