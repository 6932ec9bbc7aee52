#if Proxy
package import FSCache
import HTTPTypes

/// What a proxy does about its origin.
package enum ProxyMode: String, Sendable {
    /// Asks it where the rules of caching say so.
    case normal
    /// Asks it each time, and stores what it says, whatever that is: to make a fixture cache.
    case record
    /// Never asks it; serves what is stored, however old: from a fixture cache.
    case replay
    /// Never asks it; serves what is fresh, or may be served stale by the rules of caching.
    case offline

    /// Whether the origin is asked at all.
    package var asksOrigin: Bool { self == .normal || self == .record }

    /// Whether the rules of caching count for nothing.
    var isFixture: Bool { self == .record || self == .replay }

    /// The settings that the mode takes.
    ///
    /// - Parameter isShared: Whether the cache answers more than one user.
    /// - Returns: The settings, to use or to change.
    package func settings(isShared: Bool) -> CacheSettings {
        var settings = isFixture ? CacheSettings() : CacheSettings.standard(isShared: isShared)
        settings.followsRedirects = false
        settings.isReadOnly = !asksOrigin
        settings.memoryByteLimit = 8 << 20
        if isFixture {
            settings.allowableCodes = Set(200...999)
            settings.allowableMethods = Self.fixtureMethods
            settings.invalidatesAfterUnsafeMethods = false
        }
        return settings
    }

    /// What is different for each request.
    var options: RequestOptions {
        switch self {
        case .normal, .offline: RequestOptions()
        case .record: RequestOptions(forceRefresh: true, finishesInBackground: true)
        case .replay: RequestOptions(onlyIfCached: true, staleIfError: .always)
        }
    }

    /// Takes off a request what would keep it from being recorded whole, or from being answered by a recording.
    func prepare(_ fields: inout HTTPFields) {
        guard isFixture else { return }
        for name in Self.fixtureFields { fields[name] = nil }
    }

    private static let fixtureFields: [HTTPField.Name] = [
        .cacheControl, .pragma, .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange, .ifUnmodifiedSince, .range,
    ]

    /// All methods that the parser knows, but for `CONNECT` and `TRACE`.
    private static let fixtureMethods = Set(
        [
            "ACL", "BIND", "CHECKOUT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "M-SEARCH", "MERGE",
            "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH",
            "PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK",
            "UNSUBSCRIBE",
        ].compactMap { HTTPRequest.Method($0) }
    )
}
#endif
