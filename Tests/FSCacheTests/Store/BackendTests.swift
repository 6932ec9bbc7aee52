import FSCacheTesting
import Foundation
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import FSCache

/// The backends under test: the built-in ones, and the one in the documentation.
enum BackendUnderTest: CaseIterable {
    case dictionary
    case memory
    /// Memory with a writer that gathers entries, as for backends that can't stream.
    case gathering
    case filesystem
    /// On a system that can't resolve a path without links in one call.
    case filesystemByComponents
    /// With every write forced to the disk.
    case filesystemSynchronized
    /// With limits, and therefore with an evictor.
    case filesystemBounded

    func withBackend(_ body: (any CacheBackend) async throws -> Void) async throws {
        let scratch = try ScratchDirectory()
        var settings = FilesystemSettings(rootPath: scratch("cache"), preferredExtension: try .init("cbor").required)
        switch self {
        case .dictionary: return try await body(DictionaryBackend())
        case .memory: return try await body(MemoryBackend())
        case .gathering: return try await body(GatheringBackend())
        case .filesystem: break
        case .filesystemByComponents: settings.mayResolvePathsInOneCall = false
        case .filesystemSynchronized: settings.synchronizes = true
        case .filesystemBounded: settings.limits = StoreLimits(maxCacheBytes: 1 << 30, maxEntries: 100_000)
        }
        let backend = try FilesystemBackend(settings: settings)
        try await body(backend)
        await backend.close()
        let strays = try scratch.temporaries()
        #expect(strays.isEmpty)
    }
}

extension Optional {
    /// The value, or a failure of the test.
    var required: Wrapped {
        get throws { try #require(self) }
    }
}

@Suite("Backends")
struct BackendTests {
    @Test(
        "Every backend meets every requirement",
        arguments: BackendRequirement.all,
        [BackendUnderTest.dictionary, .memory, .gathering, .filesystem, .filesystemByComponents]
    )
    func meets(_ requirement: BackendRequirement, _ backend: BackendUnderTest) async throws {
        try await backend.withBackend(requirement.verify)
    }

    @Test("Synchronized writes store equal entries", arguments: BackendRequirement.replacing)
    func synchronizes(_ requirement: BackendRequirement) async throws {
        try await BackendUnderTest.filesystemSynchronized.withBackend(requirement.verify)
    }

    @Test(
        "A cache finds the refinements of its backend",
        arguments: [BackendUnderTest.dictionary, .memory, .filesystem]
    )
    func findsRefinements(_ kind: BackendUnderTest) async throws {
        try await kind.withBackend { backend in
            let capabilities = ResponseCache(backend: backend).capabilities
            #expect((capabilities.immediate != nil) == (kind != .dictionary))
            #expect((capabilities.streaming != nil) == (kind == .filesystem))
            #expect((capabilities.quarantining != nil) == (kind != .dictionary))
        }
    }

    @Test("A backend without refinements is cleared by removing each entry")
    func removesAllByListing() async throws {
        let cache = ResponseCache(backend: DictionaryBackend())
        for number in 0..<5 {
            try await cache.backend.write(
                BackendRequirement.entry("\(number)"),
                for: BackendRequirement.key("\(number)")
            )
        }
        try await cache.clear()
        try await #expect(BackendRequirement.listings(cache.backend).isEmpty)
    }

