/// How much a store may hold.
///
/// ```swift
/// let settings = CacheSettings(limits: StoreLimits(maxCacheBytes: 1 << 30, maxEntryBytes: 64 << 20))
/// ```
///
/// If a store exceeds a limit, it evicts the least recently used entries; see <doc:BoundingACache>.
public struct StoreLimits: Sendable, Hashable {
    /// How many bytes all entries may take together.
    ///
    /// ``FilesystemBackend`` counts the blocks that files take on the disk. Other backends count the bytes of the entries.
    ///
    /// Default: `nil`, no limit. ``MemoryBackend`` then holds up to 64 MiB.
    public var maxCacheBytes: Int?
    /// How many bytes one entry may have.
    ///
    /// A response whose entry is larger is passed on to the client and not stored, and the older entry of its key is removed.
    ///
    /// Default: `nil`, no limit but that of the whole store.
    public var maxEntryBytes: Int?
    /// How many entries the store may hold, including those that were set aside.
    ///
    /// Default: `nil`, no limit.
    public var maxEntries: Int?

    /// Makes limits.
    ///
    /// With a limit of 0, nothing is stored.
    ///
    /// - Parameters:
    ///   - maxCacheBytes: How many bytes all entries may take together. Default: no limit.
    ///   - maxEntryBytes: How many bytes one entry may have. Default: no limit.
    ///   - maxEntries: How many entries the store may hold. Default: no limit.
    public init(maxCacheBytes: Int? = nil, maxEntryBytes: Int? = nil, maxEntries: Int? = nil) {
        self.maxCacheBytes = maxCacheBytes
        self.maxEntryBytes = maxEntryBytes
        self.maxEntries = maxEntries
    }

    /// Whether there is no limit.
    public var isUnlimited: Bool { self == StoreLimits() }

    /// Whether entries must be evicted for others.
    var boundsStore: Bool { maxCacheBytes != nil || maxEntries != nil }

    /// The largest entry that can be stored; `nil` if there is no limit.
    package var largestEntry: Int? {
        if let maxEntries, maxEntries < 1 { return -1 }
        guard let maxCacheBytes else { return maxEntryBytes }
        return min(maxCacheBytes, maxEntryBytes ?? .max)
    }

    /// Whether an entry of a size may be stored.
    package func admits(_ byteCount: Int) -> Bool { byteCount <= largestEntry ?? .max }
}
