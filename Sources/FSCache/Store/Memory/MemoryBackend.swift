internal import Foundation
internal import Synchronization

/// Keeps entries in memory, up to a limit, and evicts the least recently used ones.
///
/// They end with the process.
public final class MemoryBackend: CacheBackend, InlineReadable {
    private struct Place: Hashable {
        var key: CacheKey
        var isSetAside = false
    }

    private struct Stored {
        var entry: EncodedEntry
        var writtenAt: Date
    }

    private typealias Entries = LeastRecentlyUsed<Place, Stored>

    /// How many bytes the entries may have together.
    public let maxBytes: Int
    private let now: @Sendable () -> Date
    /// `nil` once the backend is closed.
    private let entries = Mutex<Entries?>(Entries())

    /// Makes an empty backend.
    ///
    /// - Parameter maxBytes: How many bytes the entries may have together, those set aside included; 64 MiB by
    ///   default. An entry that alone is larger is not stored.
    public convenience init(maxBytes: Int = 64 << 20) {
        self.init(maxBytes: maxBytes, now: { Date() })
    }

    init(maxBytes: Int, now: @escaping @Sendable () -> Date) {
        self.maxBytes = maxBytes
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

    func readInline(_ key: CacheKey) throws -> InlineRead {
        try withEntries { $0.use(Place(key: key))?.entry }.map { .entry($0, nil) } ?? .missing
    }

    func identity(of key: CacheKey) -> EntryIdentity? { nil }

    /// Writes an entry, and evicts others until all fit in the limit.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format. If they alone are more than ``maxBytes``, nothing is stored under the key.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        try withEntries { entries in
            let place = Place(key: key)
            guard entry.bytes.count <= maxBytes else {
                entries.remove(place)
                return
            }
            entries.insert(Stored(entry: entry, writtenAt: now()), for: place, weight: entry.bytes.count)
            while entries.weight > maxBytes { entries.removeLeastRecentlyUsed() }
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
    /// It still counts, and is evicted like any other.
    ///
    /// - Parameters:
    ///   - entry: What was read and could not be decoded. If the key no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func setAside(_ entry: EncodedEntry, for key: CacheKey) async throws {
        try withEntries { entries in
            let place = Place(key: key)
            guard entries.peek(place)?.entry == entry, let stored = entries.remove(place) else { return }
            entries.insert(stored, for: Place(key: key, isSetAside: true), weight: entry.bytes.count)
        }
    }

    /// Lists the entries that there are at the time of the call, the most recently used first.
    ///
    /// - Parameter prefix: Lists only keys whose hexadecimal digits begin so, in lower case; empty for all.
    /// - Returns: What is stored. It throws ``FSCacheError/Code/closed``.
    public func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> {
        let listings = Result {
            try withEntries { $0.contents }
                .filter { prefix.isEmpty || $0.key.key.description.hasPrefix(prefix) }
                .map { place, stored in
                    EntryListing(
                        key: place.key,
                        fileExtension: stored.entry.fileExtension,
                        byteCount: stored.entry.bytes.count,
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

    /// Forgets all entries.
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
