public import Logging
public import Serializers
internal import Synchronization

/// Backends in layers: fast ones in front of one that many machines share.
///
/// ```swift
/// let layers = LayeredBackend([
///     .init(MemoryBackend()),
///     .init(try FilesystemBackend(root: .named("shared"))),
/// ])
/// let session = try CachedSession(backend: .custom(layers))
/// ```
///
/// An entry is read from the first layer that has it, and then copied to the layers before. Writes, removals and
/// invalidations reach every layer that can be written. The *shared* layer is the last of these. It decides what is stored:
/// a layer before it may answer without asking it for ``checkInterval`` only, so each machine notices within that time
/// what another one has replaced or removed.
///
/// Layers after the shared one are read-only, such as fixtures under a cache that records what they lack. Their entries
/// can't be removed: an entry that you remove from the layers above shows the one below again.
///
/// If a layer fails, the others go on. A read throws only if no layer has the entry and one of them failed.
public final class LayeredBackend: CacheBackend {
    /// A backend and its place in the layers.
    public struct Layer: Sendable {
        /// The store.
        public var backend: any CacheBackend
        /// Whether it is only read.
        public var isReadOnly: Bool
        /// The format of its entries; `nil` for the one of the cache.
        public var serializer: (any Serializer)?
        /// The size up to which entries are copied to it, unless it is the shared layer.
        public var maxEntryBytes: Int

        /// Makes a layer.
        ///
        /// - Parameters:
        ///   - backend: The store. The layers close it.
        ///   - isReadOnly: Whether it is only read. Default: `false`.
        ///   - serializer: The format of its entries. Default: the one of the cache.
        ///   - maxEntryBytes: The size up to which entries are copied to it, unless it is the shared layer. Default: 1 MiB.
        public init(
            _ backend: any CacheBackend,
            isReadOnly: Bool = false,
            serializer: (any Serializer)? = nil,
            maxEntryBytes: Int = 1 << 20
        ) {
            self.backend = backend
            self.isReadOnly = isReadOnly
            self.serializer = serializer
            self.maxEntryBytes = maxEntryBytes
        }
    }

    /// Counts of the events in one layer since the backend was made.
    public struct LayerCounts: Sendable, Hashable {
        /// How many reads it answered.
        public var hits = 0
        /// How many reads it could not answer.
        public var misses = 0
        /// How many entries were copied to it from layers behind.
        public var fills = 0
        /// How many of its entries were replaced or removed because the shared layer had others.
        public var corrections = 0
        /// How many of its operations failed.
        public var failures = 0
    }

    /// The layers, the fastest first.
    public let layers: [Layer]
    /// How long a layer in front of the shared one may answer without asking that.
    public let checkInterval: Duration

    let places: [Place]
    /// The index of the shared layer; `nil` if no layer can be written.
    let sharedIndex: Int?
    let logger: Logger
    private let registry: SerializerRegistry
    private let now: @Sendable () -> ContinuousClock.Instant
    /// When entries were last known to equal those of the shared layer.
    private let checks: Mutex<LeastRecentlyUsed<CacheKey, ContinuousClock.Instant>>
    private let tallies: Mutex<[LayerCounts]>
    let isClosed = Atomic(false)

    /// A layer and what its backend can do.
    ///
    /// A class, because each hit would copy the many references in a structure.
    final class Place: Sendable {
        let index: Int
        let layer: Layer
        let capabilities: BackendCapabilities

        init(index: Int, layer: Layer) {
            self.index = index
            self.layer = layer
            self.capabilities = BackendCapabilities(of: layer.backend)
        }

        var backend: any CacheBackend { layer.backend }
    }

    /// How many entries are remembered as checked.
    private static let maxChecks = 100_000

    /// Stacks layers.
    ///
    /// - Parameters:
    ///   - layers: The layers, the fastest first. At least one.
    ///   - checkInterval: How long a layer in front of the shared one may answer without asking that. Default: one second.
    ///   - registry: The serializers of existing entries, for layers with a serializer of their own.
    ///   - logger: Receives the failures of single layers at level `warning`.
    public convenience init(
        _ layers: [Layer],
        checkInterval: Duration = .seconds(1),
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache")
    ) {
        self.init(layers, checkInterval: checkInterval, registry: registry, logger: logger) { .now }
    }

