package import Foundation
internal import Synchronization

/// The refinements that a backend conforms to, checked once, and the fallbacks for the others.
struct BackendCapabilities: Sendable {
    private let backend: any CacheBackend
    let immediate: (any ImmediateBackend)?
    let streaming: (any StreamingBackend)?
    let quarantining: (any QuarantiningBackend)?
    private let comparing: (any ComparingBackend)?
    let leasing: (any LeasingBackend)?
    let expiring: (any ExpiringBackend)?
    let bounded: (any BoundedBackend)?
    let sweeping: (any SweepingBackend)?
    let scanning: (any ScanningBackend)?
    private let counting: (any CountingBackend)?
    private let clearable: (any ClearableBackend)?

    init(of backend: any CacheBackend) {
        self.backend = backend
        immediate = backend as? any ImmediateBackend
        streaming = backend as? any StreamingBackend
        quarantining = backend as? any QuarantiningBackend
        comparing = backend as? any ComparingBackend
        leasing = (backend as? any LeasingBackend).flatMap { $0.givesLeases ? $0 : nil }
        expiring = backend as? any ExpiringBackend
        bounded = backend as? any BoundedBackend
        sweeping = backend as? any SweepingBackend
        scanning = backend as? any ScanningBackend
        counting = backend as? any CountingBackend
        clearable = backend as? any ClearableBackend
    }

    /// Opens an entry, read as a whole if the backend can't stream.
    func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        if let streaming { return try await streaming.open(key) }
        return try await backend.read(key)
    }

    /// Starts writing an entry, in memory if the backend can't stream.
    func makeWriter(for key: CacheKey, fileExtension: String, expires: Date?) async throws -> any EntryWriter {
        if let streaming {
            return try await streaming.makeWriter(for: key, fileExtension: fileExtension, expires: expires)
        }
        return GatheringEntryWriter(backend, key, fileExtension, expires: expires)
    }

    /// Replaces or removes an entry that has been read or opened, unless it has changed.
    ///
    /// - Returns: Whether it was changed.
    func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        if let comparing { return try await comparing.replace(old, with: new, for: key) }
        guard try await holds(old, for: key) else { return false }
        if let new { try await backend.write(new, for: key) } else { try await backend.remove(key) }
        return true
    }

    /// Whether a key still has an entry that has been read or opened; for `nil`, whether it still has none.
    func holds(_ old: (any EntryReader)?, for key: CacheKey) async throws -> Bool {
        if let old = old as? EncodedEntry { return try await backend.read(key) == old }
        guard let current = try await open(key) else { return old == nil }
        return try await old?.resembles(current) ?? false
    }

    /// Counts all entries, by listing them if the backend has no other way.
    func count() async throws -> Int {
        if let counting { return try await counting.count() }
        var count = 0
        for try await _ in backend.list(prefix: "") { count += 1 }
        return count
    }

    /// Removes all entries, one by one if the backend isn't clearable.
    func removeAll() async throws {
        if let clearable { return try await clearable.removeAll() }
        for try await listing in backend.list(prefix: "") { try await backend.remove(listing.key) }
    }
}

extension EntryReader {
    /// Whether another entry has the same size and begins in the same way, with its times and the checksum of its body.
    func resembles(_ other: any EntryReader) async throws -> Bool {
        guard fileExtension == other.fileExtension, byteCount == other.byteCount else { return false }
        let comparedByteCount = 64 << 10
        return try await read(from: 0, upTo: comparedByteCount) == other.read(from: 0, upTo: comparedByteCount)
    }
}

/// Gathers an entry in memory and writes it to a backend at the end.
package final class GatheringEntryWriter: EntryWriter {
    private let backend: any CacheBackend
    private let key: CacheKey
    private let entry: Mutex<EncodedEntry>

    package init(_ backend: any CacheBackend, _ key: CacheKey, _ fileExtension: String, expires: Date? = nil) {
        self.backend = backend
        self.key = key
        self.entry = Mutex(EncodedEntry(bytes: Data(), fileExtension: fileExtension, expires: expires))
    }

    package func append(_ bytes: Data) async {
        entry.withLock { $0.bytes.append(bytes) }
    }

    package func overwrite(at offset: Int, with bytes: Data) async {
        entry.withLock { $0.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes) }
    }

    package func read(from offset: Int, upTo count: Int) async -> Data {
        // Copy, because each `append` would copy all bytes while a slice exists.
        entry.withLock { Data($0.bytes.dropFirst(offset).prefix(count)) }
    }

    package func commit() async throws {
        try await backend.write(entry.withLock { $0 }, for: key)
    }
}
