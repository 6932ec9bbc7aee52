#if MongoDB
/// Settings of a ``MongoDBBackend``.
public struct MongoDBSettings: Sendable, Hashable {
    /// How the names of the collections begin: `<prefix>.entries`, `<prefix>.chunks` and `<prefix>.leases`.
    ///
    /// Default: `nil`, for the name of the cache with ``NamedBackend/mongodb(_:settings:)``, and otherwise `http_cache`.
    /// Backends with one database and one prefix share their entries.
    public var collectionPrefix: String?

    /// How long to wait for a connection.
    ///
    /// Default: 1 second. `connectTimeoutMS` and `serverSelectionTimeoutMS` in the URL take precedence.
    public var connectTimeLimit: Duration

    /// How long to wait for the answer to a command.
    ///
    /// Default: 1 second. `socketTimeoutMS` in the URL takes precedence.
    public var operationTimeLimit: Duration

    /// How many connections, and threads that wait for them, there are at most.
    ///
    /// Default: 16. `maxPoolSize` in the URL takes precedence.
    public var maximumConnections: Int

    /// How long after its response has become stale the server removes an entry.
    ///
    /// Default: 3600 seconds. Until then, a stale response can be validated, or served in place of an error. The server removes nothing if this
    /// is `nil`. Entries that never become stale stay in any case.
    public var expiryOffset: Duration?

    /// The largest entry that is one document, in bytes.
    ///
    /// Default: 4 MiB. At most 15 MiB, because MongoDB's limit is 16 MB. Larger entries are stored in chunks, and can't be
    /// read in a MongoDB shell.
    public var documentByteLimit: Int

    /// Makes settings.
    ///
    /// - Parameters:
    ///   - collectionPrefix: How the names of the collections begin.
    ///   - connectTimeLimit: How long to wait for a connection.
    ///   - operationTimeLimit: How long to wait for the answer to a command.
    ///   - maximumConnections: How many connections there are at most.
    ///   - expiryOffset: How long after its response has become stale the server removes an entry.
    ///   - documentByteLimit: The largest entry that is one document, in bytes.
    public init(
        collectionPrefix: String? = nil,
        connectTimeLimit: Duration = .seconds(1),
        operationTimeLimit: Duration = .seconds(1),
        maximumConnections: Int = 16,
        expiryOffset: Duration? = .seconds(3600),
        documentByteLimit: Int = 4 << 20
    ) {
        self.collectionPrefix = collectionPrefix
        self.connectTimeLimit = connectTimeLimit
        self.operationTimeLimit = operationTimeLimit
        self.maximumConnections = maximumConnections
        self.expiryOffset = expiryOffset
        self.documentByteLimit = documentByteLimit
    }
}
#endif
