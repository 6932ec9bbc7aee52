#if SQLite
internal import Dispatch
public import FSCache
internal import Foundation
internal import GRDB

extension SQLiteBackend {
    /// Reads an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` when there is none.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the database is locked or can't be read;
    ///   ``FSCacheError/Code/storeUnavailable`` for a while after that; ``FSCacheError/Code/closed``.
    public func read(_ key: CacheKey) async throws -> EncodedEntry? {
        let marksUse = !Maintenance.isUnderWay
        let entry: EncodedEntry? = try await read("read", key) { file in
            try file.read { database in
                guard let (row, bytes) = try database.onePieceEntry(key) else { return nil }
                if let bytes { return EncodedEntry(bytes: bytes, fileExtension: row.fileExtension) }
                return try database.largeEntry(key)
            }
        }
        if marksUse, entry != nil { noteUse(of: key) }
        return entry
    }

    /// Reads an entry of up to 256 KiB on the calling thread.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry and its identity, if it is small and no lock must be waited for.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func readNow(_ key: CacheKey) throws -> ImmediateRead {
        guard let file = try current, reading.isAvailable, file.isCurrent else { return .later }
        let begun = DispatchTime.now().uptimeNanoseconds
        guard pace.begin(at: begun) else { return .later }
        defer { pace.end(begun, at: DispatchTime.now().uptimeNanoseconds) }
        // After a failure, reading on another thread waits, repairs, or tells the reason.
        guard let found = try? file.readNow({ try $0.onePieceEntry(key) }) else { return .later }
        guard let (row, bytes) = found else { return file.isOutdated ? .later : .missing }
        guard let bytes else { return .later }
        if !Maintenance.isUnderWay { noteUse(of: key) }
        return .entry(
            EncodedEntry(bytes: bytes, fileExtension: row.fileExtension),
            EntryIdentity(version: UInt64(row.number))
        )
    }

    /// Identifies an entry by the number of its write.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The identity, or `nil` if there is no entry or a lock must be waited for.
    public func identity(of key: CacheKey) -> EntryIdentity? {
        guard let file = try? current, reading.isAvailable, file.isCurrent else { return nil }
        let row = try? file.readNow { try $0.entry(key) }
        guard let row = row.flatMap({ $0 }) else { return nil }
        noteUse(of: key)
        return EntryIdentity(version: UInt64(row.number))
    }

    /// Writes an entry and replaces the previous one.
    ///
    /// In the same transaction, entries are evicted until the database is within its ``limits``. An entry that is larger
    /// than the limits is not stored.
    ///
    /// - Parameters:
    ///   - entry: The bytes and their format.
    ///   - key: The entry's key.
    /// - Throws: ``FSCacheError/Code/storeFailed`` when the entry can't be written, for example because the database is
    ///   locked or read-only, or the disk is full; ``FSCacheError/Code/storeUnavailable`` for a while after it was locked;
    ///   ``FSCacheError/Code/closed``.
    public func write(_ entry: EncodedEntry, for key: CacheKey) async throws {
        guard limits.admits(entry.bytes.count) else {
            try await remove(key)
            return
        }
        _ = try await store(entry, for: key)
    }

    /// Replaces or removes an entry, unless it has changed.
    ///
    /// - Parameters:
    ///   - old: The entry as it was read or opened; `nil` if there was none.
    ///   - new: The new entry; `nil` to remove the old one.
    ///   - key: The entry's key.
    /// - Returns: Whether the key still had the old entry.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func replace(_ old: (any EntryReader)?, with new: EncodedEntry?, for key: CacheKey) async throws -> Bool {
        let isUnchanged: Condition = { try $0.holds(old, for: key) }
        if let new, limits.admits(new.bytes.count) { return try await store(new, for: key, if: isUnchanged) }
        return try await write("replace", key) { database in
            guard try isUnchanged(database) else { return (false, false) }
            return (true, try database.deleteEntry(key, isSetAside: false) == .leavingPieces)
        }
    }

    /// Tells whether an entry may be written, in the transaction that writes it.
    typealias Condition = @Sendable (Database) throws -> Bool

    /// Writes an entry if a condition is met.
    ///
    /// - Returns: Whether it was met.
    private func store(_ entry: EncodedEntry, for key: CacheKey, if condition: Condition? = nil) async throws -> Bool {
        if entry.bytes.count > Schema.pieceByteCount, path != Self.memoryPath {
            // In pieces, so that other programs can write in between.
            let writer = SQLiteEntryWriter(self, key, entry.fileExtension, entry.expires)
            try await writer.append(entry.bytes)
            return try await writer.commit(if: condition)
        }
        return try await storeAtOnce(entry, for: key, if: condition)
    }

    /// Writes an entry in one transaction if a condition is met.
    ///
    /// - Returns: Whether it was met.
    func storeAtOnce(_ entry: EncodedEntry, for key: CacheKey, if condition: Condition?) async throws -> Bool {
        let now = settings.now()
        return try await write("write", key) { [self] database in
            if let condition, try !condition(database) { return (false, false) }
            let number = try database.newNumber()
            let size = Schema.pieceByteCount
            for (position, offset) in stride(from: 0, to: entry.bytes.count, by: size).enumerated() {
                try database.insertPiece(position, of: number, Data(entry.bytes.dropFirst(offset).prefix(size)))
            }
            let row = EntryRow(number: number, fileExtension: entry.fileExtension, byteCount: entry.bytes.count)
            return (true, try insert(row, for: key, modified: now, expires: entry.expires, in: database))
        }
    }

    /// Removes an entry.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: Whether there was one.
    /// - Throws: The same errors as ``write(_:for:)``.
    @discardableResult
    public func remove(_ key: CacheKey) async throws -> Bool {
        try await write("remove", key) { database in
            let deletions = [
                try database.deleteEntry(key, isSetAside: false), try database.deleteEntry(key, isSetAside: true),
            ]
            return (deletions != [.nothing, .nothing], deletions.contains(.leavingPieces))
        }
    }

    /// Marks an entry as set aside, and removes the key's entry that was set aside before.
    ///
    /// - Parameters:
    ///   - entry: The entry that could not be decoded. If the key no longer holds it, nothing happens.
    ///   - key: The entry's key.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func setAside(_ entry: any EntryReader, for key: CacheKey) async throws {
        try await write("set aside", key) { database in
            guard try database.holds(entry, for: key) else { return ((), false) }
            let deletion = try database.deleteEntry(key, isSetAside: true)
            try database.run("UPDATE entries SET setAside = 1, expires = NULL, used = 0 WHERE key = ?", [key.blob])
            return ((), deletion == .leavingPieces)
        }
    }
}

extension Database {
    /// Reads an entry of any size, in a transaction, so that it can't be replaced between its pieces.
    fileprivate func largeEntry(_ key: CacheKey) throws -> EncodedEntry? {
        var result: EncodedEntry?
        try inTransaction(.deferred) {
            if let row = try entry(key) {
                guard row.byteCount <= EncodedEntry.wholeByteLimit else { throw TooLarge() }
                let bytes = try bytes(of: row.number, from: 0, upTo: row.byteCount)
                result = EncodedEntry(bytes: bytes, fileExtension: row.fileExtension)
            }
            return .commit
        }
        return result
    }
}

/// The entry is too large to be read as a whole.
struct TooLarge: Error, CustomStringConvertible {
    var description: String { "it is larger than 1 GiB, so it can only be read in pieces" }
}
#endif