    init(
        _ layers: [Layer],
        checkInterval: Duration,
        registry: SerializerRegistry = .standard,
        logger: Logger = Logger(label: "FSCache"),
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        precondition(!layers.isEmpty, "A layered backend needs at least one layer.")
        self.layers = layers
        self.checkInterval = checkInterval
        self.places = layers.enumerated().map { index, layer in Place(index: index, layer: layer) }
        self.sharedIndex = layers.lastIndex { !$0.isReadOnly }
        self.registry = registry
        self.logger = logger
        self.now = now
        self.checks = Mutex(LeastRecentlyUsed())
        self.tallies = Mutex(layers.map { _ in LayerCounts() })
    }

    /// The counts of each layer, in the order of the layers.
    public var counts: [LayerCounts] { tallies.withLock { $0 } }

    /// Closes all layers.
    public func close() async {
        isClosed.store(true, ordering: .relaxed)
        for place in places { await place.backend.close() }
    }
}

extension LayeredBackend {
    static let closedError = FSCacheError(.closed, "The layers have been closed.")

    /// The layers that can be written, the shared one first.
    var writable: [Place] { places.filter { !$0.layer.isReadOnly }.reversed() }

    /// Whether a layer answers for the shared one.
    func isInFront(_ place: Place) -> Bool {
        guard let sharedIndex else { return false }
        return place.index < sharedIndex && !place.layer.isReadOnly
    }

    func record(_ place: Place, _ event: (inout LayerCounts) -> Void) {
        tallies.withLock { event(&$0[place.index]) }
    }

    /// Counts and logs the failure of one layer.
    func note(_ error: any Error, of place: Place, _ verb: String) {
        record(place) { $0.failures += 1 }
        let isKnown = (error as? FSCacheError)?.code == .storeUnavailable
        logger.log(
            level: isKnown ? .debug : .warning,
            "a layer of the cache can't \(verb)",
            metadata: ["layer": "\(place.index)", "error": "\(error)"]
        )
    }

    /// Whether an entry may be used without asking the shared layer.
    func isChecked(_ key: CacheKey) -> Bool {
        let now = now()
        return checks.withLock { $0.peek(key).map { now < $0 + checkInterval } ?? false }
    }

    /// Remembers that the layers have the entry of the shared one.
    func setChecked(_ key: CacheKey) {
        let now = now()
        checks.withLock { checks in
            checks.insert(now, for: key, weight: 1)
            if checks.weight > Self.maxChecks { checks.removeLeastRecentlyUsed() }
        }
    }

    func setUnchecked(_ key: CacheKey) {
        checks.withLock { _ = $0.remove(key) }
    }

    func setAllUnchecked() {
        checks.withLock { $0 = LeastRecentlyUsed() }
    }

    /// An entry as a layer stores it.
    ///
    /// An entry that can't be decoded stays as it is: the cache notices that when it reads it.
    func form(of entry: EncodedEntry, for key: CacheKey, in place: Place) -> EncodedEntry {
        guard let serializer = place.layer.serializer, serializer.fileExtension != entry.fileExtension,
            let response = response(in: entry, for: key),
            let bytes = try? serializer.entryFormat.encode(response, for: key)
        else { return entry }
        return EncodedEntry(bytes: bytes, fileExtension: serializer.fileExtension, expires: response.expires)
    }

    /// Adds the expiry to an entry that was read from a layer, because backends don't return it.
    func withExpiry(_ entry: EncodedEntry, for key: CacheKey) -> EncodedEntry {
        var entry = entry
        entry.expires = response(in: entry, for: key)?.expires
        return entry
    }

    private func response(in entry: EncodedEntry, for key: CacheKey) -> StoredResponse? {
        try? registry.serializer(forFileExtension: entry.fileExtension).entryFormat.decode(entry.bytes, for: key)
    }
}
