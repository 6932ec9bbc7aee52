import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Response cache: inspecting")
struct LookingTests {
    private let url = "https://example.com/items"

    @Test("contains accepts a key, a request or a URL", arguments: CacheUnderTest.Kind.all)
    func contains(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let cache = test.cache
        #expect(try await !cache.contains(url: url))
        let key = try await test.store(url, expireAfter: 1)
        test.clock.advance(by: 100)
        #expect(await cache.contains(key), "what has expired is there as well")
        #expect(try await cache.contains(url: url))
        #expect(try await cache.contains(url: #require(URL(string: "HTTPS://EXAMPLE.com:443/items#part"))))
        #expect(try await cache.contains(HTTPRequest(url: url)))
        #expect(try await !cache.contains(HTTPRequest(url: url), body: Data("content".utf8)))
        #expect(try await !cache.contains(url: url + "?page=2"))
        var head = try HTTPRequest(url: url)
        head.method = .head
        #expect(try await !cache.contains(head))
        let garbage = try await test.storeGarbage("garbage")
        #expect(await !cache.contains(garbage))
        let error = await #expect(throws: FSCacheError.self) { try await cache.contains(url: "items") }
        #expect(error?.code == .invalidURL)
    }

    @Test("contains looks for the variant that the request's header fields select", arguments: CacheUnderTest.Kind.all)
    func containsVariant(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        for language in ["de", "en"] {
            try await test.store(url, headers: [.acceptLanguage: language], fields: [.vary: "Accept-Language"])
        }
        for (language, isStored) in [("de", true), ("en", true), ("fr", false)] {
            var request = try HTTPRequest(url: url)
            request.headerFields[.acceptLanguage] = language
            #expect(try await test.cache.contains(request) == isStored)
            let key = try await test.cache.storedKey(for: request)
            #expect((key != nil) == isStored)
            if let key { #expect(await test.cache.contains(key)) }
        }
        #expect(try await !test.cache.contains(url: url))
    }

    @Test(
        "Entries can be listed by state and age; invalid ones say why",
        arguments: CacheUnderTest.Kind.all
    )
    func selects(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let old = try await test.store("\(url)/old")
        test.clock.advance(by: 1000)
        let fresh = try await test.store("\(url)/fresh", expireAfter: 60)
        let stale = try await test.store("\(url)/stale", expireAfter: 10)
        let invalid = try await test.storeGarbage("invalid")
        let aside = try await test.storeGarbage("aside")
        #expect(await !test.cache.contains(aside), "reading it puts it aside")
        test.clock.advance(by: 20)

        #expect(try await test.keys() == [old, fresh, stale, invalid, aside])
        #expect(try await test.keys(.valid) == [old, fresh])
        #expect(try await test.keys(.expired) == [stale])
        #expect(try await test.keys(.invalid) == [invalid, aside])
        let decodable = try await test.keys(.olderThan(.seconds(500))).subtracting([invalid, aside])
        #expect(decodable == [old])
        #expect(try await test.keys(.olderThan(.zero)) == test.keys())

        for try await entry in test.cache.entries(.invalid, now: test.clock.now) {
            #expect(entry.response == nil && !entry.isExpired(at: test.clock.now))
            #expect(entry.listing.isSetAside == (entry.key == aside))
            #expect(throws: (any Error).self) { try entry.content.get() }
        }
        for try await entry in test.cache.entries(prefix: String("\(fresh)".prefix(6)), now: test.clock.now) {
            #expect("\(entry.key)".hasPrefix("\(fresh)".prefix(6)))
        }
    }

    @Test("A thousand entries are read on demand: a caller that stops early reads no more")
    func streams() async throws {
        let backend = CountingBackend()
        let cache = ResponseCache(backend: backend)
        let transport = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        let session = CachedSession(cache: cache, transport: transport)
        for index in 0..<1000 { _ = try await session.get("\(url)/\(index)") }
        let before = await backend.reads
        var seen = 0
        for try await _ in cache.entries() {
            seen += 1
            if seen == 10 { break }
        }
        #expect(await backend.reads == before + 10)
    }

    @Test(
        "URLs are unique, sorted and normalized; count and size cover all entries",
        arguments: CacheUnderTest.Kind.all
    )
    func counts(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        #expect(try await test.cache.urls() == [])
        #expect(try await test.cache.count() == 0)
        #expect(try await test.cache.totalBytes() == 0)
        for name in ["b", "a?y=2&x=1", "%61?x=1&y=2", "c?token=secret"] {
            test.cache.settings.ignoredParameters = ["token"]
            try await test.store("\(url)/\(name)", expireAfter: name == "b" ? 10 : .never)
        }
        for accept in ["text/html", "text/plain"] {
            try await test.store("\(url)/varied", headers: [.accept: accept], fields: [.vary: "Accept"])
        }
        _ = try await test.storeGarbage("garbage")
        test.clock.advance(by: 20)
        let names = ["a?x=1&y=2", "b", "c?token=REDACTED", "varied"]
        #expect(try await test.cache.urls() == names.map { "\(url)/\($0)" })
        #expect(try await test.cache.count() == 6)
        var bytes = 0
        for try await listing in test.cache.backend.list(prefix: "") { bytes += listing.byteCount }
        #expect(try await test.cache.totalBytes() == bytes && bytes > 6 * 7)
    }

    @Test("Looking through files of any size leaves their times of access as they are", arguments: [100, 300_000])
    func leavesTimesOfAccess(bodyByteCount: Int) async throws {
        let test = try CacheUnderTest()
        let body = String(repeating: "a", count: bodyByteCount)
        let key = try await test.session([:], body: body).get(url).cacheKey.required
        let path = try await test.cache.backend.list(prefix: "").first { _ in true }.required.path.required
        // With `relatime`, the kernel would update a time of access that is so long ago.
        let longAgo = FileTime(Date(timeIntervalSince1970: 1_000_000_000))
        try FileStatus.set(accessed: longAgo, modified: FileStatus(of: path).modified, of: path)
        for leavesLargeBodies in [false, true] {
            for try await entry in test.cache.entries(leavingLargeBodies: leavesLargeBodies) {
                #expect(try await entry.response?.content.collect().count == bodyByteCount + 1)
            }
        }
        try await test.cache.verify { _ in }
        try await test.cache.sweep(retention: .zero, now: test.clock.now)
        #expect(try await test.cache.delete(.expired, now: test.clock.now) == 0)
        #expect(try await test.cache.resetExpiration(.never, now: test.clock.now) == 0)
        #expect(try await ResponseCache(backend: MemoryBackend()).update(from: test.cache) == 1)
        #expect(try FileStatus(of: path).accessed == longAgo)
        #expect(await test.cache.contains(key))
        #expect(try FileStatus(of: path).accessed != longAgo)
    }

    private actor CountingBackend: CacheBackend {
        private let memory = MemoryBackend()
        private(set) var reads = 0

        func read(_ key: CacheKey) async throws -> EncodedEntry? {
            reads += 1
            return try await memory.read(key)
        }
        func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await memory.write(entry, for: key) }
        func remove(_ key: CacheKey) async throws -> Bool { try await memory.remove(key) }
        nonisolated func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
            memory.list(prefix: prefix)
        }
        func close() async { await memory.close() }
    }
}
