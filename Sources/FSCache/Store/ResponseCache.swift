internal import Foundation
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
    /// Entries up to this size are read as a whole, bodies and all: the pieces would be no smaller.
    private static let attachedByteCount = 256 << 10
    private static let native = NativeSerializer()
    /// Whether entries are signed or encrypted, so that one that isn't comes from somebody else.
    private let isAuthenticating: Bool
    private let coder: EntryCoder
    private let inlineBackend: (any InlineReadable)?
    let remembered: RememberedEntries
    private let state: Mutex<CachePolicy>

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
        self.inlineBackend = backend as? any InlineReadable
        self.serializer = serializer
        self.isAuthenticating = (serializer as? StagedSerializer)?.stages.contains { $0.isAuthenticating } ?? false
        // Large bodies may be written in the native format, whatever the serializer.
        self.registry = registry.registering(NativeSerializer()).registering(serializer)
        self.logger = logger
        self.coder = EntryCoder(serializer)
        self.remembered = RememberedEntries(byteLimit: settings.memoryByteLimit)
        self.state = Mutex(CachePolicy(settings))
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
        get { policy.settings }
        set {
            state.withLock { policy in
                policy = CachePolicy(newValue)
                remembered.byteLimit = newValue.memoryByteLimit
            }
        }
    }

    /// The policy of the current settings, for an exchange that begins now.
    var policy: CachePolicy { state.withLock { $0 } }

    /// What was counted since the cache was opened.
    public var counts: Statistics { statistics.snapshot }

    /// Closes the backend.
    public func close() async {
        remembered.removeAll()
        await backend.close()
    }
}

// MARK: - One entry

extension ResponseCache {
    /// Reads a stored response.
    ///
    /// What can't be read or decoded is a miss: it is logged, counted and set aside.
    func read(_ key: CacheKey) async -> StoredResponse? {
        await readOrMiss(key) {
            guard let entry = try await backend.read(key) else { return nil }
            return try await decodeOrSetAside(entry, for: key)
        }
    }

    /// Reads a stored response at once, from memory if that still holds what is in the store.
    ///
    /// - Returns: The response, or `nil` in it when there is none; `nil` when only ``read(_:)`` can tell, because the
    ///   entry is large, or damaged, or the backend takes its time.
    func readInline(_ key: CacheKey) -> StoredResponse?? {
        guard let inlineBackend else { return nil }
        if let response = remembered.response(for: key, in: inlineBackend) { return response }
        // Before the read: the thread may be held up for long between that and what follows.
        let readAt = remembered.byteLimit > 0 ? Date() : .distantPast
        switch try? inlineBackend.readInline(key) {
        case .entry(let entry, let identity):
            guard let response = try? decode(entry, for: key) else { return nil }
            remembered.remember(response, for: key, from: identity, readAt: readAt)
            return response
        case .missing: return .some(nil)
        case .large, nil: return nil
        }
    }

    /// Reads a stored response; a large body in the native format is left in the store, to be read piece by piece.
    ///
    /// What can't be read or decoded is a miss: it is logged, counted and set aside.
    func open(_ key: CacheKey) async -> StoredResponse? {
        await readOrMiss(key) {
            guard let reader = try await backend.open(key) else { return nil }
            if reader.byteCount > Self.attachedByteCount, !isAuthenticating,
                reader.fileExtension == Self.native.fileExtension
            {
                if let response = try? await detachedResponse(in: reader, for: key) { return response }
            }
            let bytes = try await reader.read(from: 0, upTo: reader.byteCount)
            let entry = EncodedEntry(bytes: bytes, fileExtension: reader.fileExtension)
            return try await decodeOrSetAside(entry, for: key)
        }
    }

    private func readOrMiss(
        _ key: CacheKey,
        _ read: () async throws -> StoredResponse?
    ) async -> StoredResponse? {
        do {
            return try await read()
        } catch {
            statistics.count { $0.readFailures += 1 }
            logger.warning("miss: the store can't be read", metadata: ["key": "\(key)", "error": "\(error)"])
            return nil
        }
    }

