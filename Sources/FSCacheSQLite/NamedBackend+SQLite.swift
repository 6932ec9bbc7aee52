#if SQLite
public import FSCache

extension NamedBackend {
    /// An SQLite database with the session's name or path and the extension `sqlite`, such as `~/.cache/api.sqlite`.
    public static let sqlite = NamedBackend("sqlite") { configuration in
        try rejectLimits(configuration, "use files, or delete old entries from time to time.")
        let name = configuration.cacheName
        return try SQLiteBackend(
            path: name.hasSuffix(".sqlite") ? name : "\(name).sqlite",
            isReadOnly: configuration.isReadOnly
        )
    }

    /// An SQLite database with a path.
    ///
    /// - Parameter path: The path, as for ``SQLiteBackend/init(path:timeout:autoVacuums:isReadOnly:logger:)``. The session's
    ///   cache name has no effect.
    /// - Returns: The named backend.
    public static func sqlite(_ path: String) -> NamedBackend {
        NamedBackend("sqlite") { configuration in
            try rejectLimits(configuration, "use files, or delete old entries from time to time.")
            return try SQLiteBackend(path: path, isReadOnly: configuration.isReadOnly)
        }
    }
}
#endif
