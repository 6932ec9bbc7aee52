import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Response cache: sweeping")
struct SweepingTests {
    private let url = "https://example.com/items"

    @Test("A sweep deletes what expired before the retention, and nothing else", arguments: CacheUnderTest.Kind.all)
    func sweeps(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind, settings: CacheSettings(expiredRetention: .seconds(1000)))
        let old = try await test.store("\(url)/0", expireAfter: 100)
        let recent = try await test.store("\(url)/1", expireAfter: 500)
        let fresh = try await test.store("\(url)/2", expireAfter: 5000)
        let lasting = try await test.store("\(url)/3")
        let garbage = try await test.storeGarbage("garbage")
        test.clock.advance(by: 1200)
        try await #expect(test.cache.sweep(now: test.clock.now) == 1)
        try await #expect(test.keys() == [recent, fresh, lasting, garbage])
        try await #expect(test.cache.sweep(retention: .zero, now: test.clock.now) == 1)
        try await #expect(test.keys() == [fresh, lasting, garbage])
        #expect(old != recent)
    }

    @Test(
        "Neither a sweep nor a deletion of the expired deletes what another process has just renewed",
        arguments: [true, false]
    )
    func leavesRenewed(bySweeping: Bool) async throws {
        let test = try CacheUnderTest()
        let key = try await test.store(url, expireAfter: 100)
        let expired = try await test.cache.backend.read(key).required
        test.clock.advance(by: 200)
        try await test.store(url, expireAfter: 100)
        let renewed = try await test.cache.backend.read(key).required
        // The sweep reads the expired entry, and the other process replaces it before the sweep can delete it.
        let backend = RenewingBackend(test.cache.backend, reads: expired)
        let cache = ResponseCache(backend: backend)
        let deleted =
            bySweeping
            ? try await cache.sweep(retention: .zero, now: test.clock.now)
            : try await cache.delete(.expired, now: test.clock.now)
        #expect(deleted == 0)
        try await #expect(test.cache.backend.read(key) == renewed)
    }

    @Test("A sweep removes the temporary files of dead writers")
    func removesStrays() async throws {
        let test = try CacheUnderTest()
        try test.scratch.write("half", to: "cache/tmp/7/0123456789abcdef.partial")
        try await test.cache.sweep()
        #expect(try test.scratch.temporaries() == [])
    }

    @Test("If asked for, a cache sweeps a 256th of itself at a time, until it is closed")
    func sweepsByItself() async throws {
        let settings = CacheSettings(expiredRetention: .zero, sweepInterval: .seconds(60))
        let test = try CacheUnderTest(settings: settings)
        for number in 0..<20 { try await test.store("\(url)/\(number)", expireAfter: 100) }
        await test.cache.stopSweeping()
        let cache = ResponseCache(backend: test.cache.backend, settings: settings)
        test.clock.advance(by: 200)
        let (ticks, clock) = AsyncStream<Void>.makeStream()
        let (naps, nap) = AsyncStream<Duration>.makeStream()
        var naptimes = naps.makeAsyncIterator()
        cache.startSweeping(now: test.clock.source) { duration in
            nap.yield(duration)
            for await _ in ticks { return }
            throw CancellationError()
        }
        #expect(await naptimes.next() == .seconds(60))
        try await #expect(cache.count() == 20)
        for _ in 0..<128 {
            clock.yield()
            _ = await naptimes.next()
        }
        let half = try await cache.count()
        #expect((1..<20).contains(half))
        for _ in 0..<128 {
            clock.yield()
            _ = await naptimes.next()
        }
        try await #expect(cache.count() == 0)
        clock.finish()
        await cache.close()
    }
}

/// Reads an entry as it was before another process replaced it.
private final class RenewingBackend: ComparingBackend {
    private let backend: any CacheBackend
    private let entry: EncodedEntry

    init(_ backend: any CacheBackend, reads entry: EncodedEntry) {
        self.backend = backend
        self.entry = entry
    }

    func read(_ key: CacheKey) async throws -> EncodedEntry? { entry }
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await backend.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await backend.remove(key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { backend.list(prefix: prefix) }
    func close() async {}
    func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        try await BackendCapabilities(of: backend).replace(old, with: new, for: key)
    }
}
