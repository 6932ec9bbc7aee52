#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB
internal import Synchronization

/// An open database: one connection that writes, and a few that read.
///
/// Reading doesn't wait for writing, except in `:memory:`, which has one connection for both.
final class DatabaseFile: Sendable {
    /// Connections that are not used are closed, except so many.
    private static let idleLimit = 8

    let place: FilePlace
    let settings: SQLiteSettings
    /// The file's version when it was opened; `nil` in memory.
    let version: FilePlace.Version?
    /// Whether the file is read as one that nobody writes to.
    let isImmutable: Bool
    /// `nil` if the database is opened read-only.
    private let writer: Connection?
    /// `nil` after the file has been closed.
    private let idle: Mutex<[Connection]?>

    init(
        _ place: FilePlace,
        _ settings: SQLiteSettings,
        version: FilePlace.Version?,
        isImmutable: Bool,
        writer: Connection?,
        reader: Connection?
    ) {
        self.place = place
        self.settings = settings
        self.version = version
        self.isImmutable = isImmutable
        self.writer = writer
        self.idle = Mutex(reader.map { [$0] } ?? [])
    }

    var isInMemory: Bool { version == nil }

    /// Whether another file has taken the place of this one, or it has been written to although it is read as immutable.
    var isOutdated: Bool {
        guard let version else { return false }
        if isImmutable { return place.hasLog || place.version != version }
        return place.version?.identity != version.identity
    }

    /// Whether the file can be read: it is not read as immutable, or has not been written to.
    var isCurrent: Bool { !isImmutable || !isOutdated }

    /// Closes all connections that are not used, and the others when they are not used any more.
    func close() {
        let connections = idle.withLock { $0.take() } ?? []
        for connection in connections { connection.close() }
        // The last connection moves the log into the file, which a reading connection can't do.
        writer?.close()
    }
}

// MARK: - Reading

extension DatabaseFile {
    /// Reads on the calling thread, which waits for the locks of other processes.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let deadline = Deadline.after(settings.timeout)
        if isInMemory, let writer { return try writer.use(until: deadline, body) }
        let connection = try takeConnection(until: deadline)
        defer { giveBack(connection) }
        return try connection.use(until: deadline, body)
    }

    /// Reads on the calling thread without waiting.
    ///
    /// - Returns: `nil` if all connections are in use.
    func readNow<Value>(_ body: (Database) throws -> Value) throws -> Value? {
        // In memory, all operations take microseconds.
        if isInMemory, let writer { return try writer.use(until: .passed, body) }
        guard let connection = idle.withLock({ $0?.popLast() }) else { return nil }
        defer { giveBack(connection) }
        return try connection.use(until: .passed, body)
    }

    /// Begins to read on a connection that continues to see the database as it is now.
    ///
    /// - Returns: `nil` if the body returns `nil`.
    func snapshot<Value>(_ body: (Database) throws -> Value?) throws -> (value: Value, snapshot: Snapshot)? {
        let deadline = Deadline.after(settings.timeout)
        let connection = try takeConnection(until: deadline)
        let snapshot = Snapshot(connection, of: self)
        let value = try connection.use(until: deadline) { database in
            try database.beginTransaction(.deferred)
            return try body(database)
        }
        return value.map { ($0, snapshot) }
    }

    private func takeConnection(until deadline: Deadline) throws -> Connection {
        guard let idle = idle.withLock({ idle in idle.map { _ in idle?.popLast() } }) else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE)
        }
        if let idle { return idle }
        let connection = try Connection(DatabaseFile.readingPath(place, isImmutable), isReadOnly: true, until: deadline)
        guard !isOutdated else {
            connection.close()
            throw DatabaseFile.replaced
        }
        return connection
    }

    fileprivate func giveBack(_ connection: Connection) {
        let isKept = idle.withLock { idle in
            guard let count = idle?.count, count < Self.idleLimit else { return false }
            idle?.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }

    static let replaced = DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "the file has been replaced")
}

/// A connection in a transaction, which sees the database as it was when the transaction began.
final class Snapshot: Sendable {
    private let connection: Connection
    private let file: DatabaseFile

    fileprivate init(_ connection: Connection, of file: DatabaseFile) {
        self.connection = connection
        self.file = file
    }

    deinit {
        // Nobody reads any more, so this doesn't wait.
        try? connection.use(until: .passed) { database in
            if database.isInsideTransaction { try database.rollback() }
        }
        file.giveBack(connection)
    }

    /// Reads on the calling thread.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try connection.use(until: .after(file.settings.timeout), body)
    }
}

// MARK: - Writing

extension DatabaseFile {
    /// Writes in a transaction, on the thread of the writing connection.
    ///
    /// The body returns a value, and whether pieces are left to be purged.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> (value: Value, leavesPieces: Bool)
    ) async throws -> Value {
        let (value, leavesPieces) = try await withoutTransaction { database in
            var result: (value: Value, leavesPieces: Bool)?
            try database.inTransaction(.immediate) {
                result = try body(database)
                return .commit
            }
            guard let result else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            return result
        }
        if leavesPieces { purgeLater() }
        return value
    }

    /// Writes on the thread of the writing connection.
    ///
    /// The time limit runs from the call, so that many tasks don't wait one after the other for a database that another
    /// process has locked. A task whose turn comes later still tries once.
    func withoutTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        guard let writer else {
            throw FSCacheError(.storeFailed, "The cache in \(place.path) is opened read-only.")
        }
        let deadline = Deadline.after(settings.timeout)
        return try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(until: deadline) { database in
                continuation.resume(with: Result { try body(database) })
            }
        }
    }

    /// Deletes the pieces of entries that are gone, and those of dead writers, while nothing else is to be written.
    func purgeLater() {
        writer?.enqueue { [weak self] database in
            guard let self else { return }
            let deadTime = settings.now().addingTimeInterval(-SQLiteSettings.draftLifetime)
            var continues = false
            // If this fails, the next opening purges them.
            try? database.inTransaction(.immediate) {
                continues = try database.purge(writersSince: deadTime)
                return .commit
            }
            if continues { purgeLater() }
        }
    }
}
#endif
