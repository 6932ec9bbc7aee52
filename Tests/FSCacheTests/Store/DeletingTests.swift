import FSCache
import Foundation
import HTTPTypes
import Serializers
import TestSupport
import Testing

@Suite("Response cache: deleting")
struct DeletingTests {
    private let url = "https://example.com/items"

    @Test("Deleting by key, request or URL deletes nothing else", arguments: CacheUnderTest.Kind.all)
    func deletes(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let keys = try await [test.store("\(url)/0"), test.store("\(url)/1"), test.store("\(url)/2"), test.store(url)]
        let missing = CacheKey(hashing: Data())
        #expect(try await test.cache.delete(keys: [keys[0], missing]) == 1)
        #expect(try await test.cache.delete(requests: [HTTPRequest(url: "\(url)/1")]) == 1)
        #expect(try await test.cache.delete(urls: ["\(url)/2", "\(url)/0"]) == 1)
        #expect(try await test.keys() == [keys[3]])
        #expect(try await test.cache.delete(keys: []) == 0)
        await #expect(throws: FSCacheError.self) { try await test.cache.delete(urls: ["items"]) }
        #expect(try await test.keys() == [keys[3]])
    }

    @Test("Deleting a URL deletes GET, HEAD and all their variants", arguments: CacheUnderTest.Kind.all)
    func deletesVariants(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let session = test.session([.vary: "Accept"])
        for accept in ["text/html", "text/plain", "image/png"] {
            _ = try await session.get(url, headers: [.accept: accept])
            _ = try await session.head(url, headers: [.accept: accept])
        }
        let other = try await test.store("\(url)/other")
        #expect(try await test.cache.count() == 7)
        #expect(try await test.cache.delete(requests: [HTTPRequest(url: url)]) == 3)
        #expect(try await test.cache.delete(urls: [#require(URL(string: url))]) == 3)
        #expect(try await test.keys() == [other])
    }

    @Test(
        "Deleting a URL deletes all its entries, with any header fields and parameters",
        arguments: [
            { $0.matchHeaders = ["Accept"] }, { $0.matchHeaders = .all },
            { settings in
                settings.keyFunction = { request, _ in
                    CacheKey(hashing: Data("\(request.path ?? "")\(request.headerFields[.accept] ?? "")".utf8))
                }
            },
        ] as [@Sendable (inout CacheSettings) -> Void]
    )
    func deletesUnderOtherKeys(change: @Sendable (inout CacheSettings) -> Void) async throws {
        var settings = CacheSettings()
        change(&settings)
        let test = try CacheUnderTest(settings: settings)
        for accept in ["text/html", "text/plain"] { try await test.store(url, headers: [.accept: accept]) }
        let other = try await test.store("\(url)/other")
        #expect(try await test.cache.delete(urls: [url]) == 2)
        #expect(try await test.keys() == [other])
    }

    @Test(
        "Expired entries stay until they are deleted, and nothing else is deleted with them",
        arguments: CacheUnderTest.Kind.all
    )
    func deletesExpired(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let stays = try await test.store("\(url)/stays", expireAfter: 60)
        let stale = try await test.store("\(url)/stale", expireAfter: 10)
        test.clock.advance(by: 10)
        #expect(try await test.keys() == [stays, stale])
        var progress: [Int] = []
        #expect(try await test.cache.delete(.expired, now: test.clock.now) { progress.append($0) } == 1)
        #expect(progress == [1, 2])
        #expect(try await test.keys() == [stays])
    }

