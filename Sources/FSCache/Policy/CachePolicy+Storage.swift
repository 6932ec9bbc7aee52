internal import Foundation
internal import HTTPTypes

extension CachePolicy {
    /// Why a response is not stored.
    enum Refusal: String, Sendable {
        case readOnly = "the session is read-only"
        case status = "its status is not among the allowable codes"
        case partial = "it answers a condition or a range of the request"
        case unknownPart = "it is a part, and its fields do not say for certain which"
        case moreIsStored = "more of it is stored already"
        case notUnderstood = "its Cache-Control says must-understand, and its status is unknown"
        case noStore = "its Cache-Control says no-store"
        case isPrivate = "its Cache-Control says private, and the cache is shared"
        case authorization = "the request had credentials, and the cache is shared"
        case setCookie = "it sets a cookie, and says neither that it is public nor that it is fresh"
        case secretLocation = "its Location holds a credential"
        case temporaryRedirect = "it is a temporary redirect, and nothing says how long it holds"
        case noFreshness = "it has no freshness lifetime, and nothing allows caching it"
        case varyAny = "its Vary is *, which matches no request"
        case noValidator = "it has no validator and expires immediately"
        case filtered = "it was rejected by the filter"
    }

    /// Whether a response is stored.
    enum Storage: Sendable, Equatable {
        /// Store it, to become stale at some time, or never.
        case store(expires: Date?)
        /// Don't store it.
        case refuse(Refusal)
    }

    /// Decides whether a response is stored, and when it becomes stale (RFC 9111 §3, §4.2.1).
    ///
    /// A redirect that the session follows is stored too, regardless of the allowable codes.
    ///
    /// - Parameters:
    ///   - response: A new response, or an updated stored one.
    ///   - terms: What the request asks of the cache.
    ///   - byteCount: How many octets were received, if that is known.
    /// - Returns: Whether it is stored, and until when it is fresh, or why not.
    func storage(of response: StoredResponse, _ terms: RequestTerms, byteCount: Int?) -> Storage {
        if settings.isReadOnly { return .refuse(.readOnly) }
        let code = response.status.code
        // A 304 has no content, and a part is allowed if the complete response would be.
        let isAllowable = code == 206 ? settings.cacheControl && allows(200) : allows(code)
        let isRedirect = Redirect.isOne(response.status, response.headerFields)
        guard code != 304, (isRedirect && terms.followsRedirects) || isAllowable else { return .refuse(.status) }
        if response.headers.contains(.location),
            response.headerFields[values: .location].contains(where: matching.holdsSecret)
        {
            return .refuse(.secretLocation)
        }
        if code == 206, !isKnownPart(response, byteCount: byteCount, terms) { return .refuse(.unknownPart) }
        // These two may be about the conditions of the request rather than about the resource.
        if terms.conditions != nil, code == 412 || code == 416 { return .refuse(.partial) }
        if VaryNames(response.headerFields)?.isUnlimited == true { return .refuse(.varyAny) }
        guard let directives = directives(of: response.headerFields) else {
            if settings.isShared, let refusal = refusalOfSharing(response, CacheControl(response.headerFields), terms) {
                return .refuse(refusal)
            }
            guard isRedirect, ![301, 308].contains(code), terms.isDefaultExpiration, settings.expireAfter == .never
            else {
                return storage(of: response, expires: nil, terms)
            }
            // "Never" is not meant for them: they lead elsewhere tomorrow (RFC 9110 §15.4.3).
            let own = freshness(of: response, CacheControl(response.headerFields)).explicitExpiry
            return own.map { storage(of: response, expires: $0, terms) } ?? .refuse(.temporaryRedirect)
        }
        if let refusal = refusal(of: response, directives, terms) { return .refuse(refusal) }

        let freshness = freshness(of: response, directives)
        let expires: Date?
        if directives.noCache {
            expires = freshness.expiry(lifetime: 0)
        } else {
            let isCacheable = isHeuristicallyCacheable(response.status, directives)
            let isGuessed = settings.usesHeuristicFreshness && terms.isDefaultExpiration && isCacheable
            let own = freshness.explicitExpiry ?? (isGuessed ? freshness.heuristicExpiry : nil)
            // Without any lifetime, a response is kept only for its validator, and only if it may be cached by default.
            if own == nil, terms.expiration.isImmediate, !isCacheable { return .refuse(.noFreshness) }
            expires = own ?? (terms.expiration.isImmediate ? freshness.expiry(lifetime: 0) : nil)
        }
        let window = max(directives.staleWhileRevalidate ?? 0, directives.staleIfError ?? 0)
        return storage(
            of: response,
            expires: expires,
            terms,
            isUsefulWhenStale: window > 0 && !directives.forbidsStale(isShared: settings.isShared)
        )
    }

