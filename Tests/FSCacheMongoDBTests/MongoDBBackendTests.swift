#if MongoDB
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

@testable import FSCache
@testable import FSCacheMongoDB

@Suite("MongoDB", .ifMongoDBIsInstalled, .mongoDB, .timeLimit(.minutes(5)))
struct MongoDBBackendTests {
    private let server: MongoDBTestServer

    init() throws {
        server = try #require(MongoDBTrait.server)
    }

    @Test("The backend meets every requirement", arguments: BackendRequirement.all)
    func meets(_ requirement: BackendRequirement) async throws {
        let backend = try server.makeBackend()
        try await requirement.verify(backend)
        await backend.close()
    }

    @Test("The backend meets every requirement with entries in chunks", arguments: BackendRequirement.all)
    func meetsInChunks(_ requirement: BackendRequirement) async throws {
        var settings = MongoDBSettings.forTests
        settings.documentByteLimit = 2
        let backend = try server.makeBackend(settings: settings, chunkByteCount: 30_000)
        try await requirement.verify(backend)
        await backend.close()
    }

    @Test("A BSON entry can be queried by its members, and comes back byte for byte")
    func readableEntry() async throws {
        let backend = try server.makeBackend()
        let cache = ResponseCache(backend: backend, serializer: .bson)
        let session = CachedSession(
            cache: cache,
            transport: ScriptedTransport { _ in TransportResponse(body: #"{"fruit": "apple"}"#) }
        )
        let response = try await session.get("https://example.com/items?page=1")
        #expect(!response.isFromCache)
        let document = try await backend.inDatabase { [entries = backend.entries] in
            try $0.find(in: entries, where: ["entry.request.url": "https://example.com/items?page=1"]).first
        }
        let entry = try #require(document?[document: "entry"])
        #expect(entry[integer: "status"] == 200)
        #expect(entry[document: "request"]?[string: "method"] == "GET")
        #expect(document?[string: "extension"] == "bson" && document?[integer: "size"] == entry.bytes.count)
        let key = try #require(document?[string: "_id"].flatMap { CacheKey($0) })
        #expect(try await backend.read(key) == EncodedEntry(bytes: Data(entry.bytes), fileExtension: "bson"))
        #expect(try await session.get("https://example.com/items?page=1").isFromCache)
        await session.close()
    }

    @Test("What BSONSerializer writes for any document comes back byte for byte", arguments: 0..<40)
    func exactDocuments(seed: UInt64) async throws {
        let backend = try server.makeBackend()
        var generator = SeededGenerator(seed: seed)
        let bytes = try BSONSerializer().bytes(of: .map(Document.randomMembers(depth: 0, &generator)))
        let entry = EncodedEntry(bytes: bytes, fileExtension: "bson")
        let key = CacheKey(hashing: bytes)
        try await backend.write(entry, for: key)
        #expect(try await backend.read(key) == entry)
        await backend.close()
    }

    @Test(
        "BSON that a server might change is stored as bytes",
        arguments: [
            .map([Document.Member("a", .null), Document.Member("a", .null)]),
            .map([Document.Member("$set", .null), Document.Member("b", .null)]),
            .map([Document.Member("far", .date(Date(timeIntervalSince1970: 1e13))), Document.Member("b", .null)]),
            (0..<99).reduce(.null) { inner, _ in .map([Document.Member("a", inner)]) },
        ] as [Document]
    )
    func changingDocuments(_ document: Document) async throws {
        let bytes = try BSONSerializer().bytes(of: document)
        #expect(BSONDocument(bytes)?.isStoredUnchanged == false)
        let backend = try server.makeBackend()
        let key = CacheKey(hashing: bytes)
        let entry = EncodedEntry(bytes: bytes, fileExtension: "bson")
        try await backend.write(entry, for: key)
        #expect(try await backend.read(key) == entry)
        await backend.close()
    }

    @Test("Documents that are not entries are neither read, nor listed, nor removed")
    func foreignDocuments() async throws {
        let backend = try server.makeBackend()
        let key = BackendRequirement.key("a")
        let foreign: [CommandValue] = [
            ["_id": "notes", "text": "mine"], ["_id": 5, "text": "mine"],
            ["_id": .string(key.description), "entry": 1],
            ["_id": "0123", "extension": "json", "size": 1, "modified": .date(Date()), "version": "1"],
        ]
        try await backend.inDatabase { [entries = backend.entries] connection in
            let insert: CommandValue = ["insert": .string(entries), "documents": .array(foreign)]
            _ = try connection.client.run(insert, in: connection.database, writes: true)
        }
        let error = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        #expect(error?.code == .storeFailed && error?.message.contains("is not an entry") == true)
        #expect(try await BackendRequirement.listings(backend) == [])
        try await backend.write(BackendRequirement.entry("b"), for: BackendRequirement.key("b"))
        try await backend.removeAll()
        #expect(try await backend.documentCount(backend.entries) == foreign.count)
        try await backend.write(BackendRequirement.entry("a"), for: key)
        #expect(try await backend.read(key) == BackendRequirement.entry("a"))
        await backend.close()
    }

    @Test("Two backends with one prefix share entries, and another prefix is another cache")
    func prefixes() async throws {
        let url = server.url()
        let configuration = { NamedBackend.Configuration(cacheName: $0, fileExtension: "cbor", isReadOnly: false) }
        let named = NamedBackend.mongodb(url, settings: .forTests)
        let (first, second, other) = try (
            named.open(configuration("api")), named.open(configuration("api")), named.open(configuration("other"))
        )
        let key = BackendRequirement.key("a")
        try await first.write(BackendRequirement.entry("a"), for: key)
        #expect(try await second.read(key) == BackendRequirement.entry("a"))
        #expect(try await other.read(key) == nil)
        try await (other as? any ClearableBackend)?.removeAll()
        #expect(try await second.read(key) == BackendRequirement.entry("a"))
        for backend in [first, second, other] { await backend.close() }
    }

    @Test("The keys of one URL are listed in order by their first digits, over several pages")
    func listsPages() async throws {
        let backend = try server.makeBackend()
        let keys = try (0..<1203).map { number in
            let digits = String(number, radix: 16)
            let key = CacheKey("0123abcd" + String(repeating: "0", count: 56 - digits.count) + digits)
            return try #require(key)
        }
        try await backend.write(BackendRequirement.entry("b"), for: BackendRequirement.key("b"))
        for key in keys { try await backend.write(BackendRequirement.entry("a"), for: key) }
        var listed: [CacheKey] = []
        for try await listing in backend.list(prefix: "0123abcd") { listed.append(listing.key) }
        #expect(listed == keys)
        await backend.close()
    }
}

extension Document {
    /// Members with values of every type that the serializer writes.
    static func randomMembers(depth: Int, _ generator: inout SeededGenerator) -> [Member] {
        (0..<Int.random(in: 0..<8, using: &generator)).map { number in
            Member(
                ["", "a.b", "naïve", "_id", "x"].randomElement(using: &generator)! + "\(number)",
                random(depth, &generator)
            )
        }
    }

    private static func random(_ depth: Int, _ generator: inout SeededGenerator) -> Document {
        switch Int.random(in: 0..<(depth < 4 ? 11 : 9), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .integer(Int128(Int64.random(in: .min ... .max, using: &generator)))
        case 3: .integer(Int128(Int.random(in: -9...9, using: &generator)))
        case 4: .float([0.5, -0.0, .infinity, .nan, 1e300].randomElement(using: &generator)!)
        case 5: .number("12345678901234567890.25")
        case 6: .string(["", "text", "a\0b", "日本"].randomElement(using: &generator)!)
        case 7: .bytes(Data((0..<Int.random(in: 0..<300, using: &generator)).map { UInt8(truncatingIfNeeded: $0) }))
        case 8: .date(Date(timeIntervalSince1970: Double(Int32.random(in: .min ... .max, using: &generator))))
        case 9: .array((0..<Int.random(in: 0..<12, using: &generator)).map { _ in random(depth + 1, &generator) })
        default: .map(randomMembers(depth: depth + 1, &generator))
        }
    }
}
#endif
