import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@testable import FSCache

/// Entries of more than 1 GiB, which are never read as a whole, in sparse files.
@Suite("Huge entries")
struct HugeEntryTests {
    private let url = "https://example.com/image.iso"
    private let bodyByteCount = 1 << 30

    /// Replaces the body of an entry by more than a gibibyte of zeros.
    private func enlarge(_ key: CacheKey, in test: CacheUnderTest, checksum: Checksum = Checksum(0)) async throws {
        let response = try await test.cache.response(for: key).required
        var head = NativeFormat.unsealedHead(of: response, for: key)
        NativeFormat.seal(&head, bodyChecksum: checksum, bodyByteCount: bodyByteCount)
        let path = try await test.cache.backend.list(prefix: "\(key)").first { _ in true }.required.path.required
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: head)
        try file.truncate(atOffset: UInt64(head.count + bodyByteCount))
        try file.close()
    }

    @Test("A huge entry is valid until it expires, and is not taken for a damaged one")
    func isSelected() async throws {
        let test = try CacheUnderTest()
        let key = try await test.store(url, expireAfter: 100)
        try await enlarge(key, in: test)
        #expect(try await test.keys(.valid) == [key])
        #expect(try await test.keys(.invalid) == [])
        #expect(await test.cache.contains(key))
        #expect(try await test.cache.contains(url: url))
        #expect(try await test.cache.urls() == [url])
        #expect(try await test.cache.delete(.invalid, now: test.clock.now) == 0)
        #expect(try await test.cache.delete(.expired, now: test.clock.now) == 0)
        let response = try await test.cache.response(for: key).required
        #expect(response.content.byteCount == bodyByteCount && response.body.isEmpty)
        test.clock.advance(by: 200)
        #expect(try await test.keys(.expired) == [key])
        #expect(try await test.cache.convert() == 0)
        let explanation = try await test.cache.explainMiss(
            of: HTTPRequest(url: url),
            advice: "",
            now: test.clock.now
        )
        #expect(explanation.searchedCount == 1 && explanation.isSearchComplete)
    }

    @Test(
        "A huge entry that has expired is deleted",
        arguments: [
            { try await $0.sweep(retention: .zero, now: $1) }, { try await $0.delete(.expired, now: $1) },
            { try await $0.delete(.olderThan(.seconds(1)), now: $1) },
        ] as [@Sendable (ResponseCache, Date) async throws -> Int]
    )
    func isDeleted(delete: @Sendable (ResponseCache, Date) async throws -> Int) async throws {
        let test = try CacheUnderTest()
        try await enlarge(test.store(url, expireAfter: 100), in: test)
        #expect(try await delete(test.cache, test.clock.now) == 0)
        test.clock.advance(by: 200)
        #expect(try await delete(test.cache, test.clock.now) == 1)
        #expect(try await test.cache.count() == 0)
    }

    @Test("A request for the whole body of a huge entry is a miss, and its new response is stored")
    func isMissedAsWhole() async throws {
        let test = try CacheUnderTest()
        try await enlarge(test.store(url), in: test)
        let session = test.session()
        #expect(try await !session.get(url).isFromCache)
        #expect(try await session.get(url).isFromCache)
    }

    @Test("A huge entry is moved, copied and given a new expiry", .enabled(if: StoreWorkerProcess.isLongTorture))
    func moves() async throws {
        let test = try CacheUnderTest()
        let key = try await test.store(url, expireAfter: 100)
        var hasher = ChecksumHasher()
        for _ in 0..<(bodyByteCount >> 20) { hasher.update(Data(count: 1 << 20)) }
        try await enlarge(key, in: test, checksum: hasher.checksum)
        #expect(try await test.cache.resetExpiration(300, now: test.clock.now) == 1)
        test.cache.settings.isTLSVerificationDisabled = true
        #expect(try await test.cache.recreateKeys() == 1)
        let copy = try CacheUnderTest(CacheUnderTest.Kind(isInMemory: false, format: "json"))
        #expect(try await copy.cache.update(from: test.cache) == 1)
        #expect(try await copy.cache.convert() == 0, "only the native format holds it")
        let moved = try await test.keys(.valid).first.required
        #expect(moved != key)
        for cache in [test.cache, copy.cache] {
            let response = try await cache.response(for: moved).required
            #expect(response.expires == test.clock.now + 300)
            #expect(response.content.byteCount == bodyByteCount)
        }
        let summary = try await copy.cache.verify { _ in }
        #expect(summary.entries == 1 && summary.problems == 0)
    }
}
