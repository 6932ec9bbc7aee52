#if SQLite
public import FSCache
internal import Foundation
internal import GRDB
internal import Synchronization

extension SQLiteBackend {
    /// How much the database may hold.
    ///
    /// The bytes of entries count. The file also has free pages, which new entries use, and the indexes.
    public var limits: StoreLimits { settings.limits }

    /// How many entries this backend has evicted since it was opened.
    public var evictionCount: Int { evictions.load(ordering: .relaxed) }

    private var evicts: Bool { limits.maxCacheBytes != nil || limits.maxEntries != nil }

    /// Evicts entries until the database is within its limits.
    ///
    /// They are removed in transactions of 256, so that others can write in between.
    ///
    /// - Throws: The same errors as ``write(_:for:)``.
    public func sweep() async throws {
        guard evicts else { return }
        while try await !write("evict", nil, { [self] database in try makeRoom(in: database, except: nil) }) {}
    }

    /// Notes that an entry was used, and writes such notes if there are many.
    func noteUse(of key: CacheKey) {
        guard evicts, !settings.isReadOnly, marks.withLock({ $0.note(key, at: settings.now()) }) else { return }
        marking.withLock { last in
            last = Task { [last] in
                await last?.value
                await writeMarks()
            }
        }
    }

    /// Writes which entries were used.
    ///
    /// A failure loses the marks only.
    func writeMarks() async {
        guard evicts, !settings.isReadOnly else { return }
        let (uses, interval) = marks.withLock { ($0.take(), $0.interval) }
        guard !uses.isEmpty else { return }
        try? await write("mark", nil) { database in
            try database.mark(uses, interval: interval)
            return ((), false)
        }
    }

    /// Inserts an entry, and evicts others for it, in a transaction.
    ///
    /// - Returns: Whether pieces are left to be purged.
    func insert(
        _ entry: EntryRow,
        for key: CacheKey,
        modified: Date,
        expires: Date?,
        in database: Database
    ) throws -> Bool {
        let leavesPieces = try database.insertEntry(entry, for: key, modified: modified, expires: expires)
        guard evicts else { return leavesPieces }
        let (_, evictionLeavesPieces) = try makeRoom(in: database, except: key)
        return leavesPieces || evictionLeavesPieces
    }

    /// Evicts entries in a transaction.
    ///
    /// - Returns: Whether the database is within its limits, and whether pieces are left to be purged.
    private func makeRoom(in database: Database, except key: CacheKey?) throws -> (value: Bool, leavesPieces: Bool) {
        let (uses, interval) = marks.withLock { ($0.take(), $0.interval) }
        try database.mark(uses, interval: interval)
        let eviction = try database.evict(to: limits, except: key)
        evictions.add(eviction.count, ordering: .relaxed)
        if let lastUse = eviction.lastUse {
            let age = settings.now().timeIntervalSince(lastUse)
            marks.withLock { $0.noteEviction(ofAge: age) }
        }
        return (eviction.isComplete, eviction.leavesPieces)
    }
}
#endif
