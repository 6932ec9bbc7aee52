/// A backend, chosen by what it is called: `filesystem`, `memory`, or one of your own.
///
/// It is opened by the session that it is given to, with that session's name, format and mode.
public struct NamedBackend: Sendable {
    /// What a backend is opened with.
    public struct Configuration: Sendable {
        /// The name of the cache, or the path of its directory.
        public var cacheName: String
        /// The extension of files in the format that is written, which is looked for first.
        public var fileExtension: String
        /// Whether nothing will be written.
        public var isReadOnly: Bool
    }

    /// The name.
    public let name: String
    private let opener: @Sendable (Configuration) throws -> any CacheBackend

    /// Makes a named backend of your own.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - open: Opens it.
    public init(_ name: String, open: @escaping @Sendable (Configuration) throws -> any CacheBackend) {
        self.name = name
        self.opener = open
    }

    /// Opens the backend.
    ///
    /// - Parameter configuration: What to open it with.
    /// - Returns: The backend.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when its place can't be used.
    public func open(_ configuration: Configuration) throws -> any CacheBackend {
        try opener(configuration)
    }
}

extension NamedBackend {
    /// Files, in the directory that the session's name or path says: the default.
    public static let filesystem = NamedBackend("filesystem") { configuration in
        try FilesystemBackend(
            root: .named(configuration.cacheName),
            preferredExtension: configuration.fileExtension,
            isReadOnly: configuration.isReadOnly
        )
    }

    /// Memory, up to 64 MiB, for as long as the session lives.
    public static let memory = NamedBackend("memory") { _ in MemoryBackend() }

    /// A backend that is open already.
    ///
    /// - Parameter backend: The backend. What the session says of its name and mode is for it to know.
    /// - Returns: The named backend.
    public static func custom(_ backend: any CacheBackend) -> NamedBackend {
        NamedBackend("custom") { _ in backend }
    }

    /// Finds a backend of this package by name.
    ///
    /// - Parameter name: `filesystem` or `memory`.
    /// - Throws: ``FSCacheError/Code/invalidSetting`` when there is none.
    public init(named name: String) throws(FSCacheError) {
        guard let backend = [NamedBackend.filesystem, .memory].first(where: { $0.name == name }) else {
            throw FSCacheError(.invalidSetting, "There is no backend named \(name): use filesystem or memory.")
        }
        self = backend
    }
}
