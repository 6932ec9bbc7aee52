#if Proxy
package import FSCache
import HTTPTypes

/// When a proxy asks the origin.
package enum ProxyMode: String, Sendable {
    /// If the caching rules require it.
    case normal
    /// For each request, and every response is stored, to make a fixture cache.
    case record
    /// Never. Stored responses are served regardless of their age, to replay a fixture cache.
    case replay
    /// Never. Stored responses are served if the caching rules allow it.
    case offline

    /// Whether the origin is ever asked.
    package var asksOrigin: Bool { self == .normal || self == .record }

    /// Whether the caching rules are ignored.
    var isFixture: Bool { self == .record || self == .replay }

    /// The settings of the mode.
    ///
    /// - Parameter isShared: Whether the cache serves more than one user.
    /// - Returns: The settings.
    package func settings(isShared: Bool) -> CacheSettings {
        var settings = isFixture ? CacheSettings() : CacheSettings.rfc9111(isShared: isShared)
        settings.followsRedirects = false
        // A proxy forwards the target as it came, so that is what is keyed.
        settings.urlMatching = .verbatim
        settings.isReadOnly = !asksOrigin
        settings.memoryByteLimit = 8 << 20
        if isFixture {
            settings.credentials = .ignored
            settings.allowableCodes = Set(200...999)
            settings.allowableMethods = Self.fixtureMethods
            settings.invalidatesAfterUnsafeMethods = false
        } else {
            // Every client may send as much at the same time, and a GET request hardly ever has content.
            settings.keyedContentByteLimit = 1 << 20
            settings.collapsesAcrossProcesses = true
        }
        return settings
    }

    /// The options of each request.
    var options: RequestOptions {
        switch self {
        case .normal, .offline: RequestOptions()
        case .record: RequestOptions(forceRefresh: true, finishesInBackground: true)
        case .replay: RequestOptions(onlyIfCached: true, staleIfError: .always)
        }
    }

    /// Removes the fields that would prevent recording a complete response, or answering the request with a recorded
    /// one.
    func prepare(_ fields: inout HTTPFields) {
        guard isFixture else { return }
        for name in Self.fixtureFields { fields[name] = nil }
    }

    private static let fixtureFields: [HTTPField.Name] = [
        .cacheControl, .pragma, .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange, .ifUnmodifiedSince, .range,
    ]

    /// All methods that the parser knows, except `CONNECT` and `TRACE`.
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
