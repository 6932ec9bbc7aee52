import FSCache
import FSCacheFixtures
import Foundation
import HTTPTypes
import TestSupport

/// A directory of a fixture, and sessions that record to it and replay it.
struct FixtureUnderTest {
    let scratch: ScratchDirectory
    var settings: FixtureSettings

    init(_ settings: FixtureSettings = FixtureSettings()) throws {
        scratch = try ScratchDirectory()
        self.settings = settings
    }

    var path: String { scratch("Recorded") }

    /// The paths of the recorded files.
    func files() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try scratch.contents(of: "Recorded").filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }
    }

    /// The contents of the recorded files by path.
    func contents() throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: files().map { ($0, try scratch.read("Recorded/\($0)")) })
    }

    /// A transport for one test.
    func transport(
        _ mode: FixtureMode,
        over layers: [String] = [],
        network: any HTTPTransport = OfflineTransport()
    ) throws -> FixtureTransport {
        func make(_ network: some HTTPTransport) throws -> FixtureTransport {
            try FixtureTransport(path, over: layers, mode: mode, settings: settings, network: network)
        }
        return try make(network)
    }

    /// Records what a closure does.
    @discardableResult
    func record<Result>(
        _ mode: FixtureMode = .once,
        from network: any HTTPTransport,
        isPassed: Bool = true,
        _ run: (CachedSession) async throws -> Result
    ) async throws -> Result {
        let transport = try transport(mode, network: network)
        let result = try await run(CachedSession(uncached: transport))
        try transport.finish(isPassed: isPassed)
        return result
    }

    /// Replays what a closure does.
    func replay<Result>(_ run: (CachedSession) async throws -> Result) async throws -> Result {
        try await run(CachedSession(uncached: try transport(.replay)))
    }
}

extension CachedSession {
    /// A session that sends every request.
    convenience init(uncached transport: some HTTPTransport) {
        let settings = CacheSettings(allowableMethods: [])
        self.init(cache: ResponseCache(backend: MemoryBackend(), settings: settings), transport: transport)
    }
}
