#if MongoDB
public import FSCache

extension NamedBackend {
    /// Documents in a MongoDB database.
    ///
    /// The first operation connects to the server, so a server that can't be reached is no error here.
    ///
    /// - Parameters:
    ///   - url: The connection URL, such as `mongodb://user:password@db.example.com:27017/caches`; see
    ///     ``MongoDBBackend/init(_:settings:)``.
    ///   - settings: Time limits, sizes and names. Without a ``MongoDBSettings/collectionPrefix``, the name of the cache is
    ///     used.
    /// - Returns: The named backend.
    public static func mongodb(_ url: String, settings: MongoDBSettings = MongoDBSettings()) -> NamedBackend {
        NamedBackend("mongodb") { configuration in
            try rejectLimits(configuration, "use expiry, or a backend of another kind.")
            var settings = settings
            settings.collectionPrefix = settings.collectionPrefix ?? configuration.cacheName
            return try MongoDBBackend(url, settings: settings)
        }
    }
}
#endif
