internal import Foundation
public import Logging
public import Serializers
internal import Synchronization

/// The stored responses of a session, to inspect, delete and move.
///
/// It combines a backend, which keeps bytes under keys, with serializers, which turn responses into bytes. Tools and
/// test suites can use it without a session.
public final class ResponseCache: Sendable {
    /// The store of the bytes.
    public let backend: any CacheBackend
    /// The serializer of new entries.
    public let serializer: any Serializer
    /// The serializers of existing entries.
    public let registry: SerializerRegistry
    /// The log of reads and writes, and of the reasons why they fail.
    public let logger: Logger

    let capabilities: BackendCapabilities
    /// The format of new entries.
    let format: any EntryFormat
    let memoryTier: MemoryTier
    let invalidations = Invalidations()
    private let state: Mutex<CachePolicy>
    private let tally = Mutex(CacheCounts())
    private let hasToldOfWithheldContent = Atomic(false)
    /// Sweeps in the background; `nil` before it has started.
    let sweeping = Mutex<Task<Void, Never>?>(nil)
    private let hasToldOfEviction = Atomic(false)

    /// Makes a cache from its parts.
    ///
    /// - Parameters:
    ///   - backend: The store of the bytes.
    ///   - serializer: The serializer of new entries.
    ///   - settings: Which responses are cached, for how long, and under which keys.
    ///   - registry: The serializers of existing entries. It need not contain `serializer`.
    ///   - logger: Receives decisions at level `debug`, and failures of the store at level `warning`.
    public init(
        backend: any CacheBackend,
        serializer: some Serializer = .native,
        settings: CacheSettings = CacheSettings(),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) {
        self.backend = backend
        self.capabilities = BackendCapabilities(of: backend)
        self.serializer = serializer
        self.format = serializer.entryFormat
        // Large bodies may be stored in the native format, regardless of the serializer.
        self.registry = registry.registering(NativeSerializer()).registering(serializer)
        self.logger = logger
        self.memoryTier = MemoryTier(byteLimit: settings.memoryByteLimit)
        self.state = Mutex(CachePolicy(settings))
    }

    /// Opens a cache by name.
    ///
    /// - Parameters:
    ///   - cacheName: A name for the cache, or the path of its directory. Text that contains a slash, or begins with a
    ///     tilde or a dot, is a path. Anything else is a name in the user's cache directory.
    ///   - backend: The kind of backend.
    ///   - serializer: The serializer of new entries.
    ///   - settings: Which responses are cached, for how long, and under which keys.
    ///   - registry: The serializers of existing entries.
    ///   - logger: Receives decisions at level `debug`, and failures of the store at level `warning`.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/unusableStore`` when the store can't be used.
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
            isReadOnly: settings.isReadOnly,
            limits: settings.limits
        )
        self.init(
            backend: try backend.open(configuration),
            serializer: serializer,
            settings: settings,
            registry: registry,
            logger: logger
        )
    }

    /// Which responses are cached, for how long, and under which keys.
    ///
    /// The session shares these settings.
    public var settings: CacheSettings {
        get { policy.settings }
        set {
            state.withLock { policy in
                policy = CachePolicy(newValue)
                memoryTier.byteLimit = newValue.memoryByteLimit
            }
        }
    }

    /// The policy of the current settings, for an exchange that starts now.
    var policy: CachePolicy { state.withLock { $0 } }

    /// Counts of events since the cache was opened.
    public var counts: CacheCounts {
        var counts = tally.withLock { $0 }
        counts.evictions = capabilities.bounded?.evictionCount ?? 0
        return counts
    }

    /// Counts an event.
    func record(_ event: (inout CacheCounts) -> Void) {
        tally.withLock { event(&$0) }
    }

    /// Counts a returned response, and logs how the cache handled it.
    func count(_ response: borrowing CachedResponse) {
        let isCollapsed = response.cacheStatus.isCollapsed
        guard response.isFromCache || isCollapsed else {
            let isBypass = response.cacheKey == nil
            return record { if isBypass { $0.bypasses += 1 } else { $0.misses += 1 } }
        }
        let (isRevalidated, isStale) = (response.isRevalidated, response.isExpired)
        record { counts in
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
        let note: Logger.Message =
            isCollapsed ? "collapsed" : isRevalidated ? "revalidated" : isStale ? "served stale" : "hit"
        log(response.cacheKey, note)
    }

    func log(_ key: CacheKey?, _ message: @autoclosure () -> Logger.Message) {
        logger.debug(message(), metadata: key.map { ["key": "\($0)"] })
    }

    func warn(_ message: Logger.Message, _ key: CacheKey? = nil, _ error: any Error) {
        var metadata: Logger.Metadata = ["error": "\(FSCacheError.describe(error))"]
        if let key { metadata["key"] = "\(key)" }
        // The failure itself has been logged. A lost store would otherwise cause a warning for each request.
        let isKnown = (error as? FSCacheError)?.code == .storeUnavailable
        logger.log(level: isKnown ? .debug : .warning, message, metadata: metadata)
    }

    /// Tells once that the content of requests is stored as its length and digest only.
    func tellOfWithheldContent(_ key: CacheKey) {
        guard !hasToldOfWithheldContent.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "the content of a request can't be searched for credentials, so only its length and digest are stored",
            metadata: ["key": "\(key)"]
        )
    }

    /// Tells once that the store has reached its limits.
    func tellOfEviction() {
        guard let bounded = capabilities.bounded, !hasToldOfEviction.load(ordering: .relaxed),
            bounded.evictionCount > 0, !hasToldOfEviction.exchange(true, ordering: .relaxed)
        else { return }
        log(nil, "the store has reached its limits, so old entries are evicted from now on")
    }

    /// Closes the backend.
    public func close() async {
        await stopSweeping()
        memoryTier.removeAll()
        await backend.close()
    }
}