    private func decodeOrSetAside(_ entry: EncodedEntry, for key: CacheKey) async throws -> StoredResponse? {
        do {
            return try decode(entry, for: key)
        } catch {
            statistics.count { $0.undecodableEntries += 1 }
            logger.warning("miss: the entry can't be decoded", metadata: ["key": "\(key)", "error": "\(error)"])
            // What is of another cache's format may be whole, and of use to that.
            if !settings.isReadOnly, isUnderstood(entry) { try await backend.setAside(entry, for: key) }
            return nil
        }
    }

    private func detachedResponse(in reader: any EntryReader, for key: CacheKey) async throws -> StoredResponse {
        let entry = try await NativeEntryReader(reader, for: key)
        var response = entry.response
        // Reading it once more, as a whole, finds the damage and sets the entry aside.
        response.content = MessageBody(NativeEntryContent(entry) { _ = await self.read(key) })
        return response
    }

    /// Writes a response.
    ///
    /// A failure is logged and counted.
    ///
    /// - Returns: Whether it was stored.
    func write(_ response: StoredResponse, for key: CacheKey) async -> Bool {
        await writeOrLog(key) {
            guard response.content.bytes == nil else {
                return try await backend.write(encode(response, for: key), for: key)
            }
            let writer = try await NativeEntryWriter(response, for: key, in: backend)
            for try await piece in response.content { try await writer.append(piece) }
            try await writer.commit()
        }
    }

    /// Whether entries are written in the native format, without stages.
    var writesNatively: Bool { serializer is NativeSerializer }

    /// Whether entries may be written in the native format where another was chosen: what is signed or encrypted stays so.
    var mayWriteNatively: Bool { !(serializer is StagedSerializer) }

    /// Does what stores a response.
    ///
    /// A failure is logged and counted.
    ///
    /// - Returns: Whether it was stored.
    func writeOrLog(_ key: CacheKey, _ write: () async throws -> Void) async -> Bool {
        do {
            try await write()
            statistics.count { $0.stores += 1 }
            log(key, "stored")
            return true
        } catch {
            countFailedWrite(key, error)
            return false
        }
    }

    func countFailedWrite(_ key: CacheKey, _ error: any Error) {
        statistics.count { $0.writeFailures += 1 }
        logger.warning("not stored", metadata: ["key": "\(key)", "error": "\(error)"])
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
        guard !isAuthenticating else { throw EntryError.notAuthenticated(entry.fileExtension, serializer.name) }
        return try EntryCoder(registry.serializer(forFileExtension: entry.fileExtension)).decode(entry.bytes, for: key)
    }

    /// Whether an entry is in a format that this cache reads, whatever its bytes are.
    private func isUnderstood(_ entry: EncodedEntry) -> Bool {
        if entry.fileExtension == serializer.fileExtension { return true }
        return !isAuthenticating && (try? registry.serializer(forFileExtension: entry.fileExtension)) != nil
    }

    func encode(_ response: StoredResponse, for key: CacheKey) throws -> EncodedEntry {
        EncodedEntry(bytes: try coder.encode(response, for: key), fileExtension: serializer.fileExtension)
    }

    /// Counts a response that was handed out, and logs how it came about.
    func count(_ response: borrowing CachedResponse) {
        let isCollapsed = response.cacheStatus.isCollapsed
        guard response.isFromCache || isCollapsed else {
            let isBypass = response.cacheKey == nil
            return statistics.count { if isBypass { $0.bypasses += 1 } else { $0.misses += 1 } }
        }
        let (isRevalidated, isStale) = (response.isRevalidated, response.isExpired)
        statistics.count { counts in
            if isCollapsed {
                counts.collapsedRequests += 1
            } else if isRevalidated {
                counts.revalidations += 1
            } else if isStale {
                counts.staleHits += 1
            } else {
                counts.hits += 1
            }
        }
        log(response.cacheKey, isCollapsed ? "collapsed" : isRevalidated ? "revalidated" : isStale ? "served stale" : "hit")
    }

    func log(_ key: CacheKey?, _ message: @autoclosure () -> Logger.Message) {
        logger.debug(message(), metadata: key.map { ["key": "\($0)"] })
    }
}
