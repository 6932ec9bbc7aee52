#if Proxy
package import FSCache
package import FSCacheFixtures
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

    /// The settings of the session.
    ///
    /// - Parameter isShared: Whether the cache serves more than one user.
    /// - Returns: The settings.
    package func settings(isShared: Bool) -> CacheSettings {
        var settings = isFixture ? CacheSettings(allowableMethods: []) : CacheSettings.rfc9111(isShared: isShared)
        settings.followsRedirects = false
        // A proxy forwards the target as it came, so that is what is keyed.
        settings.urlMatching = .verbatim
        settings.isReadOnly = !asksOrigin
        guard !isFixture else { return settings }
        settings.memoryByteLimit = 8 << 20
        // Every client may send as much at the same time, and a GET request hardly ever has content.
        settings.keyedContentByteLimit = 1 << 20
        settings.collapsesAcrossProcesses = true
        return settings
    }

    /// Makes the session of a mode that records or replays.
    ///
    /// - Parameters:
    ///   - directory: The directory of the fixture.
    ///   - settings: What is recorded, and how requests find it.
    ///   - network: The transport to the origin.
    /// - Returns: A session whose transport is the fixture.
    /// - Throws: ``FSCacheError/Code/invalidSetting``.
    package func fixtureSession(
        _ directory: String,
        _ settings: FixtureSettings,
        network: some HTTPTransport
    ) throws(FSCacheError) -> CachedSession {
        var fixture = settings
        fixture.urlMatching = .verbatim
        var settings = self.settings(isShared: false)
        settings.ignoredParameters = fixture.ignoredParameters
        let cache = ResponseCache(backend: MemoryBackend(), settings: settings)
        let transport = try FixtureTransport(
            [FixtureDirectory(directory)],
            mode: self == .record ? .rewrite : .replay,
            settings: fixture,
            network: network,
            advice: "To record it, run the proxy with --record in place of --replay, and repeat the request.",
            isProgram: true
        )
        return CachedSession(cache: cache, transport: transport)
    }

    /// How the proxy has handled a request whose response comes from a fixture, or is added to it.
    var status: CacheStatus? {
        switch self {
        case .record: CacheStatus(forward: .request, isStored: true)
        case .replay: CacheStatus()
        case .normal, .offline: nil
        }
    }

    /// The same for the access log.
    var outcome: String? {
        switch self {
        case .record: "recorded"
        case .replay: "replayed"
        case .normal, .offline: nil
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
}
#endif
