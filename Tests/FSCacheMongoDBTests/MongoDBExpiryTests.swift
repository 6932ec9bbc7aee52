#if MongoDB
import FSCache
import FSCacheTesting
import Foundation
import Logging
import Serializers
import TestSupport
import Testing

@testable import FSCacheMongoDB

@Suite("Expiry and chunks in MongoDB", .ifMongoDBIsInstalled, .mongoDB, .timeLimit(.minutes(5)))
struct MongoDBExpiryTests {
    private let server: MongoDBTestServer
    private let clock = TestClock()
    private let key = BackendRequirement.key("a")

    init() throws {
        server = try #require(MongoDBTrait.server)
    }

    private func makeBackend(_ change: (inout MongoDBSettings) -> Void = { _ in }) throws -> MongoDBBackend {
        var settings = MongoDBSettings.forTests
        settings.documentByteLimit = 20
        change(&settings)
        return try server.makeBackend(settings: settings, chunkByteCount: 10, now: clock.source)
    }

    /// The times at which the server removes the documents of a collection.
    private func removalTimes(_ collection: String, in backend: MongoDBBackend) async throws -> [Date?] {
        try await backend.inDatabase { connection in
            try connection.find(in: collection, where: [:], limit: 500).map { $0[date: StoredEntry.expiryField] }
        }
    }

    @Test("An entry is removed an offset after it has expired, or never", arguments: [nil, 60], [nil, 0, 3600])
    func expiry(lifetime: Int?, offset: Int?) async throws {
        let backend = try makeBackend { $0.expiryOffset = offset.map { .seconds($0) } }
        let expires = lifetime.map { clock.now + Double($0) }
        let bytes = Data("twelve bytes".utf8)
        try await backend.write(EncodedEntry(bytes: bytes, fileExtension: "json", expires: expires), for: key)
        let expected = offset.flatMap { expires?.addingTimeInterval(Double($0)) }
        #expect(try await backend.find(key)?[date: "expires"] == expires)
        #expect(try await removalTimes(backend.entries, in: backend) == [expected])
        // In chunks, which stay an hour longer, for readers that have begun.
        let large = EncodedEntry(bytes: bytes + bytes, fileExtension: "json", expires: expires)
        try await backend.write(large, for: key)
        #expect(try await removalTimes(backend.entries, in: backend) == [expected])
        let chunkTimes = try await removalTimes(backend.chunks.collection, in: backend)
        #expect(chunkTimes == Array(repeating: expected?.addingTimeInterval(3600), count: 3))
        await backend.close()
    }

    @Test("The server has an index by which it removes entries and chunks at their time")
    func indexes() async throws {
        let backend = try makeBackend()
        let bytes = Data(count: 50)
        try await backend.write(EncodedEntry(bytes: bytes, fileExtension: "cbor"), for: key)
        try await backend.lease(key, for: .seconds(1))?.release()
        for collection in [backend.entries, backend.chunks.collection, backend.leases] {
            let indexes = try await backend.inDatabase { connection in
                try connection.client.run(["listIndexes": .string(collection)], in: connection.database, writes: false)
            }
            let index = indexes[document: "cursor"]?[documents: "firstBatch"].first { $0[string: "name"] == "removeAt" }
            #expect(index?[integer: "expireAfterSeconds"] == 0)
            #expect(index?[document: "key"]?[integer: "removeAt"] == 1)
        }
        await backend.close()
    }

    @Test(
        "The chunks of a replaced, removed or cleared entry stay for an hour",
        arguments: ["replace", "remove", "clear"]
    )
    func releasesChunks(how: String) async throws {
        let backend = try makeBackend()
        let entry = EncodedEntry(bytes: Data(0..<45), fileExtension: "cbor")
        try await backend.write(entry, for: key)
        let reader = try #require(try await backend.open(key))
        #expect(try await removalTimes(backend.chunks.collection, in: backend) == Array(repeating: nil, count: 5))
        switch how {
        case "replace": try await backend.write(BackendRequirement.entry("new"), for: key)
        case "remove": try await backend.remove(key)
        default: try await backend.removeAll()
        }
        let times = try await removalTimes(backend.chunks.collection, in: backend)
        #expect(times == Array(repeating: clock.now + 3600, count: 5))
        #expect(try await reader.read(from: 3, upTo: 100) == Data(3..<45))
        await backend.close()
    }

