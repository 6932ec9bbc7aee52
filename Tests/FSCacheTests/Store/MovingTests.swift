import Foundation
import HTTPTypes
import Serializers
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Response cache: moving")
struct MovingTests {
    private let url = "https://example.com/items"

    @Test("resetExpiration counts from now for every entry", arguments: CacheUnderTest.Kind.all)
    func resetsExpiration(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        for (name, expiration) in [("never", .never), ("stale", 10), ("fresh", 1000)] as [(String, Expiration)] {
            try await test.store("\(url)/\(name)", expireAfter: expiration)
        }
        _ = try await test.storeGarbage("garbage")
        test.clock.advance(by: 100)
        test.cache.settings.expireAfter = 5
        #expect(try await test.keys(.valid).count == 2, "settings change nothing that is stored")

        #expect(try await test.cache.resetExpiration(60, now: test.clock.now) == 3)
        #expect(try await test.keys(.valid).count == 3)
        for try await entry in test.cache.entries(.valid, now: test.clock.now) {
            #expect(entry.response?.expires == test.clock.now + 60)
            #expect(entry.response?.createdAt == test.clock.now - 100)
        }
        #expect(try await test.cache.resetExpiration(60, now: test.clock.now) == 0)
        #expect(try await test.cache.resetExpiration(.at(test.clock.now - 1), now: test.clock.now) == 3)
        #expect(try await test.keys(.expired).count == 3)
        #expect(try await test.cache.resetExpiration(.never, now: test.clock.now) == 3)
        #expect(try await test.session().get("\(url)/stale").isFromCache)
    }

    @Test("recreateKeys moves entries to the keys of the current settings", arguments: CacheUnderTest.Kind.all)
    func recreatesKeys(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let session = test.session()
        session.settings.matchHeaders = ["Accept"]
        for page in 0..<5 { _ = try await session.get("\(url)?page=\(page)&sort=up", headers: [.accept: "text/html"]) }
        #expect(try await test.cache.recreateKeys() == 0)
        let before = try await test.keys()

        session.settings.isTLSVerificationDisabled = true
        #expect(try await test.cache.recreateKeys() == 5)
        #expect(try await test.keys().isDisjoint(with: before))
        session.settings.ignoredParameters = ["sort"]
        #expect(try await test.cache.recreateKeys() == 5)
        for page in 0..<5 {
            let response = try await session.get("\(url)?page=\(page)", headers: [.accept: "text/html"])
            #expect(response.isFromCache && response.text() == "\(page + 1)")
            #expect(try await !session.get("\(url)?page=\(page)", headers: [.accept: "*/*"]).isFromCache)
        }
        #expect(try await test.cache.recreateKeys() == 0)
    }

    @Test("recreateKeys keeps variants apart")
    func recreatesVariants() async throws {
        let test = try CacheUnderTest()
        let session = test.session([.vary: "Accept-Language"])
        for language in ["de", "en", "fr"] { _ = try await session.get(url, headers: [.acceptLanguage: language]) }
        session.settings.ignoredParameters = []
        #expect(try await test.cache.recreateKeys() == 0)
        session.settings.isTLSVerificationDisabled = true
        #expect(try await test.cache.recreateKeys() == 3)
        for language in ["de", "en", "fr"] {
            #expect(try await session.get(url, headers: [.acceptLanguage: language]).isFromCache)
        }
        #expect(try await test.cache.count() == 3)
    }

    @Test(
        "update copies all entries of another cache, whatever its backend and format",
        arguments: CacheUnderTest.Kind.all,
        CacheUnderTest.Kind.all
    )
    func updates(_ source: CacheUnderTest.Kind, _ target: CacheUnderTest.Kind) async throws {
        let (other, test) = try (CacheUnderTest(source), CacheUnderTest(target))
        let bodies = ["{\"a\": [1, 2.50]}\n", "text ü\r\n", "", "\u{0}\u{1}"]
        for (index, body) in bodies.enumerated() {
            _ = try await other.session([.contentType: "application/json"], body: body).get("\(url)/\(index)")
        }
        _ = try await other.storeGarbage("garbage")
        try await test.store("\(url)/0", fields: [.server: "own"])
        let own = try await test.store("\(url)/own")
        #expect(try await test.cache.update(from: other.cache) == 4)

        #expect(try await test.cache.count() == 5)
        #expect(await test.cache.contains(own))
        for (index, body) in bodies.enumerated() {
            let response = try await test.session().get("\(url)/\(index)")
            #expect(response.isFromCache && response.text() == "\(body)1")
            let key = try response.cacheKey.required
            #expect(await test.cache.response(for: key) == other.cache.response(for: key))
        }
        for try await listing in test.cache.backend.list(prefix: "") {
            #expect(listing.fileExtension == test.cache.serializer.fileExtension)
        }
        #expect(try await other.cache.count() == 5, "the other cache keeps what it has")
    }

