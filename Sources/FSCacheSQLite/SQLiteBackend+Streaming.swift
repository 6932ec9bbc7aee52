#if SQLite
public import FSCache
public import Foundation
internal import GRDB

extension SQLiteBackend {
    /// Opens an entry for reading.
    ///
    /// A small entry is read at once. For a large one, the reader keeps a connection that sees the database as it is now,
    /// until the reader is released. Meanwhile, the log of the database grows with each write.
    ///
    /// - Parameter key: The entry's key.
    /// - Returns: The entry, or `nil` if there is none.
    /// - Throws: The same errors as ``read(_:)``.
    public func open(_ key: CacheKey) async throws -> (any EntryReader)? {
        guard path != Self.memoryPath else { return try await read(key) }
        let marksUse = !Maintenance.isUnderWay
        let reader = try await read("open", key) { file -> (any EntryReader)? in
            let opened = try file.snapshot { database in try database.onePieceEntry(key) }
            guard let ((row, bytes), snapshot) = opened else { return nil }
            if let bytes { return EncodedEntry(bytes: bytes, fileExtension: row.fileExtension) }
            return SQLiteEntryReader(row, snapshot)
        }
        if marksUse, reader != nil { noteUse(of: key) }
        return reader
    }

    /// Starts writing an entry.
    ///
    /// Each 256 KiB are written as they arrive, in a transaction of their own, so that others can write in between.
    ///
    /// - Parameters:
    ///   - key: The entry's key.
    ///   - fileExtension: The serializer's file extension.
    ///   - expires: When the response becomes stale.
    /// - Returns: A writer for the entry's bytes.
    /// - Throws: ``FSCacheError/Code/closed``.
    public func makeWriter(
        for key: CacheKey,
        fileExtension: String,
        expires: Date?
    ) async throws -> any EntryWriter {
        _ = try current
        guard path != Self.memoryPath else { return GatheringEntryWriter(self, key, fileExtension, expires: expires) }
        return SQLiteEntryWriter(self, key, fileExtension, expires)
    }
}

/// Reads a large entry from a snapshot of the database.
final class SQLiteEntryReader: EntryReader {
    private let row: EntryRow
    private let snapshot: Snapshot

    init(_ row: EntryRow, _ snapshot: Snapshot) {
        self.row = row
        self.snapshot = snapshot
    }

    /// The number of the entry, which no other one ever has.
    var number: Int64 { row.number }
    var fileExtension: String { row.fileExtension }
    var byteCount: Int { row.byteCount }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let count = max(0, min(count, row.byteCount - offset))
        do {
            return try await BlockingWork.run { [self] in
                try snapshot.read { try $0.bytes(of: row.number, from: offset, upTo: count) }
            }
        } catch {
            throw FSCacheError(.storeFailed, "Can't read an entry: \(error).", underlyingError: error)
        }
    }
}
#endif
