#if MongoDB
public import FSCache
internal import Foundation
internal import Logging
internal import Synchronization

/// Keeps each entry in a document of a MongoDB database, which many machines can share.
///
/// With the serializer `.bson`, the members of an entry are those of a document, which you can read and query in a MongoDB
/// shell:
///
/// ```
/// > db["api.entries"].findOne({"entry.request.url": /items/})
/// { _id: 'bcd681fe…', extension: 'bson', size: 1234, modified: ISODate('…'), version: '…', expires: ISODate('…'),
///   removeAt: ISODate('…'), entry: { request: { method: 'GET', url: 'https://…' }, status: 200, headers: […], … } }
/// ```
///
/// With other serializers, `bytes` holds the entry. The bytes of an entry come back unchanged in any case. Entries over
/// ``MongoDBSettings/documentByteLimit`` are stored in chunks in another collection.
///
/// It keeps the promises of ``FilesystemBackend``: readers see a complete entry or none, a writer that is not committed
/// leaves nothing that is not removed later, and a reader continues to read the entry that it has opened, for an hour. The
/// server removes entries an hour after they have expired; see ``MongoDBSettings/expiryOffset``.
///
/// The server may be lost at any time. Then each operation fails, after a time limit, or at once if another one has failed
/// within the last seconds. A session treats that as a miss, and uses the server when it is back.
///
/// Documents that are not entries stay, and are not listed.
public final class MongoDBBackend: StreamingBackend, QuarantiningBackend, ComparingBackend, ClearableBackend,
    LeasingBackend
{
    /// The server and the database in messages, without user and password.
    public var name: String { server.name }

    let server: MongoDBServer
    let settings: MongoDBSettings
    let now: @Sendable () -> Date
    let chunkByteCount: Int
    let chunks: Chunks
    let entries: String
    let leases: String
    private let indexed = Mutex<Set<String>>([])
    private static let logger = Logger(label: "FSCacheMongoDB")

    /// Makes a backend.
    ///
    /// The first operation connects to the server.
    ///
    /// - Parameters:
    ///   - url: The connection URL, such as `mongodb://user:password@db.example.com:27017/caches`. Characters other than
    ///     letters, digits and `-._~` in user and password are escaped with `%`. The default database is `fscache`.
    ///     Options such as `?tls=true&authSource=admin` are those of MongoDB, apart from `retryReads` and `retryWrites`,
    ///     which have no effect.
    ///   - settings: Time limits, sizes and names.
    /// - Throws: ``FSCacheError/Code/invalidSetting`` when the URL or a setting is invalid. A server that can't be reached
    ///   is no reason to throw.
    public convenience init(_ url: String, settings: MongoDBSettings = MongoDBSettings()) throws(FSCacheError) {
        try self.init(url, settings: settings, chunkByteCount: 512 << 10, now: { Date() })
    }

    init(
        _ url: String,
        settings: MongoDBSettings,
        chunkByteCount: Int,
        now: @escaping @Sendable () -> Date
    ) throws(FSCacheError) {
        try settings.check()
        let prefix = settings.collectionPrefix ?? "http_cache"
        server = try MongoDBServer(url, settings)
        self.settings = settings
        self.now = now
        self.chunkByteCount = chunkByteCount
        chunks = Chunks(collection: prefix + ".chunks")
        entries = prefix + ".entries"
        leases = prefix + ".leases"
    }

    /// Closes the connections after the running operations have ended.
    public func close() async {
        await server.close()
    }

    /// Makes the server remove documents of a collection when their time has come, unless that has been done.
    ///
    /// Without the index, nothing expires, but all else works, so a refusal is only logged.
    func createExpiryIndex(on collection: String, _ connection: MongoDBConnection) throws(DriverError) {
        guard !indexed.withLock({ $0.contains(collection) }) else { return }
        do {
            try connection.createExpiryIndex(on: collection, field: StoredEntry.expiryField)
        } catch let error where !error.isOutage {
            Self.logger.warning("\(name) can't remove old documents of \(collection) by itself: \(error)")
        }
        _ = indexed.withLock { $0.insert(collection) }
    }
}

extension MongoDBSettings {
    fileprivate func check() throws(FSCacheError) {
        let prefix = collectionPrefix ?? "http_cache"
        guard !prefix.isEmpty, prefix.utf8.count <= 100, !prefix.hasPrefix("system."),
            !prefix.contains(where: "$\0".contains)
        else {
            throw FSCacheError(
                .invalidSetting,
                "\(prefix.debugDescription) can't begin the name of a MongoDB collection: use 1 to 100 bytes, without $, "
                    + "and another beginning than \"system.\"."
            )
        }
        guard connectTimeLimit > .zero, operationTimeLimit > .zero else {
            throw FSCacheError(.invalidSetting, "The time limits of the MongoDB backend must be positive.")
        }
        guard maximumConnections > 0 else {
            throw FSCacheError(.invalidSetting, "maximumConnections of the MongoDB backend must be at least 1.")
        }
        guard (0...(15 << 20)).contains(documentByteLimit) else {
            throw FSCacheError(.invalidSetting, "documentByteLimit of the MongoDB backend can be up to 15 MiB.")
        }
        guard (expiryOffset ?? .zero) >= .zero else {
            throw FSCacheError(.invalidSetting, "expiryOffset of the MongoDB backend can't be negative.")
        }
    }
}
#endif