    @Test(
        "What a writer stores is removed within a day if it is never committed, and at once if the writer is released"
    )
    func uncommittedChunks() async throws {
        let backend = try makeBackend()
        var writer: (any EntryWriter)? = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        try await writer?.append(Data(count: 45))
        let times = try await removalTimes(backend.chunks.collection, in: backend)
        #expect(times == Array(repeating: clock.now + 86_400, count: 4))
        writer = nil
        while try await backend.documentCount(backend.chunks.collection) > 0 { await Task.yield() }
        #expect(try await backend.read(key) == nil)
        await backend.close()
    }

    @Test("Of many concurrent writes of one key, only the chunks of the last one stay")
    func concurrentChunks() async throws {
        let backend = try makeBackend()
        try await withThrowingTaskGroup { [key] group in
            for task in 0..<6 {
                group.addTask {
                    for byteCount in [35, 15, 25, 45] {
                        let bytes = Data(repeating: UInt8(task), count: byteCount)
                        try await backend.write(EncodedEntry(bytes: bytes, fileExtension: "cbor"), for: key)
                    }
                }
            }
            try await group.waitForAll()
        }
        let byteCount = try #require(try await backend.read(key)).bytes.count
        let times = try await removalTimes(backend.chunks.collection, in: backend)
        #expect(times.filter { $0 == nil }.count == (byteCount > 20 ? (byteCount + 9) / 10 : 0))
        await backend.close()
    }

    @Test("An entry without all of its chunks is an error, and a session fetches the response again")
    func missingChunk() async throws {
        let backend = try makeBackend()
        let log = LogRecorder(.warning)
        let session = CachedSession(
            cache: ResponseCache(backend: backend, logger: log.logger),
            transport: ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        )
        #expect(try await session.get("https://example.com/items").text() == "1")
        try await backend.inDatabase { [chunks = backend.chunks] connection in
            let last = try connection.find(in: chunks.collection, where: [:], limit: 100).last?[string: "_id"] ?? ""
            try connection.delete(from: chunks.collection, where: ["_id": .string(last)])
        }
        #expect(try await session.get("https://example.com/items").text() == "2")
        #expect(log.text.contains("A part of an entry is missing"))
        #expect(try await session.get("https://example.com/items").text() == "2")
        await session.close()
    }

    @Test("Bytes in several chunks can be replaced and read while an entry is written")
    func overwritesChunks() async throws {
        let backend = try makeBackend()
        let writer = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        var expected = Data(0..<45)
        for byte in expected { try await writer.append(Data([byte])) }
        for (offset, count) in [(0, 45), (5, 10), (38, 7), (44, 1), (29, 2), (10, 10)] {
            let bytes = Data((0..<count).map { UInt8(100 + offset + $0) })
            expected.replaceSubrange(offset..<(offset + count), with: bytes)
            try await writer.overwrite(at: offset, with: bytes)
            for start in [0, 9, 10, 39, 40, 41, 44, 45, 50] {
                #expect(try await writer.read(from: start, upTo: 12) == expected.dropFirst(start).prefix(12))
            }
        }
        try await writer.commit()
        #expect(try await backend.read(key)?.bytes == expected)
        #expect(try await writer.read(from: 0, upTo: .max) == expected)
        await backend.close()
    }

    @Test("An entry of more than 16 MB is stored and read, whole and in pieces")
    func largeEntry() async throws {
        let backend = try server.makeBackend()
        let bytes = Data((0..<(17 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) })
        try await backend.write(EncodedEntry(bytes: bytes, fileExtension: "cbor"), for: key)
        #expect(try await backend.read(key)?.bytes == bytes)
        let reader = try #require(try await backend.open(key))
        #expect(reader.byteCount == bytes.count)
        #expect(try await reader.read(from: 16 << 20, upTo: 70_000) == bytes[(16 << 20)..<((16 << 20) + 70_000)])
        await backend.close()
    }
}
#endif
