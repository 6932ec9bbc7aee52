import FSCacheTesting
import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Layered backend")
struct LayeredBackendTests {
    private static let url = SessionUnderTest.url

    /// Two machines, each with a memory of its own in front of one store.
    private struct Machines {
        let shared = FailingBackend()
        let fronts = [MemoryBackend(), MemoryBackend()]
        let clock = InstantClock()
        let backends: [LayeredBackend]

        init(checkInterval: Duration = .seconds(1), serializer: (any Serializer)? = nil, maxEntryBytes: Int = 1 << 20) {
            backends = fronts.map { [shared, clock] front in
                LayeredBackend(
                    [.init(front, serializer: serializer, maxEntryBytes: maxEntryBytes), .init(shared)],
                    checkInterval: checkInterval,
                    now: { clock.now }
                )
            }
        }
    }

    private let key = BackendRequirement.key("a")
    private func entry(_ text: String) -> EncodedEntry { BackendRequirement.entry(text) }

    @Test("A stack of any backends meets every requirement", arguments: BackendRequirement.all)
    func meetsRequirements(_ requirement: BackendRequirement) async throws {
        let scratch = try ScratchDirectory()
        let stacks: [[LayeredBackend.Layer]] = [
            [.init(MemoryBackend())],
            [.init(MemoryBackend()), .init(DictionaryBackend())],
            [.init(MemoryBackend(), maxEntryBytes: 100), .init(try FilesystemBackend(root: .path(scratch("cache"))))],
        ]
        for layers in stacks {
            let backend = LayeredBackend(layers, checkInterval: .seconds(3600))
            try await requirement.verify(backend)
            await backend.close()
            let strict = LayeredBackend([.init(MemoryBackend()), .init(MemoryBackend())], checkInterval: .zero)
            try await requirement.verify(strict)
        }
    }

