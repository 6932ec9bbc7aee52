internal import Foundation
internal import Synchronization

/// Keeps entries in memory, up to a limit, and evicts the least recently used ones.
///
/// Entries are lost when the process ends.
public final class MemoryBackend: ImmediateBackend, QuarantiningBackend, ComparingBackend, ClearableBackend,
    BoundedBackend, CountingBackend
{
    private struct Place: Hashable {
        var key: CacheKey
        var isSetAside = false
    }

    private struct Stored {
        var entry: EncodedEntry
        var writtenAt: Date
        /// Differs for each write.
        var version: UInt64
    }

    private typealias Entries = LeastRecentlyUsed<Place, Stored>

    /// How much the memory may hold.
    public let limits: StoreLimits
    /// How many entries were evicted since the backend was made.
    public var evictionCount: Int { evictions.load(ordering: .relaxed) }
    private let evictions = Atomic(0)
    private let now: @Sendable () -> Date
    private let lastVersion = Atomic<UInt64>(0)
    /// `nil` after the backend has been closed.
    private let entries = Mutex<Entries?>(Entries())

    /// Makes an empty backend.
    ///
    /// - Parameter limits: How much the memory may hold, including entries that were set aside. Without
    ///   ``StoreLimits/maxCacheBytes``, the entries may take 64 MiB together. Default: 64 MiB.
    public convenience init(limits: StoreLimits = StoreLimits()) {
        self.init(limits: limits, now: { Date() })
    }

    init(limits: StoreLimits, now: @escaping @Sendable () -> Date) {
        var limits = limits
        limits.maxCacheBytes = limits.maxCacheBytes ?? 64 << 20
        self.limits = limits
        self.now = now
    }

    /// Reads an entry, which makes it the most recently used one.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        try withEntries { $0.use(Place(key: key))?.entry }
    }

    /// Reads an entry, which makes it the most recently used one.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry and its identity.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func readNow(_ key: CacheKey) throws -> ImmediateRead {
        try withEntries { $0.use(Place(key: key)) }.map { .entry($0.entry, EntryIdentity(version: $0.version)) }
            ?? .missing
    }

    /// Identifies an entry by the number of its write.
    ///
    /// This counts as using it.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity, or `nil` if there is no entry.
    public func identity(of key: CacheKey) -> EntryIdentity? {
        (try? withEntries { $0.use(Place(key: key)) })?.map { EntryIdentity(version: $0.version) }
    }

    /// Writes an entry and evicts others until all fit the limits.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format. If they are larger than the limits, nothing is stored under the key.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        try withEntries { insert(entry, for: key, in: &$0) }
    }

    private func insert(_ entry: EncodedEntry, for key: CacheKey, in entries: inout Entries) {
        let place = Place(key: key)
        guard limits.admits(entry.bytes.count) else {
            entries.remove(place)
            return
        }
        let version = lastVersion.wrappingAdd(1, ordering: .relaxed).newValue
        let stored = Stored(entry: entry, writtenAt: now(), version: version)
        entries.insert(stored, for: place, weight: entry.bytes.count)
        while entries.weight > limits.maxCacheBytes ?? .max || entries.count > limits.maxEntries ?? .max {
            entries.removeLeastRecentlyUsed()
            evictions.add(1, ordering: .relaxed)
        }
    }

    /// Replaces or removes an entry, unless it has changed.
    ///
    /// - Parameters:
    ///   - old: The entry as it was read or opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one.
    ///   - key: The entry's key.
    /// - Returns: Whether the key still had the old entry.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        try withEntries { entries in
            guard entries.peek(Place(key: key))?.entry == old as? EncodedEntry else { return false }
            if let new { insert(new, for: key, in: &entries) } else { entries.remove(Place(key: key)) }
            return true
        }
    }

    /// Removes an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: ``FSCacheError/Code/closed``.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        try withEntries { entries in
            let entry = entries.remove(Place(key: key))
            let aside = entries.remove(Place(key: key, isSetAside: true))
            return entry != nil || aside != nil
        }
    }

    /// Removes every entry.
    ///
    /// - Throws: ``FSCacheError/Code/closed``.
    public func removeAll() async throws {
        try withEntries { $0 = Entries() }
    }

    /// Sets an entry aside.
    ///
    /// It still counts towards the limit and can be evicted.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded. If the key no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        try withEntries { entries in
            let place = Place(key: key)
            guard entries.peek(place)?.entry == entry as? EncodedEntry, let stored = entries.remove(place) else {
                return
            }
            entries.insert(stored, for: Place(key: key, isSetAside: true), weight: entry.byteCount)
        }
    }

    /// Lists the entries at the time of the call, most recently used first.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to list, in lower case. Empty for all keys.
    /// - Returns: The entries. The sequence throws ``FSCacheError/Code/closed``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let listings = Result {
            try withEntries { $0.contents }
                .filter { prefix.isEmpty || $0.key.key.description.hasPrefix(prefix) }
                .map { place, stored in
                    EntryListing(
                        stored.entry,
                        for: place.key,
                        modifiedAt: stored.writtenAt,
                        isSetAside: place.isSetAside
                    )
                }
        }
        return AsyncThrowingStream { continuation in
            do {
                for listing in try listings.get() { continuation.yield(listing) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// Counts the entries.
    ///
    /// - Returns: The number of entries, including those that were set aside.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func count() async throws -> Int {
        try withEntries { $0.contents.count }
    }

    /// Removes all entries.
    public func close() async {
        entries.withLock { $0 = nil }
    }

    private func withEntries<Value: Sendable>(_ body: (inout Entries) throws -> Value) throws -> Value {
        try entries.withLock { entries in
            guard var open = entries.take() else {
                throw FSCacheError(.closed, "The memory cache has been closed.")
            }
            defer { entries = open }
            return try body(&open)
        }
    }
}
