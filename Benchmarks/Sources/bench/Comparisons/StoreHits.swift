#if Stores
import FSCache
import FSCacheMongoDB
import FSCacheRedis
import FSCacheSQLite
import Foundation

extension Comparison {
    /// Hits in the stores that other programs or libraries provide, and in layers of stores.
    static let stores: [Comparison] = [.sqliteHit, .redisHit, .mongoDBHit, .layeredMemoryHit, .layeredFilesHit]

    /// A hit in an SQLite database, compared with a prepared statement that reads the same row.
    static let sqliteHit = Comparison(name: "sqlite-hit", baselineName: "sqlite3 SELECT", limit: 2) { folder in
        let path = folder.appending(path: "cache.sqlite").path(percentEncoded: false)
        let backend = try SQLiteBackend(path: path)
        let (key, entry) = try await storeSample(in: backend)
        return (
            hits(in: cacheOnly(backend)),
            try RawStore.selecting(key, byteCount: entry.bytes.count, from: path)
        )
    }

    /// A hit in Redis, compared with reading a string that has the bytes of the entry.
    static let redisHit = Comparison(name: "redis-hit", baselineName: "hiredis GET", limit: 2) { _ in
        let url = try StoreServer.redis
        let backend = try RedisBackend(url)
        let (_, entry) = try await storeSample(in: backend)
        return (hits(in: cacheOnly(backend)), try RawStore.getting(entry.bytes, from: url))
    }

    /// A hit in MongoDB, compared with finding the document by its `_id`.
    static let mongoDBHit = Comparison(name: "mongodb-hit", baselineName: "mongoc find", limit: 2) { _ in
        let url = try StoreServer.mongoDB
        let backend = try MongoDBBackend(url)
        let (key, entry) = try await storeSample(in: backend)
        return (
            hits(in: cacheOnly(backend)), try RawStore.finding(key, byteCount: entry.bytes.count, in: url)
        )
    }

    /// A hit in memory in front of Redis, compared with memory alone.
    static let layeredMemoryHit = layeredHit("layered-memory-hit", "memory alone") { _ in MemoryBackend() }

    /// A hit in files in front of Redis, compared with the files alone.
    static let layeredFilesHit = layeredHit("layered-files-hit", "files alone") { folder in
        try FilesystemBackend(root: .path(folder.path(percentEncoded: false)))
    }

    private static func layeredHit(
        _ name: String,
        _ baselineName: String,
        makeFront: @escaping @Sendable (_ folder: URL) throws -> any CacheBackend
    ) -> Comparison {
        Comparison(name: name, baselineName: baselineName, limit: 1.1) { folder in
            let front = try makeFront(folder.appending(path: "front"))
            let alone = try makeFront(folder.appending(path: "alone"))
            let layers = LayeredBackend([.init(front), .init(try RedisBackend(try StoreServer.redis))])
            try await storeSample(in: layers)
            // This read copies the entry to the front.
            let session = cacheOnly(layers)
            try await hits(in: session)(1)
            try await storeSample(in: alone)
            return (hits(in: session), hits(in: cacheOnly(alone)))
        }
    }

    /// Stores the sample response.
    @discardableResult
    private static func storeSample(in backend: any CacheBackend) async throws -> (key: CacheKey, entry: EncodedEntry) {
        let session = CachedSession(
            cache: ResponseCache(backend: backend),
            transport: ScriptedTransport.answering,
            autoclose: false
        )
        // A store that outlives the program may have it already.
        let response = try await session.get(Sample.url, options: RequestOptions(forceRefresh: true))
        guard let key = response.cacheKey, let entry = try await backend.read(key) else { throw NotAHit() }
        return (key, entry)
    }

    /// A session that only the cache can answer.
    private static func cacheOnly(_ backend: any CacheBackend) -> CachedSession {
        CachedSession(cache: ResponseCache(backend: backend), transport: ScriptedTransport.refusing)
    }
}
#endif
