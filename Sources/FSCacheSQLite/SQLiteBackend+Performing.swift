#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB

extension SQLiteBackend {
    /// Reads on a thread that may wait.
    ///
    /// - Returns: `nil` if the work returns `nil`, or if the database is missing and the cache is read-only.
    func read<Value: Sendable>(
        _ verb: String,
        _ key: CacheKey?,
        _ work: @escaping @Sendable (DatabaseFile) throws -> Value?
    ) async throws -> Value? {
        try await perform(verb, key, reading) { file in
            let value = try await BlockingWork.run { try work(file) }
            // Somebody may have deleted the database, or put another one in its place. Only a miss asks the system.
            if value == nil, file.isOutdated { throw DatabaseFile.replaced }
            return value
        }
    }

    /// Writes in a transaction.
    ///
    /// The work returns a value, and whether it leaves pieces that are to be purged.
    @discardableResult
    func write<Value: Sendable>(
        _ verb: String,
        _ key: CacheKey?,
        _ work: @escaping @Sendable (Database) throws -> (value: Value, leavesPieces: Bool)
    ) async throws -> Value {
        guard !settings.isReadOnly else {
            throw FSCacheError(.storeFailed, "Can't \(verb) \(object(key)): it is opened read-only.")
        }
        let value = try await perform(verb, key, writing) { file in try await file.write(work) }
        guard let value else { throw failure(verb, key, DatabaseFile.replaced) }
        return value
    }

    /// Uses the database, which is opened again if it has been replaced or is damaged.
    func perform<Value: Sendable>(
        _ verb: String,
        _ key: CacheKey?,
        _ availability: StoreAvailability,
        _ work: (DatabaseFile) async throws -> Value?
    ) async throws -> Value? {
        do {
            return try await availability.run(isOutage: { ($0 as? DatabaseError)?.isOutage == true }) {
                guard let file = try await usableFile() else { return nil }
                do {
                    return try await work(file)
                } catch let error as DatabaseError where mayReopen(file, after: error) {
                    try await BlockingWork.run { try self.setAside(file, because: error) }
                    guard let file = try await usableFile() else { return nil }
                    return try await work(file)
                }
            }
        } catch {
            throw failure(verb, key, error)
        }
    }

    private func usableFile() async throws -> DatabaseFile? {
        if let file = try current, file.isCurrent { return file }
        return try await BlockingWork.run { try self.openFile() }
    }

    /// Whether a failed operation may succeed in a new database.
    private func mayReopen(_ file: DatabaseFile, after error: DatabaseError) -> Bool {
        guard !file.isInMemory else { return false }
        // Another task has closed the connections of this file, because it is damaged or has been replaced.
        let isClosed = error.resultCode == .SQLITE_MISUSE
        return isClosed || file.isOutdated || error.isDamage && !settings.isReadOnly
    }
}

// MARK: - Errors

extension SQLiteBackend {
    private func object(_ key: CacheKey?) -> String {
        key.map { "the entry \($0) in \(path)" } ?? "the entries in \(path)"
    }

    func failure(_ verb: String, _ key: CacheKey?, _ error: any Error) -> FSCacheError {
        if let error = error as? FSCacheError { return error }
        do throws(FSCacheError) {
            _ = try current
        } catch {
            return error
        }
        return FSCacheError(
            .storeFailed,
            "Can't \(verb) \(object(key)): \((error as? DatabaseError)?.advice ?? "\(error)").",
            underlyingError: error
        )
    }
}

extension DatabaseError {
    /// Whether the database can't be used at all for a while.
    var isOutage: Bool {
        let outages: [ResultCode] = [
            .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PROTOCOL, .SQLITE_CORRUPT,
            .SQLITE_NOTADB,
        ]
        return outages.contains(resultCode)
    }

    /// The reason, and what to do.
    fileprivate var advice: String {
        switch resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            "another program has locked the database for longer than the time limit. If that lasts, find that program"
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            "the file is damaged, or is no SQLite database. Delete it, or choose another path"
        case .SQLITE_FULL: "the disk is full. Free some space, or remove entries"
        case .SQLITE_READONLY: "the file may not be written. Change its permissions, or open it read-only"
        case .SQLITE_CANTOPEN: "the file can't be opened. Check its permissions and those of its directory"
        default: message ?? "\(resultCode)"
        }
    }
}
#endif
