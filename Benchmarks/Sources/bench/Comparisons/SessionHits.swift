import FSCache
import Foundation
import HTTPTypes
import Serializers

extension Comparison {
    /// A hit in a memory store, compared with reading a file of the entry's size.
    static let memoryHit = Comparison(name: "memory-hit", baselineName: "raw read") { folder in
        let cache = ResponseCache(backend: MemoryBackend())
        _ = try await CachedSession(cache: cache, transport: ScriptedTransport.answering, autoclose: false)
            .get(Sample.url)
        let file = folder.appending(path: "file")
        try Sample.file.write(to: file)
        return (
            hits(in: CachedSession(cache: cache, transport: ScriptedTransport.refusing)), try RawFile.reading(file)
        )
    }
    /// A hit on an entry in the native format.
    static let nativeHit = hit("native-hit", serializer: .native, limit: 2)
    /// A hit whose header fields are all read, because they are decoded only on demand.
    static let nativeHitFields = hit("native-hit-fields", serializer: .native) { response in
        let byteCount = response.headerFields.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
        guard byteCount > 0 else { throw NotAHit() }
    }
    /// A hit on an entry in BSON.
    static let bsonHit = hit("bson-hit", serializer: .bson, limit: 4)
    /// A hit on an entry in JSON.
    static let jsonHit = hit("json-hit", serializer: .json, limit: 20)
    /// A hit on an entry in YAML.
    static let yamlHit = hit("yaml-hit", serializer: .yaml, limit: 150)

    /// A hit on an entry in the native format that stays in memory.
    static let nativeHitRemembered = hit("native-hit-remembered", serializer: .native, staysInMemory: true)
    /// A hit on an entry in YAML that stays in memory.
    static let yamlHitRemembered = hit("yaml-hit-remembered", serializer: .yaml, staysInMemory: true)

    /// A hit through the public API, compared with a raw read of the file.
    private static func hit(
        _ name: String,
        serializer: some Serializer,
        limit: Double? = nil,
        staysInMemory: Bool = false,
        use: @escaping @Sendable (CachedResponse) throws -> Void = { _ in }
    ) -> Comparison {
        Comparison(name: name, baselineName: "raw read", limit: limit) { folder in
            let path = folder.path(percentEncoded: false)
            _ = try await CachedSession(path, serializer: serializer, transport: ScriptedTransport.answering)
                .get(Sample.url)
            let session = try CachedSession(path, serializer: serializer, transport: ScriptedTransport.refusing)
            if staysInMemory {
                session.settings.memoryByteLimit = 1 << 20
                // The memory tier doesn't keep a file that is newer than this.
                try await Task.sleep(for: .seconds(2.1))
            }
            return (hits(in: session, use: use), try RawFile.reading(await onlyEntry(of: session)))
        }
    }

    /// Hits on the stored sample response.
    ///
    /// - Parameters:
    ///   - session: A session whose cache has the response.
    ///   - use: Uses each response.
    /// - Returns: An operation that reads it.
    static func hits(
        in session: CachedSession,
        use: @escaping @Sendable (CachedResponse) throws -> Void = { _ in }
    ) -> Operation {
        { times in
            for _ in 0..<times {
                let response = try await session.get(Sample.url)
                guard response.isFromCache, response.body.count == Sample.body.count else { throw NotAHit() }
                try use(response)
            }
        }
    }

    /// Thrown when a response is not from the cache.
    struct NotAHit: Error {}

    private static func onlyEntry(of session: CachedSession) async throws -> URL {
        for try await entry in session.cache.backend.list(prefix: "") {
            if let path = entry.path { return URL(filePath: path) }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
