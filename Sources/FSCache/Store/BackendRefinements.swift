public import Foundation

/// A backend that can read small entries without waiting.
///
/// Hits are then answered without changing threads. If the backend can also tell whether an entry has changed, without
/// reading it, hits are served from memory, up to ``CacheSettings/memoryByteLimit``.
public protocol ImmediateBackend: CacheBackend {
    /// Reads an entry on the calling thread, if that takes microseconds.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or the reason why there is none.
    /// - Throws: The same errors as ``CacheBackend/read(_:)``.
    func readNow(_ key: CacheKey) throws -> ImmediateRead

    /// Identifies the entry that ``readNow(_:)`` would return, without reading it.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity, or `nil` if the key has no entry, or the entry has no identity. Default: `nil`.
    func identity(of key: CacheKey) -> EntryIdentity?
}

extension ImmediateBackend {
    /// Identifies no entry, so each hit reads its entry again.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: `nil`.
    public func identity(of key: CacheKey) -> EntryIdentity? { nil }
}

/// The result of reading without waiting.
public enum ImmediateRead: Sendable, Hashable {
    /// The entry, and its identity if it has one.
    case entry(EncodedEntry, EntryIdentity?)
    /// The key has no entry.
    case missing
    /// Reading takes longer: call ``CacheBackend/read(_:)``.
    case later
}

/// A value that changes whenever an entry is replaced or edited.
///
/// If a backend returns equal identities for a key, the entry has not changed in between.
public struct EntryIdentity: Sendable, Hashable {
    let words: SIMD8<UInt64>
    /// The time after which every change of the entry changes its identity.
    let settlesAt: Date

    init(_ words: SIMD8<UInt64>, settlesAt: Date) {
        self.words = words
        self.settlesAt = settlesAt
    }

    /// Makes an identity from a version number.
    ///
    /// - Parameters:
    ///   - version: A number that the entry's key has never had before, such as a counter of writes.
    ///   - settlesAt: The time after which every change gets another number. Pass it if the number is a time stamp:
    ///     two writes within one tick of the clock have the same one, so an entry is kept in memory only if it was
    ///     read after that tick.
    public init(version: UInt64, settlesAt: Date = .distantPast) {
        self.init(SIMD8(version, 0, 0, 0, 0, 0, 0, 0), settlesAt: settlesAt)
    }

    /// Makes an identity from bytes, such as a tag.
    ///
    /// - Parameters:
    ///   - bytes: Bytes that differ for each version of the entry.
    ///   - settlesAt: The time after which every change gets other bytes, as for ``init(version:settlesAt:)``.
    public init(hashing bytes: Data, settlesAt: Date = .distantPast) {
        let digest = CacheKey(hashing: bytes).words
        self.init(SIMD8(digest.0, digest.1, digest.2, digest.3, 0, 0, 0, 0), settlesAt: settlesAt)
    }

    /// Whether any later change of the entry changes the identity.
    func isSettled(at now: Date) -> Bool { settlesAt <= now }
}

/// A backend that reads and writes entries in pieces, in bounded memory.
///
/// With other backends, the cache gathers streamed bodies in memory.
public protocol StreamingBackend: CacheBackend {
    /// Opens an entry for reading.
    ///
    /// The reader continues to read this entry even if it is replaced or removed.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: When the store can't be read.
    func open(_ key: CacheKey) async throws -> (any EntryReader)?

    /// Starts writing an entry.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale, as in ``EncodedEntry/expires``.
    /// - Returns: A writer for the entry's bytes.
    /// - Throws: When the store can't be written.
    func makeWriter(for key: CacheKey, fileExtension: String, expires: Date?) async throws -> any EntryWriter
}

/// A backend that keeps undecodable entries for inspection.
///
/// With other backends, an undecodable entry is a miss that stays until a new response replaces it.
public protocol QuarantiningBackend: CacheBackend {
    /// Moves an undecodable entry so that reads no longer find it.
    ///
    /// Do nothing if the key no longer holds exactly this entry: somebody may have replaced it with a good one. Keep
    /// only the last such entry of a key. It stays when a new entry is written under the key.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded, as this backend has returned it: an ``EncodedEntry`` that was read
    ///     or, from a ``StreamingBackend``, what it opened.
    ///   - key: The entry's key.
    /// - Throws: When it can't be moved.
    func setAside(_ entry: any EntryReader, for key: CacheKey) async throws
}

/// A backend through which one of many processes, or machines, fetches what all of them miss.
///
/// With other backends, each process makes its own request. Within one process, requests are always collapsed.
public protocol LeasingBackend: CacheBackend {
    /// Whether this store gives leases. Default: `true`.
    ///
    /// A backend that is made of others can have none that does.
    var givesLeases: Bool { get }