    @Test(
        "Invalid entries are deleted, including those set aside; valid ones under their keys stay",
        arguments: CacheUnderTest.Kind.all
    )
    func deletesInvalid(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let good = try await test.store("\(url)/good")
        let replaced = try await test.store("\(url)/replaced")
        let garbage = EncodedEntry(bytes: Data("garbage".utf8), fileExtension: test.cache.serializer.fileExtension)
        try await test.cache.backend.write(garbage, for: replaced)
        #expect(await !test.cache.contains(replaced))
        try await test.store("\(url)/replaced")
        _ = try await test.storeGarbage("invalid")
        let aside = try await test.storeGarbage("aside")
        #expect(await !test.cache.contains(aside))

        #expect(try await test.cache.delete(.invalid, now: test.clock.now) == 2)
        #expect(try await test.keys(.valid) == [good, replaced])
        #expect(try await test.keys(.invalid) == [replaced], "the one aside goes with its key, which is good again")
        #expect(try await test.cache.delete(keys: [replaced]) == 1)
        #expect(try await test.keys() == [good])
    }

    @Test("olderThan deletes by age; zero deletes everything", arguments: CacheUnderTest.Kind.all)
    func deletesOld(kind: CacheUnderTest.Kind) async throws {
        let test = try CacheUnderTest(kind)
        let keys = try await [0, 1, 2].asyncMap { index in
            defer { test.clock.advance(by: 100) }
            return try await test.store("\(url)/\(index)")
        }
        #expect(try await test.cache.delete(.olderThan(.seconds(301)), now: test.clock.now) == 0)
        #expect(try await test.cache.delete(.olderThan(.seconds(300)), now: test.clock.now) == 1)
        #expect(try await test.keys() == [keys[1], keys[2]])
        _ = try await test.storeGarbage("garbage")
        // Clocks may go backward: zero selects everything, even entries from the future.
        test.clock.advance(by: -10_000)
        #expect(try await test.cache.delete(.olderThan(.zero), now: test.clock.now) == 3)
        #expect(try await test.keys() == [])
    }

    @Test(
        "Of two files of a key, only the one that is old enough is deleted; zero deletes both, and what was set aside"
    )
    func deletesOneOfTwo() async throws {
        let test = try CacheUnderTest(CacheUnderTest.Kind(isInMemory: false, format: "json"))
        let key = try await test.store(url)
        let good = try await test.cache.backend.list(prefix: "").first { _ in true }.required.path.required
        let bad = good.replacing(".json", with: ".yaml")
        try Data("garbage: [".utf8).write(to: URL(filePath: bad))
        let past = test.clock.now - 1000
        try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: bad)
        #expect(try await test.cache.delete(.olderThan(.seconds(500)), now: test.clock.now) == 1)
        #expect(!FileManager.default.fileExists(atPath: bad))
        #expect(await test.cache.contains(key))

        try Data("garbage: [".utf8).write(to: URL(filePath: bad))
        try Data("garbage".utf8).write(to: URL(filePath: good.replacing(".json", with: ".bson.invalid")))
        #expect(try await test.cache.delete(.olderThan(.zero), now: test.clock.now) == 3)
        #expect(try await test.cache.count() == 0)
    }

    @Test("Clear removes this cache's entries, set aside or not, and no foreign file")
    func clears() async throws {
        let test = try CacheUnderTest()
        let key = try await test.store(url)
        let aside = try await test.storeGarbage("aside")
        #expect(await !test.cache.contains(aside))
        let shard = "cache/\("\(key)".prefix(2))"
        let foreign = ["cache/notes.txt", "cache/ab/notes.txt", "\(shard)/notes.txt", "cache/zz/\(key).cbor"]
        for name in foreign { try test.scratch.write("mine", to: name) }
        try await test.cache.clear()
        #expect(try await test.cache.count() == 0)
        for name in foreign { try #expect(test.scratch.read(name) == "mine") }
        let entries = try test.scratch.contents(of: "cache").filter {
            $0.hasSuffix(".cbor") || $0.hasSuffix(".invalid")
        }
        #expect(entries == ["zz/\(key).cbor"])
        try await test.store(url)
        #expect(try await test.cache.contains(url: url))
    }
}

extension Sequence {
    /// Transforms the elements one after the other.
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { try await values.append(transform(element)) }
        return values
    }
}
