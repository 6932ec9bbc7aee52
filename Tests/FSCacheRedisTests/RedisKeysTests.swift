#if Redis
import FSCache
import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCacheRedis

private func key(_ text: String) -> CacheKey { BackendRequirement.key(text) }
private func entry(_ text: String) -> EncodedEntry { BackendRequirement.entry(text) }

@Suite("Keys in Redis", .needsRedis, .timeLimit(.minutes(1)))
struct RedisKeysTests {
    /// An entry with a body of its own in Redis.
    private static let large = Data((0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) })

    @Test(
        "An entry stays for the offset after it has expired; one that never expires stays",
        arguments: [
            (60.0, .seconds(3600), 3_660_000), (-60, .seconds(3600), 3_600_000), (0.5, .milliseconds(100), 600),
            (1e15, .seconds(1), 31_536_000_000_000), (nil, .seconds(1), -1), (60, nil, -1),
        ] as [(Double?, Duration?, Int)]
    )
    func expires(lifetime: Double?, offset: Duration?, milliseconds: Int) async throws {
        try await withRedis { server in
            let now = Date()
            var settings = server.settings
            settings.expiryOffset = offset
            let backend = try RedisBackend(settings, now: { now })
            #expect((backend.timeToLive(until: lifetime.map { now + $0 }) ?? -1) == milliseconds)
            // The server's clock runs on, so only long lives are looked at.
            guard milliseconds != 600 else { return }
            let entry = EncodedEntry(bytes: Self.large, fileExtension: "cbor", expires: lifetime.map { now + $0 })
            try await backend.write(entry, for: key("a"))
            let connection = try server.connect()
            let names = try connection.ask("KEYS", "*").elements?.compactMap(\.text) ?? []
            #expect(names.count == 3)
            for name in names {
                let rest = try connection.ask("PTTL", name).number ?? 0
                #expect(milliseconds < 0 ? rest == -1 : rest <= milliseconds && rest > milliseconds - 60_000)
            }
        }
    }

    @Test("The index of a URL stays as long as the last of its entries")
    func keepsIndex() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            let connection = try server.connect()
            let digits = key("a").description.dropLast()
            func rest(after lifetime: Double?, _ last: Character) async throws -> Int {
                let key = try #require(CacheKey(digits + String(last)))
                let expires = lifetime.map { Date(timeIntervalSinceNow: $0) }
                try await backend.write(EncodedEntry(bytes: Data(), fileExtension: "json", expires: expires), for: key)
                return (try connection.ask("TTL", backend.keys(key).index).number ?? 0) - 3600
            }
            #expect(try await (90...100).contains(rest(after: 100, "0")))
            // The only entry is replaced.
            #expect(try await (40...50).contains(rest(after: 50, "0")))
            #expect(try await (90...100).contains(rest(after: 100, "1")))
            #expect(try await (80...100).contains(rest(after: 10, "2")))
            #expect(try await rest(after: nil, "3") == -3601)
            #expect(try await rest(after: 10, "4") == -3601)
        }
    }

    @Test("An entry whose index was evicted is a miss, because an invalidation would overlook it")
    func missesWithoutIndex() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("a"), for: key("a"))
            try server.connect().ask("DEL", backend.keys(key("a")).index)
            #expect(try await backend.read(key("a")) == nil)
            #expect(try await backend.remove(key("a")))
            #expect(try server.connect().ask("DBSIZE") == .integer(0))
        }
    }

    @Test("An entry that the server has removed is not listed, and leaves the index")
    func prunesIndex() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("a"), for: key("a"))
            let keys = backend.keys(key("a"))
            let connection = try server.connect()
            try connection.ask("DEL", keys.entry)
            #expect(try await BackendRequirement.listings(backend, prefix: keys.tag).isEmpty)
            #expect(try connection.ask("DBSIZE") == .integer(0))
        }
    }

    @Test(
        "Clearing removes the entries of its own namespace, whatever characters it has",
        arguments: ["a*", "a?", "[ab]", #"a\"#]
    )
    func clearsNamespace(_ namespace: String) async throws {
        try await withRedis { server in
            var settings = server.settings
            let other = try RedisBackend(settings)
            settings.namespace = namespace
            let backend = try RedisBackend(settings)
            for similar in ["ab", "a", "fscache:fscache", namespace + "x"] {
                settings.namespace = similar
                try await RedisBackend(settings).write(entry(similar), for: key("a"))
            }
            try server.connect().ask("SET", "\(namespace):other", "foreign")
            for store in [other, backend] { try await store.write(entry("a"), for: key("a")) }
            try await backend.write(EncodedEntry(bytes: Self.large, fileExtension: "cbor"), for: key("b"))
            #expect(try await BackendRequirement.listings(backend).count == 2)
            try await backend.removeAll()
            #expect(try await BackendRequirement.listings(backend).isEmpty)
            #expect(try await other.read(key("a")) == entry("a"))
            // Five entries with their indexes, the foreign value, and a body that stays for a while for its readers.
            #expect(try server.connect().ask("DBSIZE") == .integer(12))
        }
    }

    @Test("Clearing a large store doesn't take its body from those who are reading it")
    func clearsWhileReading() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(EncodedEntry(bytes: Self.large, fileExtension: "cbor"), for: key("a"))
            let reader = try #require(try await backend.open(key("a")))
            try await backend.removeAll()
            #expect(try await backend.read(key("a")) == nil)
            #expect(try await reader.read(from: 0, upTo: 700_000) == Self.large)
            let names = try server.connect().ask("KEYS", "*").elements?.compactMap(\.text) ?? []
            #expect(names.count == 1)
            let rest = try server.connect().ask("PTTL", names[0]).number ?? 0
            #expect((1...60_000).contains(rest))
        }
    }

    @Test("An unfinished entry is removed with its writer")
    func removesUnfinished() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            let connection = try server.connect()
            do {
                let writer = try await backend.makeWriter(for: key("a"), fileExtension: "cbor", expires: nil)
                try await writer.append(Data(count: 2_000_000))
                #expect(try connection.ask("DBSIZE") == .integer(1))
            }
            while try connection.ask("DBSIZE") != .integer(0) { await Task.yield() }
        }
    }

    @Test("An entry whose unfinished parts are gone is not stored")
    func refusesIncomplete() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("before"), for: key("a"))
            let writer = try await backend.makeWriter(for: key("a"), fileExtension: "cbor", expires: nil)
            try await writer.append(Data(count: 2_000_000))
            let connection = try server.connect()
            for name in try connection.ask("KEYS", "*:body:*").elements ?? [] {
                try connection.ask("DEL", #require(name.text))
            }
            let error = await #expect(throws: FSCacheError.self) { try await writer.commit() }
            #expect(error?.code == .storeFailed)
            #expect(try await backend.read(key("a")) == entry("before"))
        }
    }

    @Test("A large entry is written, changed and read in pieces of any size", arguments: [1, 2, 3])
    func usesPieces(seed: UInt64) async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            let writer = try await backend.makeWriter(for: key("a"), fileExtension: "cbor", expires: nil)
            var generator = SeededGenerator(seed: seed)
            var expected = Data()
            func randomBytes(upTo limit: Int) -> Data {
                let first = UInt8.random(in: 0...255, using: &generator)
                return Data(
                    (0..<Int.random(in: 0...limit, using: &generator)).map { UInt8(truncatingIfNeeded: $0) ^ first }
                )
            }
            while expected.count < 4_000_000 {
                let piece = randomBytes(upTo: 900_000)
                try await writer.append(piece)
                expected += piece
                let offset = Int.random(in: 0..<max(1, expected.count), using: &generator)
                let change = randomBytes(upTo: 400_000).prefix(expected.count - offset)
                try await writer.overwrite(at: offset, with: Data(change))
                expected.replaceSubrange(offset..<offset + change.count, with: change)
                let start = Int.random(in: 0...expected.count, using: &generator)
                let count = Int.random(in: 0...2_000_000, using: &generator)
                let read = try await writer.read(from: start, upTo: count)
                #expect(read == Data(expected.dropFirst(start).prefix(count)))
            }
            try await writer.commit()
            #expect(try await writer.read(from: 0, upTo: expected.count) == expected)
            #expect(try await backend.read(key("a"))?.bytes == expected)
            let reader = try #require(try await backend.open(key("a")))
            for _ in 0..<20 {
                let start = Int.random(in: 0...expected.count, using: &generator)
                let count = Int.random(in: 0...1_000_000, using: &generator)
                let read = try await reader.read(from: start, upTo: count)
                #expect(read == Data(expected.dropFirst(start).prefix(count)))
            }
        }
    }

    @Test("Many entries are listed once each, in order within a URL")
    func listsMany() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            let tag = key("a").description.prefix(8)
            let keys = try (0..<3000).map { try #require(CacheKey(tag + key("\($0)").description.dropFirst(8))) }
            for key in keys { try await backend.write(entry("a"), for: key) }
            for number in 0..<20 { try await backend.write(entry("b"), for: key("other \(number)")) }
            var listed: [CacheKey] = []
            for try await listing in backend.list(prefix: String(tag)) { listed.append(listing.key) }
            #expect(Set(listed) == Set(keys) && listed.count == keys.count)
            #expect(try await BackendRequirement.listings(backend).count == 3020)
        }
    }

    @Test("A process gets the lease that another one has released, or that has ended because its holder is gone")
    func leases() async throws {
        try await withRedis { server in
            let (one, other) = (try RedisBackend(server.settings), try RedisBackend(server.settings))
            let first = try #require(try await one.lease(key("a"), for: .seconds(60)))
            #expect(try await other.lease(key("a"), for: .milliseconds(50)) == nil)
            let connection = try server.connect()
            func setCount() throws -> Substring? {
                try connection.ask("INFO", "commandstats").text?.firstMatch(of: /cmdstat_set:calls=(\d+)/)?.1
            }
            let countBefore = try setCount()
            async let second = other.lease(key("a"), for: .seconds(60))
            while try setCount() == countBefore { try await Task.sleep(for: .milliseconds(5)) }
            await first.release()
            #expect(try await second != nil)
            await other.close()
            _ = try await one.lease(key("b"), for: .milliseconds(50))
            await one.close()
            let third = try RedisBackend(server.settings)
            #expect(try await third.lease(key("b"), for: .seconds(60)) != nil)
            await third.close()
        }
    }
}
#endif
