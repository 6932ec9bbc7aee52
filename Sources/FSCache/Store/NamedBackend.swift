/// A backend that is chosen by name: `filesystem`, `memory`, or your own.
///
/// The session passes its cache name, format, mode and limits when it opens the backend.
public struct NamedBackend: Sendable {
    /// The settings that a session opens a backend with.
    public struct Configuration: Sendable {
        /// The name of the cache, or the path of its directory.
        public var cacheName: String
        /// The file extension of new entries, which reads should try first.
        public var fileExtension: String
        /// Whether the cache is read-only.
        public var isReadOnly: Bool
        /// How much the store may hold.
        public var limits: StoreLimits

        /// Makes the settings.
        ///
        /// - Parameters:
        ///   - cacheName: The name of the cache, or the path of its directory.
        ///   - fileExtension: The file extension of new entries.
        ///   - isReadOnly: Whether the cache is read-only. Default: `false`.
        ///   - limits: How much the store may hold. Default: no limits.
        public init(
            cacheName: String,
            fileExtension: String,
            isReadOnly: Bool = false,
            limits: StoreLimits = StoreLimits()
        ) {
            self.cacheName = cacheName
            self.fileExtension = fileExtension
            self.isReadOnly = isReadOnly
            self.limits = limits
        }
    }

    /// The name.
    public let name: String
    private let opener: @Sendable (Configuration) throws -> any CacheBackend

    /// Names your own backend.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - open: Opens the backend.
    public init(_ name: String, open: @escaping @Sendable (Configuration) throws -> any CacheBackend) {
        self.name = name
        self.opener = open
    }

    /// Opens the backend.
    ///
    /// - Parameter configuration: The session's settings.
    /// - Returns: The backend.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the store can't be used.
    public func open(_ configuration: Configuration) throws -> any CacheBackend {
        try opener(configuration)
    }
}

extension NamedBackend {
    /// Files in the directory of the session's name or path.
    ///
    /// This is the default.
    public static let filesystem = NamedBackend("filesystem") { configuration in
        try FilesystemBackend(
            root: .named(configuration.cacheName),
            preferredExtension: configuration.fileExtension,
            limits: configuration.limits,
            isReadOnly: configuration.isReadOnly
        )
    }

    /// Memory, up to the session's limits or 64 MiB, for the lifetime of the session.
    public static let memory = NamedBackend("memory") { MemoryBackend(limits: $0.limits) }

    /// A backend that is already open.
    ///
    /// - Parameter backend: The backend. The session's cache name, mode and limits have no effect on it.
    /// - Returns: The named backend.
    public static func custom(_ backend: any CacheBackend) -> NamedBackend {
        NamedBackend("custom") { _ in backend }
    }

    /// Several backends in layers, the fastest first; see ``LayeredBackend``.
    ///
    /// - Parameters:
    ///   - backends: The backends. Each gets the session's cache name, mode and limits.
    ///   - checkInterval: How long a layer in front of the last one may answer without asking that. Default: one second.
    /// - Returns: The named backend.
    public static func layered(_ backends: [NamedBackend], checkInterval: Duration = .seconds(1)) -> NamedBackend {
        NamedBackend("layered") { configuration in
            guard !backends.isEmpty else {
                throw FSCacheError(.invalidSetting, "Layers need at least one backend.")
            }
            return LayeredBackend(
                try backends.map { .init(try $0.open(configuration), isReadOnly: configuration.isReadOnly) },
                checkInterval: checkInterval
            )
        }
    }

    /// Throws an error that says what to do instead, if the session has limits that its backend can't keep.
    package static func rejectLimits(_ configuration: Configuration, _ advice: String) throws(FSCacheError) {
        guard !configuration.limits.isUnlimited else { return }
        throw FSCacheError(.invalidSetting, "This store doesn't keep the limits of a session: \(advice)")
    }

    /// Finds one of this library's backends by name.
    ///
    /// The backends of the products FSCacheSQLite, FSCacheRedis and FSCacheMongoDB need an address, so they have no name
    /// here: see their extensions of this type.
    ///
    /// - Parameter name: `filesystem` or `memory`.
    /// - Throws: ``FSCacheError/Code/invalidSetting`` for any other name. The message says which product and trait have the
    ///   backend, if one has.
    public init(named name: String) throws(FSCacheError) {
        guard let backend = [NamedBackend.filesystem, .memory].first(where: { $0.name == name }) else {
            let products = ["sqlite": "SQLite", "redis": "Redis", "mongodb": "MongoDB"]
            let advice =
                products[name].map { "import FSCache\($0), with the package trait \($0), and use .\(name)" }
                ?? "use filesystem or memory"
            throw FSCacheError(.invalidSetting, "There is no backend named \(name) here: \(advice).")
        }
        self = backend
    }
}
