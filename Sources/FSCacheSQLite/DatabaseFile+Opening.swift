#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB
internal import Logging

extension DatabaseFile {
    /// Opens a database, and creates it if it is missing.
    ///
    /// - Returns: `nil` if it is missing and to be read only.
    /// - Throws: ``FSCacheError`` when the file can't be a cache; `DatabaseError` when it may be one at another time.
    static func open(_ place: FilePlace, _ settings: SQLiteSettings) throws -> DatabaseFile? {
        guard !place.isForeign else { throw unusable(place, "it is not a file. Choose another path") }
        if settings.isReadOnly { return try openReadOnly(place, settings) }
        let deadline = Deadline.after(settings.timeout)
        do {
            if !place.exists { try place.makeFolder() }
            return try place.whileLocked(until: deadline) {
                try place.create()
                do {
                    return try open(place, settings, until: deadline)
                } catch let error as DatabaseError where error.isDamage && isCache(place) {
                    try setAside(place, settings, because: error)
                    try place.create()
                    return try open(place, settings, until: deadline)
                }
            }
        } catch let failure as SystemFailure {
            guard failure.number != EWOULDBLOCK else { throw DatabaseError(resultCode: .SQLITE_BUSY) }
            throw unusable(place, "\(failure)", failure.posixError)
        }
    }

    /// Makes a database in memory.
    static func openInMemory(_ settings: SQLiteSettings) throws -> DatabaseFile {
        let place = FilePlace(path: ":memory:")
        let writer = try Connection(place.path, isReadOnly: false, until: .passed)
        try writer.use(until: .passed) { try Schema.create(in: $0) }
        return DatabaseFile(place, settings, version: nil, isImmutable: false, writer: writer, reader: nil)
    }

    private static func open(
        _ place: FilePlace,
        _ settings: SQLiteSettings,
        until deadline: Deadline
    ) throws -> DatabaseFile {
        guard place.isWritable else {
            throw unusable(place, "it may not be written. Change its permissions, or open it read-only")
        }
        let version = place.version
        let writer = try Connection(place.path, isReadOnly: false, until: deadline)
        try writer.use(until: deadline) { try prepare($0, place, settings) }
        let reader = try Connection(place.path, isReadOnly: true, until: deadline)
        let file = DatabaseFile(
            place,
            settings,
            version: version,
            isImmutable: false,
            writer: writer,
            reader: reader
        )
        file.purgeLater()
        return file
    }

    /// Creates the tables in a new database, and checks an existing one.
    private static func prepare(_ database: Database, _ place: FilePlace, _ settings: SQLiteSettings) throws {
        if try isNew(database, place) {
            try database.execute(sql: "PRAGMA auto_vacuum = \(settings.autoVacuums ? "FULL" : "NONE")")
        }
        // Readers don't wait for the writer. A power failure can lose the last writes, but damages nothing.
        guard try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw unusable(place, "its file system has no memory that programs can share. Choose a local disk")
        }
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        // Deleted content is overwritten where that costs no extra writing. A log that has grown is cut again.
        try database.execute(sql: "PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = \(16 << 20)")
        try database.inTransaction(.immediate) {
            if try isNew(database, place) {
                try Schema.create(in: database)
            } else if try Int.fetchOne(database, sql: "PRAGMA user_version") == 1 {
                try Schema.addEviction(in: database)
            }
            return .commit
        }
    }

    /// Whether a database has no tables yet.
    ///
    /// - Throws: ``FSCacheError/Code/unusableStore`` when it belongs to another program or a later version.
    private static func isNew(_ database: Database, _ place: FilePlace) throws -> Bool {
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        guard !isEmpty else { return true }
        guard try Int32.fetchOne(database, sql: "PRAGMA application_id") == Schema.applicationID else {
            throw unusable(place, "it is a database of another program. Choose another path")
        }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= Schema.version else {
            let known = "this version of FSCache knows versions up to \(Schema.version)"
            throw unusable(
                place,
                "its tables have version \(version), and \(known). Update FSCache, or choose another path"
            )
        }
        return false
    }

    static func unusable(_ place: FilePlace, _ reason: String, _ error: (any Error)? = nil) -> FSCacheError {
        FSCacheError(.unusableStore, "\(place.path) can't be used as a cache: \(reason).", underlyingError: error)
    }
}

// MARK: - Read-only

extension DatabaseFile {
    private static func openReadOnly(_ place: FilePlace, _ settings: SQLiteSettings) throws -> DatabaseFile? {
        guard let version = place.version else { return nil }
        // Without a log, nobody has the database open. SQLite would then create files beside it, even to read it.
        let isImmutable = !place.hasLog
        let deadline = Deadline.after(settings.timeout)
        let reader = try Connection(readingPath(place, isImmutable), isReadOnly: true, until: deadline)
        guard try !reader.use(until: deadline, { try isNew($0, place) }) else { return nil }
        return DatabaseFile(
            place,
            settings,
            version: version,
            isImmutable: isImmutable,
            writer: nil,
            reader: reader
        )
    }

    static func readingPath(_ place: FilePlace, _ isImmutable: Bool) -> String {
        guard isImmutable else { return place.path }
        let escaped = place.path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? place.path
        return "file:\(escaped)?immutable=1"
    }
}

// MARK: - Damage

extension DatabaseFile {
    /// Renames this database because it is damaged, unless another process has done so.
    func setAside(because error: DatabaseError) throws {
        try place.whileLocked(until: .after(settings.timeout)) {
            if !isOutdated { try Self.setAside(place, settings, because: error) }
        }
    }

    private static func setAside(_ place: FilePlace, _ settings: SQLiteSettings, because error: DatabaseError) throws {
        let time = settings.now().formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        let name = "\(place.path).damaged-\(time)"
        try place.rename(to: name)
        settings.logger.warning(
            "the database is damaged: it has been renamed, and an empty one takes its place. Delete it if you don't need it",
            metadata: ["path": "\(place.path)", "renamed": "\(name)", "error": "\(error)"]
        )
    }

    /// Whether a file that can't be opened bears the mark of a cache.
    private static func isCache(_ place: FilePlace) -> Bool {
        // The file format of SQLite has the application's identifier at this place.
        place.head(72).dropFirst(68).elementsEqual(
            unsafe withUnsafeBytes(of: Schema.applicationID.bigEndian) { unsafe Data($0) }
        )
    }
}

extension DatabaseError {
    var isDamage: Bool { [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(resultCode) }
}
#endif
