#if Redis
internal import FSCache

/// How a ``RedisBackend`` connects to its server, and what it stores there.
public struct RedisSettings: Sendable {
    /// The name or address of the server; by default `127.0.0.1`.
    public var host = "127.0.0.1"
    /// The port of the server; by default 6379.
    public var port = 6379
    /// The path of the server's socket, which is used instead of ``host`` and ``port``; by default `nil`.
    public var socketPath: String?
    /// The user; `nil` for the server's default user, who may have a password, too.
    public var user: String?
    /// The password; `nil` if the server has none.
    ///
    /// Messages never contain it.
    public var password: String?
    /// The number of the database; by default 0, the only one in Redis Cluster.
    public var database = 0
    /// The beginning of all keys in Redis, so that caches and other programs can share a database.
    ///
    /// It must not contain braces. Default: `fscache`.
    public var namespace = "fscache"
    /// The maximum number of connections to the server, or to each server of a cluster; by default 8.
    public var maxConnections = 8
    /// The longest time to connect and to get the replies of one operation; by default one second.
    ///
    /// Each MiB of a large entry is an operation of its own. An operation waits as long again for its turn if all
    /// connections are in use.
    public var timeout = Duration.seconds(1)
    /// How long the server keeps an entry after its response has become stale, so that it can still be validated.
    ///
    /// The server never removes entries without an expiry time. With `nil`, it removes no entries by itself. Default: one
    /// hour.
    public var expiryOffset: Duration? = .seconds(3600)

    /// Makes the default settings, for a server on this machine.
    public init() {}
}

extension RedisSettings {
    /// Checks the settings.
    func check() throws(FSCacheError) {
        func require(_ condition: Bool, _ message: String) throws(FSCacheError) {
            guard condition else { throw FSCacheError(.invalidSetting, message) }
        }
        try require(!host.isEmpty || socketPath != nil, "The host of a Redis server is empty.")
        try require((1...65535).contains(port), "The port of a Redis server is from 1 to 65535, not \(port).")
        try require(socketPath?.isEmpty != true, "The path of the Redis server's socket is empty.")
        try require(database >= 0, "The number of a Redis database is 0 or more, not \(database).")
        try require(!namespace.isEmpty, "The namespace of a Redis store is empty; the default is fscache.")
        try require(
            !namespace.contains { "{}".contains($0) || $0.unicodeScalars.contains { $0.value < 0x20 } },
            "The namespace of a Redis store can't contain braces or control characters."
        )
        try require(maxConnections > 0, "A Redis store needs at least one connection, not \(maxConnections).")
        try require(timeout > .zero, "The timeout of a Redis store must be longer than zero.")
        try require(
            expiryOffset.map { $0 > .zero } ?? true,
            "The expiry offset of a Redis store must be longer than zero."
        )
        try require(user == nil || password != nil, "The user of a Redis store has no password.")
    }
}

extension RedisSettings: CustomStringConvertible {
    /// The URL of the database, without the password.
    public var description: String {
        let login = password == nil ? "" : "\(user ?? ""):…@"
        guard let socketPath else { return "redis://\(login)\(host):\(port)/\(database)" }
        return "redis+unix://\(login)\(socketPath)?db=\(database)"
    }
}
#endif
