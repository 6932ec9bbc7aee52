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
        /// Stores responses. A missing cache is created. If the cache can't be used, the command continues without it.
        case fetching
    }

    let cache: ResponseCache
    /// The absolute path of the directory.
    let path: String
    /// Whether the directory exists.
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
        var settings = settings
        settings.isReadOnly = settings.isReadOnly || purpose == .looking
        path = try options.location.resolve()
        let logger = options.logger
        var backend: (any CacheBackend)?
        do {
            backend = try Self.open(options, serializer, for: settings.isReadOnly ? .looking : purpose)
        } catch {
            guard purpose == .fetching else { throw error }
            // The command can still use entries that are readable.
            logger.warning("\(error.message)")
            settings.isReadOnly = true
            backend = try? Self.open(options, serializer, for: .looking)
        }
        exists = backend != nil
        cache = ResponseCache(
            backend: backend ?? MemoryBackend(),
            serializer: serializer,
            settings: settings,
            logger: logger
        )
    }

    /// Opens the directory; `nil` if it is missing and must not be created.
    private static func open(
        _ options: CacheOptions,
        _ serializer: any Serializer,
        for purpose: Purpose
    ) throws(FSCacheError) -> (any CacheBackend)? {
        func open(isReadOnly: Bool) throws(FSCacheError) -> FilesystemBackend {
            try FilesystemBackend(
                root: options.location,
                preferredExtension: serializer.fileExtension,
                isReadOnly: isReadOnly
            )
        }
        if purpose == .fetching { return try open(isReadOnly: false) }
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