    @Test("What one machine writes, another reads, and keeps in front")
    func fills() async throws {
        let machines = Machines()
        try await machines.backends[0].write(entry("one"), for: key)
        for _ in 0..<3 { try await #expect(machines.backends[1].read(key) == entry("one")) }
        try await #expect(machines.fronts[1].read(key) == entry("one"))
        #expect(machines.shared.reads == 1)
        let counts = machines.backends[1].counts
        #expect(counts[0].hits == 2 && counts[0].misses == 1 && counts[0].fills == 1)
        #expect(counts[1].hits == 1 && counts[1].misses == 0)
    }

    @Test(
        "A front layer answers by itself for the interval, and then notices what others have done",
        arguments: [true, false]
    )
    func noticesChanges(isRemoved: Bool) async throws {
        let machines = Machines()
        let (first, second) = (machines.backends[0], machines.backends[1])
        try await first.write(entry("old"), for: key)
        try await #expect(second.read(key) == entry("old"))
        if isRemoved { try await first.remove(key) } else { try await first.write(entry("new"), for: key) }
        machines.clock.advance(by: .milliseconds(999))
        try await #expect(second.read(key) == entry("old"))
        #expect(try second.readNow(key) != .later)
        machines.clock.advance(by: .milliseconds(1))
        #expect(try second.readNow(key) == .later)
        #expect(second.identity(of: key) == nil)
        try await #expect(second.read(key) == (isRemoved ? nil : entry("new")))
        try await #expect(machines.fronts[1].read(key) == (isRemoved ? nil : entry("new")))
        #expect(second.counts[0].corrections == 1)
        // An unchanged entry is asked for once an interval.
        guard !isRemoved else { return }
        let reads = machines.shared.reads
        for _ in 0..<5 { try await #expect(second.read(key) == entry("new")) }
        #expect(machines.shared.reads == reads)
    }

    @Test("While the shared layer fails, those in front go on, and it corrects them when it is back")
    func survivesLoss() async throws {
        let machines = Machines()
        let (first, second) = (machines.backends[0], machines.backends[1])
        try await first.write(entry("old"), for: key)
        try await #expect(second.read(key) == entry("old"))
        machines.clock.advance(by: .seconds(10))
        machines.shared.isFailing = true
        try await #expect(second.read(key) == entry("old"))
        let other = BackendRequirement.key("b")
        try await second.write(entry("b"), for: other)
        try await #expect(second.read(other) == entry("b"))
        await #expect(throws: (any Error).self) { try await first.read(other) }
        await #expect(throws: (any Error).self) { try await second.remove(key) }
        #expect(second.counts[1].failures > 0)
        machines.shared.isFailing = false
        machines.clock.advance(by: .seconds(10))
        try await #expect(second.read(other) == nil, "the shared layer never got it")
        try await #expect(second.read(key) == entry("old"), "it could not be removed")
    }

    @Test("An invalidation reaches every layer, and the other machine within the interval")
    func invalidates() async throws {
        let machines = Machines(checkInterval: .zero)
        let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        let sessions = machines.backends.map { CachedSession(cache: ResponseCache(backend: $0), transport: transport) }
        for session in sessions { try await #expect(session.get(Self.url).text() == "1") }
        _ = try await sessions[0].put(Self.url)
        try await #expect(sessions[1].get(Self.url).text() == "3")
        try await #expect(sessions[0].get(Self.url).text() == "3")
    }

    @Test("Each layer can have a format of its own")
    func convertsFormats() async throws {
        let machines = Machines(checkInterval: .zero, serializer: .native)
        let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        let sessions = machines.backends.map {
            CachedSession(cache: ResponseCache(backend: $0, serializer: .json), transport: transport)
        }
        for _ in 0..<3 {
            for session in sessions { try await #expect(session.get(Self.url).text() == "1") }
        }
        let key = try sessions[0].cache.key(for: HTTPRequest(url: Self.url))
        for front in machines.fronts { try await #expect(front.read(key)?.fileExtension == "cbor") }
        try await #expect(machines.shared.read(key)?.fileExtension == "json")
        #expect(machines.backends.allSatisfy { $0.counts[0].corrections == 0 }, "nothing was converted again")
    }

    @Test("A copy tells its layer when the response becomes stale", arguments: [nil, JSONSerializer()])
    func passesExpiryOn(serializer: JSONSerializer?) async throws {
        let (front, shared) = (FailingBackend(), MemoryBackend())
        let layers = LayeredBackend([.init(front, serializer: serializer), .init(shared)])
        let cache = ResponseCache(backend: shared, settings: CacheSettings(expireAfter: 60))
        let session = CachedSession(cache: cache, transport: ScriptedTransport { _ in TransportResponse(body: "a") })
        let response = try await session.get(Self.url)
        let key = try #require(response.cacheKey)
        #expect(response.expires != nil)
        _ = try await layers.read(key)
        #expect(front.expiries == [response.expires])
        try await layers.promote([key], from: 1, to: 0)
        #expect(front.expiries == [response.expires, response.expires])
    }

    @Test("Layers are made from backends by name, and share the name and the mode of the session")
    func opensByName() async throws {
        let scratch = try ScratchDirectory()
        let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        func session(_ backend: NamedBackend, isReadOnly: Bool = false) throws -> CachedSession {
            let settings = CacheSettings(isReadOnly: isReadOnly)
            return try CachedSession(scratch("cache"), backend: backend, settings: settings, transport: transport)
        }
        let layered = NamedBackend.layered([.memory, .filesystem])
        for _ in 0..<2 { try await #expect(session(layered).get(Self.url).text() == "1") }
        try await #expect(session(.filesystem).get(Self.url).text() == "1")
        let readOnly = try session(layered, isReadOnly: true)
        try await #expect(readOnly.get("\(Self.url)/other").text() == "2")
        try await #expect(readOnly.get("\(Self.url)/other").text() == "3")
        #expect(throws: FSCacheError.self) { try session(.layered([])) }
    }

    @Test("Large entries stay in the shared layer, and are streamed from there")
    func keepsLargeEntriesBack() async throws {
        let machines = Machines(maxEntryBytes: 1000)
        let large = entry(String(repeating: "a", count: 1001))
        let backend = machines.backends[0]
        try await backend.write(entry("small"), for: key)
        try await backend.write(large, for: key)
        try await #expect(machines.fronts[0].read(key) == nil)
        let reader = try #require(try await backend.open(key))
        try await #expect(reader.read(from: 0, upTo: 2000) == large.bytes)
        try await #expect(machines.fronts[0].read(key) == nil)
        let writer = try await backend.makeWriter(for: key, fileExtension: "json", expires: nil)
        try await writer.append(Data("small again".utf8))
        try await writer.commit()
        try await #expect(backend.read(key) == entry("small again"))
        try await #expect(machines.fronts[0].read(key) == entry("small again"))
    }

    @Test("Entries of a read-only layer are served and copied up, and stay when they are removed above")
    func overlays() async throws {
        let (overlay, fixtures) = (MemoryBackend(), MemoryBackend())
        try await fixtures.write(entry("recorded"), for: key)
        let backend = LayeredBackend([.init(overlay), .init(fixtures, isReadOnly: true)], checkInterval: .zero)
        try await #expect(backend.read(key) == entry("recorded"))
        try await backend.write(entry("newer"), for: key)
        try await #expect(backend.read(key) == entry("newer"))
        try await #expect(fixtures.read(key) == entry("recorded"))
        try await #expect(BackendRequirement.listings(backend).count == 1)
        try await backend.removeAll()
        try await #expect(backend.read(key) == entry("recorded"))
        let readOnly = LayeredBackend([.init(fixtures, isReadOnly: true)])
        try await #expect(readOnly.read(key) == entry("recorded"))
        await #expect(throws: FSCacheError.self) { try await readOnly.write(entry("x"), for: key) }
        await #expect(throws: FSCacheError.self) { try await readOnly.remove(key) }
    }

    @Test("Chosen entries are promoted from one layer to another that can be written")
    func promotes() async throws {
        let (overlay, fixtures) = (MemoryBackend(), MemoryBackend())
        let backend = LayeredBackend([.init(overlay), .init(fixtures)])
        let keys = ["a", "b", "c"].map(BackendRequirement.key)
        for key in keys { try await overlay.write(entry("\(key)"), for: key) }
        try await #expect(backend.promote(keys.dropLast() + [BackendRequirement.key("none")], from: 0, to: 1) == 2)
        try await #expect(Set(BackendRequirement.listings(fixtures).map(\.key)) == Set(keys.dropLast()))
        for (source, target) in [(0, 2), (-1, 0)] {
            await #expect(throws: FSCacheError.self) { try await backend.promote(keys, from: source, to: target) }
        }
        let protected = LayeredBackend([.init(overlay), .init(fixtures, isReadOnly: true)])
        await #expect(throws: FSCacheError.self) { try await protected.promote(keys, from: 0, to: 1) }
    }
}

/// A store that counts reads, remembers expiries and can fail.
private final class FailingBackend: CacheBackend {
    private let base = MemoryBackend()
    private let state = Mutex((isFailing: false, reads: 0, expiries: [Date?]()))

    var isFailing: Bool {
        get { state.withLock { $0.isFailing } }
        set { state.withLock { $0.isFailing = newValue } }
    }
    var reads: Int { state.withLock { $0.reads } }
    /// The expiry of each written entry.
    var expiries: [Date?] { state.withLock { $0.expiries } }

    private func check() throws {
        if isFailing { throw FSCacheError(.storeFailed, "The store is lost.") }
    }

    func read(_ key: CacheKey) async throws -> EncodedEntry? {
        try check()
        state.withLock { $0.reads += 1 }
        return try await base.read(key)
    }

    func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        try check()
        state.withLock { $0.expiries.append(entry.expires) }
        try await base.write(entry, for: key)
    }

    func remove(_ key: CacheKey) async throws -> Bool {
        try check()
        return try await base.remove(key)
    }

    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { base.list(prefix: prefix) }
    func close() async { await base.close() }
}

/// A clock that only a test moves.
private final class InstantClock: Sendable {
    private let instant = Mutex(ContinuousClock.Instant.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(by duration: Duration) {
        instant.withLock { $0 += duration }
    }
}