    /// Takes the lease of a key, and waits while another process has it.
    ///
    /// A lease ends when it is released, when its process dies, and after ``CacheSettings/leaseDuration`` at the latest.
    ///
    /// - Parameters:
    ///   - key: The key of the missing or stale entry.
    ///   - duration: How long the lease lasts at most, and how long to wait for another one.
    /// - Returns: The lease, or `nil` if another process still has one after the duration.
    /// - Throws: When the store can't be used. The request is then made without a lease.
    func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease?
}

extension LeasingBackend {
    /// Gives leases.
    public var givesLeases: Bool { true }
}

/// The right of one process to fetch a response.
public struct EntryLease: Sendable {
    private let onRelease: @Sendable () async -> Void

    /// Makes a lease.
    ///
    /// - Parameter release: Ends the lease, unless it has ended by itself and belongs to another process now. A failure
    ///   is ignored, because the lease ends by itself.
    public init(release: @escaping @Sendable () async -> Void) {
        self.onRelease = release
    }

    /// Ends the lease.
    public func release() async { await onRelease() }
}

/// A backend that can change an entry only if it still is what the caller has read.
///
/// Maintenance of a cache that is in use relies on it. With other backends, the cache reads the entry again before the
/// change, and a write between the two is lost.
public protocol ComparingBackend: CacheBackend {
    /// Replaces or removes an entry, unless it has changed.
    ///
    /// - Parameters:
    ///   - old: The entry as this backend has returned it: an ``EncodedEntry`` that was read or, from a
    ///     ``StreamingBackend``, what it opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one. An entry that was set aside stays.
    ///   - key: The entry's key.
    /// - Returns: Whether the key still had the old entry, and now has the new one.
    /// - Throws: When the entry can't be changed.
    func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool
}

/// A backend that finds the entries of stale responses without reading them.
///
/// With other backends, the cache reads all entries to find them.
public protocol ExpiringBackend: CacheBackend {
    /// Removes the entries whose ``EncodedEntry/expires`` is not later than a time. Entries that were set aside stay.
    ///
    /// - Parameter time: The time.
    /// - Returns: The number of removed entries.
    /// - Throws: When an entry can't be removed.
    func removeExpired(before time: Date) async throws -> Int
}

/// A backend with limits, within which it stays by evicting entries.
///
/// The cache doesn't offer it entries that are too large, and counts what it evicts.
public protocol BoundedBackend: CacheBackend {
    /// How much the store may hold.
    var limits: StoreLimits { get }
    /// How many entries this backend has evicted since it was opened.
    var evictionCount: Int { get }

    /// Counts what all processes have evicted from the store.
    ///
    /// - Returns: The number of entries, or `nil` if the store doesn't keep it. Default: `nil`.
    /// - Throws: When the store can't be read.
    func totalEvictionCount() async throws -> Int?
}

extension BoundedBackend {
    /// Doesn't know what other processes have evicted.
    ///
    /// - Returns: `nil`.
    public func totalEvictionCount() async throws -> Int? { nil }
}

/// A backend in which interrupted writers leave something behind, or that can outgrow its limits.
public protocol SweepingBackend: CacheBackend {
    /// Removes what writers have left that no longer run, and evicts entries until the store is within its limits.
    ///
    /// - Throws: When something can't be removed.
    func sweep() async throws
}

/// A backend that reads many entries faster together than one by one.
///
/// With other backends, the cache lists the entries and reads each.
public protocol ScanningBackend: CacheBackend {
    /// Reads entries in no particular order, including those that were set aside.
    ///
    /// This does not count as using the entries. Those that are written or removed during the scan may be left out.
    ///
    /// - Parameter prefix: The first hexadecimal digits of the keys to read, in lower case. Empty for all keys.
    /// - Returns: The entries, read on demand, in batches that are small enough for the memory.
    func scan(prefix: String) -> AsyncThrowingStream<[ScannedEntry], any Error>
}

/// A listed entry with its bytes.
public struct ScannedEntry: Sendable, Hashable {
    /// The listing of the entry.
    public var listing: EntryListing
    /// The bytes and their format; `nil` to let the cache read the entry by itself, because it is large or can't be read.
    public var entry: EncodedEntry?

    /// Makes a scanned entry.
    ///
    /// - Parameters:
    ///   - listing: The listing of the entry.
    ///   - entry: The bytes and their format. Leave it out for an entry that was set aside.
    public init(listing: EntryListing, entry: EncodedEntry? = nil) {
        self.listing = listing
        self.entry = entry
    }
}

/// A backend that counts its entries faster than it lists them.
///
/// With other backends, the cache counts the listed entries.
public protocol CountingBackend: CacheBackend {
    /// Counts the entries, including those that were set aside.
    ///
    /// - Returns: The number of entries.
    /// - Throws: When the store can't be read.
    func count() async throws -> Int
}

/// A backend that can remove all entries at once.
public protocol ClearableBackend: CacheBackend {
    /// Removes every entry, including those that were set aside, but nothing that doesn't belong to the cache.
    ///
    /// - Throws: When an entry can't be removed.
    func removeAll() async throws
}