    private func allows(_ code: Int) -> Bool { settings.allowableCodes.contains(code) }

    /// Whether a response states that it is fresh (RFC 9110 §9.3.3).
    func isExplicitlyFresh(_ response: StoredResponse) -> Bool {
        directives(of: response.headerFields).map { isFresh(response, $0) } ?? false
    }

    private func isFresh(_ response: StoredResponse, _ directives: CacheControl) -> Bool {
        guard !directives.noCache else { return false }
        return freshness(of: response, directives).explicitExpiry.map { $0 > response.receivedAt } ?? false
    }

    private func freshness(of response: StoredResponse, _ directives: CacheControl) -> Freshness {
        Freshness(
            response.headerFields,
            directives: directives,
            isShared: settings.isShared,
            requestedAt: response.requestedAt,
            receivedAt: response.receivedAt
        )
    }

    /// Stores a response until it expires, by its own fields or else by the request's terms.
    ///
    /// A response that is stale at once is stored only if it can be validated or may be used stale.
    private func storage(
        of response: StoredResponse,
        expires: Date?,
        _ terms: RequestTerms,
        isUsefulWhenStale: Bool = false
    ) -> Storage {
        let isImmediate = expires.map { $0 <= response.receivedAt } ?? terms.expiration.isImmediate
        if isImmediate, !isUsefulWhenStale, !Validators.exist(in: response.headers) {
            return .refuse(.noValidator)
        }
        return .store(expires: expires ?? terms.expiration.date(from: response.receivedAt))
    }

    /// Why directives keep a response from being stored, if they do (RFC 9111 §3, §5.2.2).
    private func refusal(of response: StoredResponse, _ directives: CacheControl, _ terms: RequestTerms) -> Refusal? {
        if directives.mustUnderstand {
            // It comes with a no-store for caches that don't know it, which doesn't count here (§5.2.2.3).
            guard Self.understoodCodes.contains(response.status.code) else { return .notUnderstood }
        } else if directives.noStore {
            return .noStore
        }
        return settings.isShared ? refusalOfSharing(response, directives, terms) : nil
    }

    /// Why a response must not be given to several users, if it must not (RFC 9111 §3.5, §5.2.2.7).
    private func refusalOfSharing(
        _ response: StoredResponse,
        _ directives: CacheControl,
        _ terms: RequestTerms
    ) -> Refusal? {
        if directives.isPrivate { return .isPrivate }
        if terms.isAuthorized, !directives.allowsSharing, !directives.mustRevalidate { return .authorization }
        // A cookie identifies a user (RFC 9111 §7.3), so it is for others only if the response is fresh for them.
        guard response.headers.contains(.setCookie), !directives.isPublic, !isFresh(response, directives) else {
            return nil
        }
        return .setCookie
    }

    /// Whether a response without a freshness lifetime may still be cached (RFC 9111 §3, RFC 9110 §15.1).
    private func isHeuristicallyCacheable(_ status: HTTPResponse.Status, _ directives: CacheControl) -> Bool {
        directives.isPublic || (directives.isPrivate && !settings.isShared)
            || Self.heuristicallyCacheableCodes.contains(status.code)
    }

    private static let heuristicallyCacheableCodes: Set<Int> = [
        200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
    ]

    /// The final status codes of RFC 9110 §15, apart from 304, which is never stored.
    private static let understoodCodes: Set<Int> = [
        200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407,
        408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
    ]
}