    @Test("In a backend that can't set entries aside, an undecodable entry is a logged miss until it is replaced")
    func missesWithoutSettingAside() async throws {
        let log = LogRecorder(.warning)
        let cache = ResponseCache(backend: DictionaryBackend(), logger: log.logger)
        let session = CachedSession(
            cache: cache,
            transport: ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        )
        let url = "https://example.com/items"
        let key = try cache.key(for: HTTPRequest(url: url))
        try await cache.backend.write(BackendRequirement.entry("garbage", "cbor"), for: key)
        for _ in 0..<2 { await #expect(cache.response(for: key) == nil) }
        #expect(cache.counts.undecodableEntries == 2 && log.lines.count == 2)
        try await #expect(BackendRequirement.listings(cache.backend).map(\.isSetAside) == [false])
        for isFromCache in [false, true] { #expect(try await session.get(url).isFromCache == isFromCache) }
    }

    @Test("A hit on a second variant reads the first one once, and the second one once")
    func readsEachVariantOnce() async throws {
        let scratch = try ScratchDirectory()
        let backend = AgedBackend(try FilesystemBackend(root: .path(scratch("cache"))))
        let transport = ScriptedTransport { TransportResponse(200, [.vary: "Accept"], body: "\($0.ordinal)") }
        let session = CachedSession(cache: ResponseCache(backend: backend), transport: transport)
        func get(_ accept: String) async throws -> (text: String, readCount: Int) {
            let before = backend.readCount
            let response = try await session.get("https://example.com/items", headers: [.accept: accept])
            return (response.text(), backend.readCount - before)
        }
        for accept in ["text/html", "text/plain"] { _ = try await get(accept) }
        #expect(try await get("text/html") == ("1", 1))
        #expect(try await get("text/plain") == ("2", 2))
    }

    @Test("With a backend that identifies its entries, hits come from memory until an entry is replaced")
    func remembersByVersion() async throws {
        let backend = MemoryBackend()
        var settings = CacheSettings()
        settings.memoryByteLimit = 1 << 20
        let cache = ResponseCache(backend: backend, settings: settings)
        let session = CachedSession(
            cache: cache,
            transport: ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        )
        let url = "https://example.com/items"
        for _ in 0..<3 { #expect(try await session.get(url).text() == "1") }
        #expect(cache.memoryTier.byteCount > 0)
        #expect(try await session.get(url, options: RequestOptions(forceRefresh: true)).text() == "2")
        for _ in 0..<2 { #expect(try await session.get(url).text() == "2") }
        try await cache.clear()
        #expect(try await session.get(url).text() == "3")
    }

    @Test("A backend is told when each entry expires, written whole and in pieces", arguments: [60.0, nil])
    func tellsExpiry(lifetime: Double?) async throws {
        let clock = TestClock()
        let expires = lifetime.map { clock.now + $0 }
        for backend in [MemoryBackend(), GatheringBackend()] as [any CacheBackend] {
            let cache = ResponseCache(
                backend: backend,
                settings: CacheSettings(expireAfter: lifetime.map { .seconds($0) } ?? .never)
            )
            let session = CachedSession(
                cache: cache,
                transport: ScriptedTransport { _ in TransportResponse(body: "text") },
                now: clock.source
            )
            let request = try HTTPRequest(url: "https://example.com/items")
            _ = try await session.stream(request).body.collect()
            let key = try cache.key(for: request)
            let entry = try #require(try await backend.read(key))
            #expect(entry.expires == expires)
        }
    }

    @Test("Without a backend that streams, a large body is gathered in memory and stored")
    func streamsIntoMemory() async throws {
        let body = String(repeating: "a", count: 1_000_000)
        let cache = ResponseCache(backend: DictionaryBackend())
        let session = CachedSession(cache: cache, transport: ScriptedTransport { _ in TransportResponse(body: body) })
        for isFromCache in [false, true] {
            let response = try await session.stream(HTTPRequest(url: "https://example.com/large"))
            #expect(try await response.body.collect() == Data(body.utf8))
            #expect(response.head.isFromCache == isFromCache)
        }
    }
}

/// Streams like a cache with a backend that can't.
private struct GatheringBackend: StreamingBackend {
    private let memory = MemoryBackend()

    func open(_ key: CacheKey) async throws -> (any EntryReader)? { try await memory.read(key) }
    func makeWriter(for key: CacheKey, fileExtension: String, expires: Date?) async throws -> any EntryWriter {
        _ = try memory.readNow(key)
        return GatheringEntryWriter(memory, key, fileExtension, expires: expires)
    }
    func read(_ key: CacheKey) async throws -> EncodedEntry? { try await memory.read(key) }
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await memory.remove(key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { memory.list(prefix: prefix) }
    func close() async { await memory.close() }
}
