import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

@Suite("Memory backend")
struct MemoryBackendTests {
    private func key(_ number: Int) -> CacheKey { BackendRequirement.key("\(number)") }

    private func entry(_ byteCount: Int) -> EncodedEntry {
        EncodedEntry(bytes: Data(count: byteCount), fileExtension: "cbor")
    }

    @Test("The least recently used entries are evicted first, and no more than needed")
    func evicts() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxCacheBytes: 100))
        for number in 0..<4 { try await backend.write(entry(25), for: key(number)) }
        _ = try await backend.read(key(0))
        try await backend.write(entry(25), for: key(4))
        for (number, isThere) in [(0, true), (1, false), (2, true), (3, true), (4, true)] {
            try await #expect((backend.read(key(number)) != nil) == isThere, "entry \(number)")
        }
        try await backend.write(entry(50), for: key(5))
        try await #expect(Set(BackendRequirement.listings(backend).map(\.key)) == [key(3), key(4), key(5)])
    }

    @Test("Entries can fill the limit to the last byte")
    func fillsToTheLimit() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxCacheBytes: 100))
        try await backend.write(entry(99), for: key(0))
        try await backend.write(entry(1), for: key(1))
        try await backend.write(entry(0), for: key(2))
        try await #expect(BackendRequirement.listings(backend).count == 3)
        try await backend.write(entry(100), for: key(3))
        try await #expect(Set(BackendRequirement.listings(backend).map(\.key)) == [key(2), key(3)])
    }

    @Test("An entry over the limit is not stored, evicts nothing, and removes the previous one")
    func passesOver() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxCacheBytes: 100))
        try await backend.write(entry(40), for: key(0))
        try await backend.write(entry(40), for: key(1))
        try await backend.write(entry(101), for: key(1))
        try await #expect(backend.read(key(0)) == entry(40))
        try await #expect(backend.read(key(1)) == nil)
    }

    @Test("Entries that are set aside count towards the limit, and are evicted in turn")
    func evictsSetAside() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxCacheBytes: 100))
        try await backend.write(entry(60), for: key(0))
        try await backend.setAside(entry(60), for: key(0))
        try await backend.write(entry(60), for: key(1))
        try await #expect(BackendRequirement.listings(backend).map(\.key) == [key(1)])
    }

    @Test("The number of entries and the size of each can be limited too, and evictions are counted")
    func otherLimits() async throws {
        let backend = MemoryBackend(limits: StoreLimits(maxEntryBytes: 10, maxEntries: 2))
        for number in 0..<3 { try await backend.write(entry(10), for: key(number)) }
        try await #expect(Set(BackendRequirement.listings(backend).map(\.key)) == [key(1), key(2)])
        #expect(backend.evictionCount == 1)
        try await backend.write(entry(11), for: key(2))
        try await #expect(BackendRequirement.listings(backend).map(\.key) == [key(1)])
        #expect(MemoryBackend().limits == StoreLimits(maxCacheBytes: 64 << 20))
    }

    @Test(
        "Eviction follows the order of use, like a slow and simple model",
        arguments: [1, 2, 3] as [UInt64]
    )
    func followsModel(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let backend = MemoryBackend(limits: StoreLimits(maxCacheBytes: 500))
        var model: [(number: Int, byteCount: Int)] = []
        for step in 0..<3_000 {
            let number = Int.random(in: 0..<30, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let found = model.firstIndex { $0.number == number }.map { model.remove(at: $0) }
                if let found { model.append(found) }
                try await #expect(
                    backend.read(key(number))?.bytes.count == found?.byteCount,
                    "seed \(seed), step \(step)"
                )
            case 5..<9:
                let byteCount = Int.random(in: 0..<120, using: &generator)
                model.removeAll { $0.number == number }
                model.append((number, byteCount))
                while model.map(\.byteCount).reduce(0, +) > 500 { model.removeFirst() }
                try await backend.write(entry(byteCount), for: key(number))
            default:
                let isThere = model.contains { $0.number == number }
                model.removeAll { $0.number == number }
                try await #expect(backend.remove(key(number)) == isThere, "seed \(seed), step \(step)")
            }
        }
        let expected = Set(model.map { key($0.number) })
        try await #expect(Set(BackendRequirement.listings(backend).map(\.key)) == expected, "seed \(seed)")
    }
}
