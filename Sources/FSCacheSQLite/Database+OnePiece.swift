#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB
internal import GRDBSQLite

extension Database {
    private static let onePieceQuery = """
        SELECT number, extension, byteCount, bytes FROM entries
        LEFT JOIN pieces ON id = number << \(Schema.pieceBits) AND byteCount <= \(Schema.pieceByteCount)
        WHERE key = ? AND setAside = 0
        """

    /// Reads an entry and its bytes; the bytes of larger entries than one piece are left out.
    ///
    /// Each hit does this, so it calls SQLite itself. GRDB would copy the row and the names of its columns, which takes
    /// longer than the query.
    func onePieceEntry(_ key: CacheKey) throws -> (row: EntryRow, bytes: Data?)? {
        let statement = unsafe try cachedStatement(sql: Self.onePieceQuery).sqliteStatement
        let words = key.bigEndianWords
        return try unsafe withUnsafeBytes(of: words) { digest in
            defer {
                unsafe sqlite3_reset(statement)
                // Otherwise the statement would keep the address of the digest.
                unsafe sqlite3_clear_bindings(statement)
            }
            try unsafe check(sqlite3_bind_blob(statement, 1, digest.baseAddress, Int32(digest.count), nil))
            let status = unsafe sqlite3_step(statement)
            guard status != SQLITE_DONE else { return nil }
            try check(status, expecting: SQLITE_ROW)
            return try unsafe onePieceEntry(in: statement)
        }
    }

    /// The entry in the row of a statement.
    private func onePieceEntry(in statement: OpaquePointer) throws -> (row: EntryRow, bytes: Data?) {
        let fileExtension = unsafe sqlite3_column_text(statement, 1).map { unsafe String(cString: $0) }
        let entry = unsafe EntryRow(
            number: sqlite3_column_int64(statement, 0),
            fileExtension: fileExtension ?? "",
            byteCount: Int(sqlite3_column_int64(statement, 2))
        )
        guard entry.isOnePiece else { return (entry, nil) }
        // An empty entry has no piece.
        let start = unsafe sqlite3_column_blob(statement, 3)
        let count = unsafe Int(sqlite3_column_bytes(statement, 3))
        guard count == entry.byteCount else { throw IncompleteEntry() }
        return (entry, unsafe start.map { unsafe Data(bytes: $0, count: count) } ?? Data())
    }

    private func check(_ status: Int32, expecting expected: Int32 = SQLITE_OK) throws {
        guard status != expected else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: status), message: lastErrorMessage)
    }
}
#endif
