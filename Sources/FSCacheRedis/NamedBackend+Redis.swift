#if Redis
public import FSCache

extension NamedBackend {
    private static let advice = "Redis has its own; set maxmemory and maxmemory-policy."

    /// Entries in a Redis or Valkey server.
    ///
    /// The session's cache name is the ``RedisSettings/namespace``, unless the URL has one. An invalid URL throws
    /// ``/FSCache/FSCacheError`` with `invalidSetting` when the session is made; a server that can't be reached does not.
    ///
    /// - Parameter url: The URL of the database, such as `redis://user:password@host:6379/0`. See
    ///   ``RedisSettings/init(url:)``.
    /// - Returns: The named backend.
    public static func redis(_ url: String) -> NamedBackend {
        NamedBackend("redis") { configuration in
            try rejectLimits(configuration, advice)
            return try RedisBackend(RedisSettings(url: url, namespace: configuration.cacheName))
        }
    }

    /// Entries in a Redis or Valkey server.
    ///
    /// - Parameter settings: The server, and what is stored there. The session's cache name has no effect.
    /// - Returns: The named backend.
    public static func redis(_ settings: RedisSettings) -> NamedBackend {
        NamedBackend("redis") { configuration in
            try rejectLimits(configuration, advice)
            return try RedisBackend(settings)
        }
    }
}
#endif