    @Test("convert rewrites entries of other formats and leaves none of their files")
    func converts() async throws {
        let test = try CacheUnderTest()
        for (index, serializer) in SerializerRegistry.standard.serializers.enumerated() {
            let cache = ResponseCache(backend: test.cache.backend, serializer: serializer)
            let transport = ScriptedTransport(TransportResponse(body: "{\"index\": \(index)}"))
            _ = try await CachedSession(cache: cache, transport: transport, autoclose: false).get("\(url)/\(index)")
        }
        let target = ResponseCache(backend: test.cache.backend, serializer: .json)
        var progress: [Int] = []
        let count = SerializerRegistry.standard.serializers.count
        #expect(try await target.convert { progress.append($0) } == count - 1)
        #expect(progress == Array(1...count))
        #expect(try await target.convert() == 0)
        let files = try test.scratch.contents(of: "cache").filter { $0.contains(".") && $0.contains("/") }
        #expect(files.count == count && files.allSatisfy { $0.hasSuffix(".json") })
        for index in 0..<count {
            #expect(try await test.session().get("\(url)/\(index)").text() == "{\"index\": \(index)}")
        }
    }

    @Test(
        "Maintenance keeps what other requests store or delete meanwhile",
        arguments: ["converts", "expires", "moves"]
    )
    func maintainsLiveCaches(what: String) async throws {
        for isDeleted in [false, true] {
            let backend = BusyBackend()
            let cache = ResponseCache(backend: backend, serializer: .json)
            let origin = ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
            let key = try #require(try await CachedSession(cache: cache, transport: origin).get(url).cacheKey)
            let other = ResponseCache(backend: MemoryBackend(), serializer: .json)
            let newer = try await CachedSession(cache: other, transport: origin).get(url).stored
            let entry = isDeleted ? nil : try cache.encode(newer, for: key)
            backend.afterNextRead { try await $0.put(entry, for: key) }
            switch what {
            case "converts": _ = try await ResponseCache(backend: backend).convert()
            case "expires": _ = try await cache.resetExpiration(300)
            default:
                cache.settings.isTLSVerificationDisabled = true
                _ = try await cache.recreateKeys()
            }
            #expect(try await backend.read(key) == entry)
            #expect(try await cache.count() == (isDeleted ? 0 : 1))
        }
    }

    @Test("update tells the backend when the responses become stale")
    func updatesExpiry() async throws {
        let other = try CacheUnderTest()
        let key = try await other.store(url, expireAfter: 100)
        let copy = ResponseCache(backend: MemoryBackend())
        try await copy.update(from: other.cache)
        #expect(try await copy.backend.read(key)?.expires == other.clock.now + 100)
    }

    @Test("update keeps entries whose responses were received later")
    func keepsNewerEntries() async throws {
        let (old, new) = (try CacheUnderTest(), try CacheUnderTest())
        let key = try await old.store(url, fields: [.server: "old"])
        new.clock.advance(by: 1)
        try await new.store(url, fields: [.server: "new"])
        #expect(try await new.cache.update(from: old.cache) == 0)
        #expect(await new.cache.response(for: key)?.headerFields[.server] == "new")
        #expect(try await old.cache.update(from: new.cache) == 1)
        #expect(await old.cache.response(for: key)?.headerFields[.server] == "new")
    }
}

/// A store in memory in which something happens right after an entry has been read.
private final class BusyBackend: ComparingBackend {
    private typealias Action = @Sendable (BusyBackend) async throws -> Void

    private let base = MemoryBackend()
    private let pending = Mutex<Action?>(nil)

    func afterNextRead(_ action: @escaping @Sendable (BusyBackend) async throws -> Void) {
        pending.withLock { $0 = action }
    }

    func put(_ entry: EncodedEntry?, for key: CacheKey) async throws {
        if let entry { try await base.write(entry, for: key) } else { try await base.remove(key) }
    }

    func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        try await base.replace(old, with: new, for: key)
    }

    func read(_ key: CacheKey) async throws -> EncodedEntry? {
        let entry = try await base.read(key)
        try await pending.withLock { $0.take() }?(self)
        return entry
    }

    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await base.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await base.remove(key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { base.list(prefix: prefix) }
    func close() async { await base.close() }
}
