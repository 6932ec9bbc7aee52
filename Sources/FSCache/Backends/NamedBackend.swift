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
