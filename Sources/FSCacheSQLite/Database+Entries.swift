#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB

/// What the table of entries says about an entry.
struct EntryRow: Sendable {
    var number: Int64
    var fileExtension: String
    var byteCount: Int

    var isOnePiece: Bool { byteCount <= Schema.pieceByteCount }
}

/// The entry can't be read completely.
struct IncompleteEntry: Error, CustomStringConvertible {
    var description: String { "pieces of it are missing; it is replaced when its response is stored again" }
}

extension CacheKey {
    /// The 32 bytes of the digest.
    var blob: Data {
        unsafe withUnsafeBytes(of: bigEndianWords) { unsafe Data($0) }
    }

    /// The digest as it lies in memory.
    var bigEndianWords: (UInt64, UInt64, UInt64, UInt64) {
        (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }

    init?(blob: Data) {
        guard blob.count == 32 else { return nil }
        let words = unsafe blob.withUnsafeBytes { bytes in
            func word(_ index: Int) -> UInt64 {
                unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
        self.init(words: words)
    }
}

// MARK: - Reading

extension Database {
    func entry(_ key: CacheKey) throws -> EntryRow? {
        try row("SELECT number, extension, byteCount FROM entries WHERE key = ? AND setAside = 0", [key.blob]).map {
            EntryRow(number: $0[0], fileExtension: $0[1], byteCount: $0[2])
        }
    }

    /// Reads bytes of an entry from its pieces.
    func bytes(of number: Int64, from offset: Int, upTo count: Int) throws -> Data {
        guard count > 0 else { return Data() }
        let size = Schema.pieceByteCount
        let first = Schema.pieces(of: number).lowerBound
        let pieces = (offset / size)...((offset + count - 1) / size)
        let statement = try cachedStatement(sql: "SELECT bytes FROM pieces WHERE id BETWEEN ? AND ? ORDER BY id")
        let cursor = try Data.fetchCursor(
            statement,
            arguments: [first + Int64(pieces.lowerBound), first + Int64(pieces.upperBound)]
        )
        var bytes = Data(capacity: pieces.count * size)
        while let piece = try cursor.next() { bytes.append(piece) }
        let skipped = offset - pieces.lowerBound * size
        guard bytes.count >= skipped + count else { throw IncompleteEntry() }
        guard skipped > 0 || bytes.count > count else { return bytes }
        return bytes.subdata(in: skipped..<(skipped + count))
    }
}

extension Database {
    /// Whether a key still has an entry that was read or opened; for `nil`, whether it has none.
    func holds(_ entry: (any EntryReader)?, for key: CacheKey) throws -> Bool {
        guard let row = try self.entry(key) else { return entry == nil }
        guard let entry, row.fileExtension == entry.fileExtension, row.byteCount == entry.byteCount else {
            return false
        }
        guard let entry = entry as? EncodedEntry else {
            return (entry as? SQLiteEntryReader)?.number == row.number
        }
        return try bytes(of: row.number, from: 0, upTo: row.byteCount) == entry.bytes
    }
}

// MARK: - Writing, in a transaction

extension Database {
    func newNumber() throws -> Int64 {
        try run("UPDATE counter SET number = number + 1")
        guard let number: Int64 = try row("SELECT number FROM counter")?[0] else { throw IncompleteEntry() }
        return number
    }

    func insertPiece(_ position: Int, of number: Int64, _ bytes: Data) throws {
        let id = Schema.pieces(of: number).lowerBound + Int64(position)
        try run("INSERT INTO pieces (id, bytes) VALUES (?, ?)", [id, bytes])
    }

    /// Replaces the entry of a key by one whose pieces have been written.
    ///
    /// - Returns: Whether the previous entry has left pieces that are to be purged.
    func insertEntry(_ entry: EntryRow, for key: CacheKey, modified: Date, expires: Date?) throws -> Bool {
        let leavesPieces = try deleteEntry(key, isSetAside: false) == .leavingPieces
        try run(
            """
            INSERT INTO entries (key, setAside, number, extension, byteCount, modified, expires, used)
            VALUES (?, 0, ?, ?, ?, ?, ?, ?)
            """,
            [
                key.blob, entry.number, entry.fileExtension, entry.byteCount, modified.timeIntervalSince1970,
                expires?.timeIntervalSince1970, modified.timeIntervalSince1970,
            ]
        )
        return leavesPieces
    }

    enum Deletion {
        case nothing
        case complete
        case leavingPieces
    }

    /// Deletes an entry.
    ///
    /// The pieces of a large one are left to be purged.
    func deleteEntry(_ key: CacheKey, isSetAside: Bool) throws -> Deletion {
        let arguments: StatementArguments = [key.blob, isSetAside]
        guard
            let row = try row("SELECT number, byteCount FROM entries WHERE key = ? AND setAside = ?", arguments)
        else { return .nothing }
        try run("DELETE FROM entries WHERE key = ? AND setAside = ?", arguments)
        return try deletePieces(of: row[0], byteCount: row[1]) ? .complete : .leavingPieces
    }

    /// Deletes entries that have expired.
    ///
    /// - Returns: Their number, and whether pieces are left to be purged.
    func deleteExpired(before time: Date, limit: Int) throws -> (count: Int, leavesPieces: Bool) {
        let statement = try cachedStatement(
            sql: "SELECT key, number, byteCount FROM entries WHERE expires <= ? AND setAside = 0 LIMIT \(limit)"
        )
        let rows = try Row.fetchAll(statement, arguments: [time.timeIntervalSince1970])
        var leavesPieces = false
        for row in rows {
            let key: Data = row[0]
            try run("DELETE FROM entries WHERE key = ? AND setAside = 0", [key])
            if try !deletePieces(of: row[1], byteCount: row[2]) { leavesPieces = true }
        }
        return (rows.count, leavesPieces)
    }

    /// Deletes the only piece of a small entry, or leaves those of a large one to be purged.
    ///
    /// - Returns: Whether they are deleted.
    func deletePieces(of number: Int64, byteCount: Int) throws -> Bool {
        guard byteCount <= Schema.pieceByteCount else {
            try run("INSERT INTO drafts (number, touched) VALUES (?, 0)", [number])
            return false
        }
        try run("DELETE FROM pieces WHERE id = ?", [Schema.pieces(of: number).lowerBound])
        return true
    }

    /// Deletes some pieces of an entry that is gone, or of a writer that has not written since a time.
    ///
    /// - Returns: Whether there may be more.
    func purge(writersSince time: Date) throws -> Bool {
        let row = try row("SELECT number FROM drafts WHERE touched < ? LIMIT 1", [time.timeIntervalSince1970])
        guard let number: Int64 = row?[0] else { return false }
        let pieces = Schema.pieces(of: number)
        let limit = 64
        try run(
            "DELETE FROM pieces WHERE id IN (SELECT id FROM pieces WHERE id BETWEEN ? AND ? LIMIT \(limit))",
            [pieces.lowerBound, pieces.upperBound]
        )
        if changesCount < limit { try run("DELETE FROM drafts WHERE number = ?", [number]) }
        return true
    }
}
#endif
