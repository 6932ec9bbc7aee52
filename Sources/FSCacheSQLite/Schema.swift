#if SQLite
internal import GRDB

/// The tables of a database.
///
/// An entry has a number that no entry has had before. Its bytes are in pieces, whose identifiers are the number, shifted
/// to the left, plus the position of the piece.
enum Schema {
    static let version = 2
    /// `FSCa`, which marks a database as a cache.
    static let applicationID: Int32 = 0x4653_4361
    /// The size of a piece.
    ///
    /// An entry of one piece is read and written as a whole.
    static let pieceByteCount = 256 << 10
    /// The number of bits of an identifier that count the pieces.
    static let pieceBits: Int64 = 24

    /// The first number is random, so that the entries of two databases that have the same path one after the other
    /// have different numbers.
    static func create(in database: Database, firstNumber: Int64 = .random(in: 1..<1 << 38)) throws {
        try database.execute(
            sql: """
                CREATE TABLE entries (
                    key BLOB NOT NULL,
                    setAside INTEGER NOT NULL,
                    number INTEGER NOT NULL,
                    extension TEXT NOT NULL,
                    byteCount INTEGER NOT NULL,
                    modified REAL NOT NULL,
                    expires REAL,
                    PRIMARY KEY (key, setAside)
                ) WITHOUT ROWID;
                CREATE INDEX entriesByExpiry ON entries (expires) WHERE expires IS NOT NULL;
                CREATE TABLE pieces (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                -- Pieces of entries that are being written or removed, and when the last piece was written.
                CREATE TABLE drafts (number INTEGER PRIMARY KEY, touched REAL NOT NULL);
                CREATE TABLE counter (number INTEGER NOT NULL);
                INSERT INTO counter VALUES (\(firstNumber));
                PRAGMA application_id = \(applicationID);
                """
        )
        try addEviction(in: database)
    }

    /// Adds what eviction needs, with which version 2 begins.
    ///
    /// The database itself keeps the totals, whatever changes the entries.
    static func addEviction(in database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE entries ADD COLUMN used REAL NOT NULL DEFAULT 0;
                UPDATE entries SET used = modified WHERE setAside = 0;
                CREATE INDEX entriesByUse ON entries (used);
                CREATE TABLE totals (bytes INTEGER NOT NULL, entries INTEGER NOT NULL);
                INSERT INTO totals SELECT ifnull(sum(byteCount), 0), count(*) FROM entries;
                CREATE TRIGGER entryAdded AFTER INSERT ON entries BEGIN
                    UPDATE totals SET bytes = bytes + NEW.byteCount, entries = entries + 1;
                END;
                CREATE TRIGGER entryRemoved AFTER DELETE ON entries BEGIN
                    UPDATE totals SET bytes = bytes - OLD.byteCount, entries = entries - 1;
                END;
                PRAGMA user_version = \(version);
                """
        )
    }

    /// The identifiers of the pieces of an entry.
    static func pieces(of number: Int64) -> ClosedRange<Int64> {
        (number << pieceBits)...(((number + 1) << pieceBits) - 1)
    }
}

extension Database {
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}
#endif
