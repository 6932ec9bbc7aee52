import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Limits of a session's store")
struct LimitTests {
    private static let url = "https://example.com/large"

    private func session(
        _ backend: any CacheBackend,
        serializer: some Serializer = .native,
        byteCounts: [Int]
    ) -> SessionUnderTest {
        SessionUnderTest(serializer: serializer, backend: backend) { exchange in
            TransportResponse(200, body: Data(count: byteCounts[exchange.ordinal - 1]))
        }
    }

    @Test(
        "A response over the limit is passed on, not stored, and the older one is removed",
        arguments: ["native", "json"],
        [true, false]
    )
    func passesOn(format: String, isInMemory: Bool) async throws {
        let scratch = try ScratchDirectory()
        let limits = StoreLimits(maxEntryBytes: 50_000)
        let backend: any CacheBackend =
            isInMemory
            ? MemoryBackend(limits: limits) : try FilesystemBackend(root: .path(scratch("cache")), limits: limits)
        let serializer = try SerializerRegistry.standard.serializer(named: format)
        for isStreamed in [true, false] {
            let subject = session(backend, serializer: serializer, byteCounts: [100, 1_000_000])
            #expect(try await subject.session.get(Self.url).cacheStatus.isStored)
            let request = try HTTPRequest(url: Self.url)
            let refreshing = RequestOptions(forceRefresh: true)
            if isStreamed {
                let response = try await subject.session.stream(request, options: refreshing)
                #expect(try await response.body.collect() == Data(count: 1_000_000))
            } else {
                let response = try await subject.session.send(request, options: refreshing)
                #expect(response.body == Data(count: 1_000_000))
                #expect(!response.cacheStatus.isStored)
            }
            try await #expect(!subject.session.cache.contains(url: Self.url))
            #expect(subject.session.cache.counts.writeFailures == 0)
            #expect(subject.log.lines.contains { $0.contains("not stored: ") })
            #expect(!subject.log.text.contains("warning"))
        }
        if !isInMemory { #expect(try scratch.temporaries() == []) }
    }

    @Test("A session's settings limit the store that it opens by name", arguments: ["filesystem", "memory"])
    func byName(name: String) async throws {
        let scratch = try ScratchDirectory()
        let session = try CachedSession(
            scratch("cache"),
            backend: NamedBackend(named: name),
            settings: CacheSettings(limits: StoreLimits(maxEntries: 5)),
            transport: ScriptedTransport { _ in TransportResponse(200, body: "a") }
        )
        for number in 0..<20 { _ = try await session.get("https://example.com/\(number)") }
        if let backend = session.cache.backend as? FilesystemBackend {
            await backend.eviction.withLock { $0 }?.value
        }
        try await #expect(session.cache.count() == 5)
        #expect(session.cache.counts.evictions == 15)
        await session.close()
    }

    @Test("The first eviction is logged once")
    func logsOnce() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxEntries: 1))
        let subject = session(backend, byteCounts: [1, 1, 1, 1])
        for number in 0..<4 { _ = try await subject.session.get("https://example.com/\(number)") }
        #expect(subject.log.lines.count { $0.contains("evicted") } == 1)
    }

    @Test("A store that can't keep limits is refused")
    func refused() throws {
        let configuration = NamedBackend.Configuration(
            cacheName: "a",
            fileExtension: "cbor",
            limits: StoreLimits(maxEntries: 1)
        )
        let error = #expect(throws: FSCacheError.self) {
            try NamedBackend.rejectLimits(configuration, "do something else.")
        }
        #expect(error?.code == .invalidSetting && error?.message.contains("do something else.") == true)
    }

    @Test(
        "Limits admit entries up to the smaller of both sizes",
        arguments: [
            (StoreLimits(), nil), (StoreLimits(maxCacheBytes: 5), 5), (StoreLimits(maxEntryBytes: 7), 7),
            (StoreLimits(maxCacheBytes: 5, maxEntryBytes: 7), 5), (StoreLimits(maxCacheBytes: 9, maxEntryBytes: 7), 7),
            (StoreLimits(maxEntries: 1), nil), (StoreLimits(maxEntries: 0), -1),
        ] as [(StoreLimits, Int?)]
    )
    func admits(limits: StoreLimits, largest: Int?) {
        #expect(limits.admits(largest ?? .max))
        if let largest { #expect(!limits.admits(largest + 1)) }
    }
}
