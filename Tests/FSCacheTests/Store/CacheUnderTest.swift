import FSCache
import Foundation
import HTTPTypes
import Logging
import Serializers
import TestSupport
import Testing

/// A cache with each kind of backend and format, and a stopped clock.
struct CacheUnderTest {
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(isInMemory ? "memory" : "files"), \(format)" }
        var isInMemory: Bool
        var format: String

        static let all = [true, false].flatMap { isInMemory in
            SerializerRegistry.standard.serializers.map { Kind(isInMemory: isInMemory, format: $0.name) }
        }
    }

    let scratch: ScratchDirectory
    let cache: ResponseCache
    let clock = TestClock()
    let log = LogRecorder()

    init(_ kind: Kind = Kind(isInMemory: false, format: "native"), settings: CacheSettings = CacheSettings()) throws {
        scratch = try ScratchDirectory()
        let serializer = try SerializerRegistry.standard.serializer(named: kind.format)
        cache = ResponseCache(
            backend: kind.isInMemory
                ? MemoryBackend()
                : try FilesystemBackend(root: .path(scratch("cache")), preferredExtension: serializer.fileExtension),
            serializer: serializer,
            settings: settings,
            logger: log.logger
        )
    }

    /// A session over the cache, whose origin answers each request with its ordinal, and these header fields.
    func session(_ fields: HTTPFields = [:], body: String = "") -> CachedSession {
        let transport = ScriptedTransport { TransportResponse(200, fields, body: "\(body)\($0.ordinal)") }
        return CachedSession(cache: cache, transport: transport, autoclose: false, now: clock.source)
    }

    /// Stores a response for a URL, as a session would.
    @discardableResult
    func store(
        _ url: String,
        expireAfter: Expiration = .never,
        headers: HTTPFields = [:],
        fields: HTTPFields = [:]
    ) async throws -> CacheKey {
        let options = RequestOptions(expireAfter: expireAfter, forceRefresh: true)
        return try await session(fields).get(url, headers: headers, options: options).cacheKey.required
    }

    /// Stores bytes that are not an entry.
    func storeGarbage(_ name: String) async throws -> CacheKey {
        let key = CacheKey(hashing: Data(name.utf8))
        let entry = EncodedEntry(bytes: Data("garbage".utf8), fileExtension: cache.serializer.fileExtension)
        try await cache.backend.write(entry, for: key)
        return key
    }

    /// The keys of a selection.
    func keys(_ selection: EntrySelection = .all) async throws -> Set<CacheKey> {
        var keys: Set<CacheKey> = []
        for try await entry in cache.entries(selection, now: clock.now) { keys.insert(entry.key) }
        return keys
    }
}
