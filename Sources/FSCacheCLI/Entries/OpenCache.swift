import FSCache
import Foundation
import Logging
import Serializers

/// The cache that a command works on.
struct OpenCache {
    /// What a command is going to do with the cache.
    enum Purpose {
        /// Nothing is written; a cache that isn't there is an empty one, and is not made.
        case looking
        /// What is there is changed; a cache that isn't there is an empty one, and is not made.
        case maintaining
        /// Responses are stored: a cache that isn't there is made, and one that can't be used is no reason to fail.
        case fetching
    }

    let cache: ResponseCache
    /// The absolute path of the directory.
    let path: String
    /// Whether the directory is there.
    let exists: Bool

    /// Opens the cache that the command line names.
    ///
    /// - Parameters:
    ///   - options: Where it is.
    ///   - purpose: What it is opened for.
    ///   - serializer: The format that is written.
    ///   - settings: What tells requests apart and how long they may be used.
    /// - Throws: `FSCacheError` when the directory can't be used.
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
            // Told in any case, and answered from what can be read at least.
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

    /// Opens the directory; `nil` when there is none, and none is to be made.
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
            // A directory that no cache has marked is somebody else's.
            let isCache = FileManager.default.fileExists(atPath: "\(backend.rootPath)/fscache.layout")
            return isCache ? try open(isReadOnly: false) : nil
        } catch {
            guard (error.underlyingError as? POSIXError)?.code == .ENOENT else { throw error }
            return nil
        }
    }

    /// Says so when there is no cache.
    func tellIfMissing() {
        if !exists { StandardStreams.tell("There is no cache in \(path).\n") }
    }
}
