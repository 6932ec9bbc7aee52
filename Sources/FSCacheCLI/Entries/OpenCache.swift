import FSCache
import Foundation
import Logging
import Serializers

/// The cache of a command.
struct OpenCache {
    /// How a command uses the cache.
    enum Purpose {
        /// Only reads. A missing cache counts as empty and is not created.
        case looking
        /// Changes existing entries. A missing cache counts as empty and is not created.
        case maintaining
        /// Copies entries. A missing cache is created.
        case importing
        /// Stores responses. A missing cache is created. If the cache can't be used, the command continues without it.
        case fetching
    }

    let cache: ResponseCache
    /// The absolute path of the directory, or the place of another store without a password.
    let path: String
    /// Whether the directory exists.
    ///
    /// A store of another kind always does.
    let exists: Bool

    /// Opens the cache given on the command line.
    ///
    /// - Throws: `FSCacheError` if the directory can't be used.
    init(
        _ options: CacheOptions,
        for purpose: Purpose,
        serializer: any Serializer = .native,
        settings: CacheSettings = CacheSettings()
    ) throws {
        try self.init(options.location, options.logging, for: purpose, serializer: serializer, settings: settings)
    }

    /// Opens a cache.
    ///
    /// - Throws: `FSCacheError` if the directory can't be used.
    init(
        _ location: CacheLocation,
        _ logging: LoggingOptions,
        for purpose: Purpose,
        serializer: any Serializer = .native,
        settings: CacheSettings = CacheSettings()
    ) throws {
        var settings = settings
        settings.isReadOnly = settings.isReadOnly || purpose == .looking
        path = try location.resolve()
        let logger = logging.logger
        var backend: (any CacheBackend)?
        do {
            backend = try Self.open(
                location,
                serializer,
                settings.limits,
                for: settings.isReadOnly ? .looking : purpose
            )
        } catch {
            guard purpose == .fetching, error.code != .invalidSetting else { throw error }
            // The command can still use entries that are readable.
            logger.warning("\(error.message)")
            settings.isReadOnly = true
            backend = try? Self.open(location, serializer, settings.limits, for: .looking)
        }
        exists = backend != nil
        cache = ResponseCache(
            backend: backend ?? MemoryBackend(),
            serializer: serializer,
            settings: settings,
            logger: logger
        )
    }

    /// Opens a store; `nil` if its directory is missing and must not be created.
    private static func open(
        _ location: CacheLocation,
        _ serializer: any Serializer,
        _ limits: StoreLimits,
        for purpose: Purpose
    ) throws(FSCacheError) -> (any CacheBackend)? {
        switch location {
        case .directory(let directory):
            return try open(directory, serializer, limits, for: purpose)
        case .store(let store, _):
            let configuration = NamedBackend.Configuration(
                cacheName: "http_cache",
                fileExtension: serializer.fileExtension,
                isReadOnly: purpose == .looking,
                limits: limits
            )
            do {
                return try store.open(configuration)
            } catch {
                throw error as? FSCacheError ?? FSCacheError(.unusableStore, "\(error)")
            }
        }
    }

    private static func open(
        _ location: FilesystemBackend.Location,
        _ serializer: any Serializer,
        _ limits: StoreLimits,
        for purpose: Purpose
    ) throws(FSCacheError) -> (any CacheBackend)? {
        func open(isReadOnly: Bool) throws(FSCacheError) -> FilesystemBackend {
            try FilesystemBackend(
                root: location,
                preferredExtension: serializer.fileExtension,
                limits: limits,
                isReadOnly: isReadOnly
            )
        }
        if purpose == .fetching || purpose == .importing { return try open(isReadOnly: false) }
        do {
            let backend = try open(isReadOnly: true)
            guard purpose == .maintaining else { return backend }
            // A directory without this file is not a cache and must not be changed.
            let isCache = FileManager.default.fileExists(atPath: "\(backend.rootPath)/fscache.layout")
            return isCache ? try open(isReadOnly: false) : nil
        } catch {
            guard (error.underlyingError as? POSIXError)?.code == .ENOENT else { throw error }
            return nil
        }
    }

    /// Reports a missing cache.
    func tellIfMissing() {
        if !exists { StandardStreams.tell("There is no cache in \(path).\n") }
    }
}
