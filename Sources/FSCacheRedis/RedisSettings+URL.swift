#if Redis
public import FSCache
internal import Foundation

extension RedisSettings {
    /// Reads a connection URL.
    ///
    /// The form is `redis://user:password@host:port/database`, where all parts but the scheme are optional, or
    /// `redis+unix:///path/to/socket` for a server on this machine. User, password and path are percent-decoded. After a
    /// question mark, `db=1` and `namespace=shop` set the database and the ``namespace``.
    ///
    /// - Parameter url: The URL.
    /// - Throws: ``/FSCache/FSCacheError`` with `invalidSetting`. The message does not contain the URL, because that may
    ///   hold a password.
    public init(url: String) throws(FSCacheError) {
        try self.init(url: url, namespace: RedisSettings().namespace)
    }

    /// Reads a connection URL, with a namespace for those that have none.
    init(url: String, namespace: String) throws(FSCacheError) {
        self.namespace = namespace
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased() else {
            throw Self.invalid("it is not a URL. Percent-encode special characters in the password")
        }
        switch scheme {
        case "redis": break
        case "redis+unix": socketPath = parts.path
        case "rediss":
            throw Self.invalid(
                "rediss needs TLS, which the installed libhiredis doesn't have. Use redis in a trusted network, or a"
                    + " tunnel such as stunnel"
            )
        default: throw Self.invalid("its scheme is \(scheme), not redis or redis+unix")
        }
        if socketPath == nil {
            if let host = parts.host, !host.isEmpty {
                self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            }
            if let port = parts.port { self.port = port }
            let path = parts.path.drop { $0 == "/" }
            if !path.isEmpty { database = try Self.database(path) }
        } else if parts.host?.isEmpty == false {
            throw Self.invalid("a socket has no host. Write three slashes: redis+unix:///path")
        }
        if let user = parts.user, !user.isEmpty { self.user = user }
        if let password = parts.password, !password.isEmpty { self.password = password }
        for item in parts.queryItems ?? [] {
            switch item.name {
            case "db": database = try Self.database(item.value ?? "")
            case "namespace": self.namespace = item.value ?? ""
            default: throw Self.invalid("it has an unknown option, \(item.name). There are db and namespace")
            }
        }
        guard parts.fragment == nil else {
            throw Self.invalid("it has a fragment. Percent-encode # in the password as %23")
        }
        try check()
    }

    private static func database(_ text: some StringProtocol) throws(FSCacheError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw invalid("the database must be a number, as in redis://host:6379/1")
        }
        return number
    }

    private static func invalid(_ reason: String) -> FSCacheError {
        FSCacheError(.invalidSetting, "The URL of the Redis server can't be used: \(reason).")
    }
}
#endif
