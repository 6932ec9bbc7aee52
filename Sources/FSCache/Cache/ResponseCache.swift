internal import HTTPTypes
public import Logging
public import Serializers
internal import Synchronization

/// The stored responses of a session: to look into, to delete from, to move about.
///
/// It joins a backend, which keeps bytes under keys, with the serializers that make bytes of responses. It can be used
/// without a session, by tools and by test suites.
public final class ResponseCache: Sendable {
    /// Where the bytes are kept.
    public let backend: any CacheBackend
    /// The format in which responses are written.
    public let serializer: any Serializer
    /// The formats that are understood when reading.
    public let registry: SerializerRegistry
    /// Where it is told what was read and written, and why not.
    public let logger: Logger

    let statistics = StatisticsCounter()
    private let coder: EntryCoder
    private let state: Mutex<ActiveSettings>

    /// Makes a cache of its parts.
    ///
    /// - Parameters:
    ///   - backend: Where the bytes are kept.
    ///   - serializer: The format in which responses are written.
    ///   - settings: What is cached, for how long, and what tells requests apart.
    ///   - registry: The formats that are understood when reading. The serializer need not be among them.
    ///   - logger: Where it is told what was read and written, and why not: the reasons at level `debug`, failures of the
    ///     store at level `warning`.
    public init(
        backend: any CacheBackend,
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings(),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) {
        self.backend = backend
        self.serializer = serializer
        self.registry = registry.registering(serializer)
        self.logger = logger
        self.coder = EntryCoder(serializer)
        self.state = Mutex(ActiveSettings(settings))
    }

    /// Makes a cache in a named place.
    ///
    /// - Parameters:
    ///   - cacheName: A name for the store, or the path of its directory: what has a slash in it, or begins with a
    ///     tilde or a dot, is a path; anything else is a name in the user's cache directory.
    ///   - backend: The kind of backend.
    ///   - serializer: The format in which responses are written.
    ///   - settings: What is cached, for how long, and what tells requests apart.
    ///   - registry: The formats that are understood when reading.
    ///   - logger: Where it is told what was read and written, and why not.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the place can't be used.
    public convenience init(
        _ cacheName: String,
        backend: NamedBackend = .filesystem,
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings(),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) throws {
        let configuration = NamedBackend.Configuration(
            cacheName: cacheName,
            fileExtension: serializer.fileExtension,
            isReadOnly: settings.isReadOnly
        )
        self.init(
            backend: try backend.open(configuration),
            serializer: serializer,
            settings: settings,
            registry: registry,
            logger: logger
        )
    }

    /// What is cached, for how long, and what tells requests apart; the session's settings are these.
    public var settings: CacheSettings {
        get { activeSettings.settings }
        set { state.withLock { $0 = ActiveSettings(newValue) } }
    }

    /// The settings of this moment, for an exchange that begins.
    var activeSettings: ActiveSettings { state.withLock { $0 } }

    /// What was counted since the cache was opened.
    public var counts: Statistics { statistics.snapshot }

    /// Closes the backend.
    public func close() async {
        await backend.close()
    }
}

// MARK: - One entry

extension ResponseCache {
    /// Reads a stored response.
    ///
    /// What can't be read or decoded is a miss: it is logged, counted and set aside.
    func read(_ key: CacheKey) async -> StoredResponse? {
        do {
            guard let entry = try await backend.read(key) else { return nil }
            do {
                return try decode(entry, for: key)
            } catch {
                statistics.count { $0.undecodableEntries += 1 }
                logger.warning("miss: the entry can't be decoded", metadata: ["key": "\(key)", "error": "\(error)"])
                if !settings.isReadOnly { try await backend.setAside(entry, for: key) }
            }
        } catch {
            statistics.count { $0.readFailures += 1 }
            logger.warning("miss: the store can't be read", metadata: ["key": "\(key)", "error": "\(error)"])
        }
        return nil
    }

    /// Writes a response.
    ///
    /// A failure is logged and counted.
    ///
    /// - Returns: Whether it was stored.
    func write(_ response: StoredResponse, for key: CacheKey) async -> Bool {
        do {
            try await backend.write(encode(response, for: key), for: key)
            statistics.count { $0.stores += 1 }
            log(key, "stored")
            return true
        } catch {
            statistics.count { $0.writeFailures += 1 }
            logger.warning("not stored", metadata: ["key": "\(key)", "error": "\(error)"])
            return false
        }
    }

    /// Removes an entry.
    ///
    /// A failure is logged and counted.
    func discard(_ key: CacheKey) async {
        do {
            try await backend.remove(key)
        } catch {
            statistics.count { $0.writeFailures += 1 }
            logger.warning("not deleted", metadata: ["key": "\(key)", "error": "\(error)"])
        }
    }

    func decode(_ entry: EncodedEntry, for key: CacheKey) throws -> StoredResponse {
        if entry.fileExtension == serializer.fileExtension { return try coder.decode(entry.bytes, for: key) }
        return try EntryCoder(registry.serializer(forFileExtension: entry.fileExtension)).decode(entry.bytes, for: key)
    }

    func encode(_ response: StoredResponse, for key: CacheKey) throws -> EncodedEntry {
        EncodedEntry(bytes: try coder.encode(response, for: key), fileExtension: serializer.fileExtension)
    }

    func log(_ key: CacheKey?, _ message: @autoclosure () -> Logger.Message) {
        logger.debug(message(), metadata: key.map { ["key": "\($0)"] })
    }
}
