#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB
internal import Synchronization

/// Writes an entry in pieces, which belong to a draft until the commit.
final class SQLiteEntryWriter: EntryWriter {
    private struct State {
        /// The number of the draft; `nil` as long as all bytes are in memory.
        var number: Int64?
        /// The number of bytes in the draft: a multiple of the size of a piece.
        var draftedCount = 0
        /// The bytes that come after those in the draft.
        var rest = Data()
        /// The draft as it was when the entry was stored.
        var snapshot: Snapshot?
        var isCommitted = false
    }

    /// The number of bytes that are written in one transaction, at most.
    private static let transactionByteCount = 16 * Schema.pieceByteCount

    private let backend: SQLiteBackend
    private let key: CacheKey
    private let fileExtension: String
    private let expires: Date?
    private let state = Mutex(State())

    init(_ backend: SQLiteBackend, _ key: CacheKey, _ fileExtension: String, _ expires: Date?) {
        self.backend = backend
        self.key = key
        self.fileExtension = fileExtension
        self.expires = expires
    }

    deinit {
        let (number, isCommitted) = state.withLock { ($0.number, $0.isCommitted) }
        guard let number, !isCommitted else { return }
        backend.abandonLater(number)
    }

    func append(_ bytes: Data) async throws {
        let byteCount = state.withLock { $0.draftedCount + $0.rest.count } + bytes.count
        guard backend.limits.admits(byteCount) else {
            throw FSCacheError(
                .entryTooLarge,
                "Can't write the entry \(key): it is larger than the store's limits allow."
            )
        }
        for offset in stride(from: 0, to: bytes.count, by: Self.transactionByteCount) {
            let isFull = state.withLock { state in
                state.rest.append(bytes.dropFirst(offset).prefix(Self.transactionByteCount))
                return state.rest.count >= Schema.pieceByteCount
            }
            if isFull { try await writePieces() }
        }
    }

    /// Moves all full pieces from memory to the draft.
    private func writePieces() async throws {
        let size = Schema.pieceByteCount
        let (number, draftedCount, bytes) = state.withLock { state in
            (state.number, state.draftedCount, Data(state.rest.prefix(state.rest.count / size * size)))
        }
        let now = backend.settings.now()
        let draft = try await backend.write("write", key) { database in
            let draft = try database.touchDraft(number, at: now)
            for offset in stride(from: 0, to: bytes.count, by: size) {
                let piece = bytes.subdata(in: offset..<(offset + size))
                try database.insertPiece((draftedCount + offset) / size, of: draft, piece)
            }
            return (draft, false)
        }
        state.withLock { state in
            state.number = draft
            state.draftedCount += bytes.count
            state.rest = Data(state.rest.dropFirst(bytes.count))
        }
    }

    func overwrite(at offset: Int, with bytes: Data) async throws {
        let (number, drafted) = state.withLock { state in
            let drafted = max(0, min(bytes.count, state.draftedCount - offset))
            if drafted < bytes.count {
                let start = offset + drafted - state.draftedCount
                state.rest.replaceSubrange(start..<(start + bytes.count - drafted), with: bytes.dropFirst(drafted))
            }
            return (state.number, drafted)
        }
        guard let number, drafted > 0 else { return }
        let bytes = Data(bytes.prefix(drafted))
        try await backend.write("write", key) { database in
            try database.overwrite(number, at: offset, with: bytes)
            return ((), false)
        }
    }

    func read(from offset: Int, upTo count: Int) async throws -> Data {
        let (state, end) = state.withLock { ($0, $0.draftedCount + $0.rest.count) }
        let count = max(0, min(count, end - offset))
        let drafted = max(0, min(count, state.draftedCount - offset))
        var bytes = Data()
        if let number = state.number, drafted > 0 {
            bytes = try await draftedBytes(of: number, from: offset, upTo: drafted)
        }
        if count > drafted {
            let start = offset + drafted - state.draftedCount
            bytes.append(state.rest.dropFirst(start).prefix(count - drafted))
        }
        return bytes
    }

    private func draftedBytes(of number: Int64, from offset: Int, upTo count: Int) async throws -> Data {
        func snapshotBytes(_ snapshot: Snapshot) async throws -> Data {
            try await BlockingWork.run { try snapshot.read { try $0.bytes(of: number, from: offset, upTo: count) } }
        }
        if let snapshot = state.withLock({ $0.snapshot }) { return try await snapshotBytes(snapshot) }
        do {
            let bytes = try await backend.read("read", key) { file in
                try file.read { try $0.bytes(of: number, from: offset, upTo: count) }
            }
            return bytes ?? Data()
        } catch {
            // The entry may have been stored and replaced in the meantime.
            guard let snapshot = state.withLock({ $0.snapshot }) else { throw error }
            return try await snapshotBytes(snapshot)
        }
    }

    func commit() async throws {
        _ = try await commit(if: nil)
    }

    /// Stores the entry if a condition is met.
    ///
    /// - Returns: Whether it was met.
    func commit(if condition: SQLiteBackend.Condition?) async throws -> Bool {
        let (number, draftedCount, rest) = state.withLock { ($0.number, $0.draftedCount, $0.rest) }
        guard let number else {
            let entry = EncodedEntry(bytes: rest, fileExtension: fileExtension, expires: expires)
            return try await backend.storeAtOnce(entry, for: key, if: condition)
        }
        // Readers of this writer can go on, even if the entry is replaced at once.
        let snapshot = try await backend.read("write", key) { file in
            try file.snapshot { try $0.row("SELECT 1 FROM drafts WHERE number = ?", [number]).map { _ in } }?.snapshot
        }
        state.withLock { $0.snapshot = snapshot }
        let row = EntryRow(number: number, fileExtension: fileExtension, byteCount: draftedCount + rest.count)
        let now = backend.settings.now()
        let isStored = try await backend.write("write", key) { [backend, key, expires] database in
            _ = try database.touchDraft(number, at: now)
            if let condition, try !condition(database) { return (false, false) }
            try database.run("DELETE FROM drafts WHERE number = ?", [number])
            if !rest.isEmpty { try database.insertPiece(draftedCount / Schema.pieceByteCount, of: number, rest) }
            return (true, try backend.insert(row, for: key, modified: now, expires: expires, in: database))
        }
        state.withLock { $0.isCommitted = isStored }
        return isStored
    }
}

extension SQLiteBackend {
    /// Lets the pieces of a draft be purged, before the backend is closed.
    fileprivate func abandonLater(_ number: Int64) {
        abandonment.withLock { last in
            last = Task { [last] in
                await last?.value
                try? await abandon(number)
            }
        }
    }

    /// Lets the pieces of a draft be purged.
    private func abandon(_ number: Int64) async throws {
        try await write("remove", nil) { database in
            try database.run("UPDATE drafts SET touched = 0 WHERE number = ?", [number])
            return ((), true)
        }
    }
}

// MARK: - Drafts

/// A writer has counted as dead, and its pieces may be gone.
private struct AbandonedDraft: Error, CustomStringConvertible {
    var description: String { "no piece of it has arrived for an hour, so its writer counted as dead" }
}

extension Database {
    /// Makes a draft, or says that it is still written.
    ///
    /// - Throws: `AbandonedDraft`.
    fileprivate func touchDraft(_ number: Int64?, at now: Date) throws -> Int64 {
        guard let number else {
            let number = try newNumber()
            try run("INSERT INTO drafts (number, touched) VALUES (?, ?)", [number, now.timeIntervalSince1970])
            return number
        }
        try run("UPDATE drafts SET touched = ? WHERE number = ?", [now.timeIntervalSince1970, number])
        guard changesCount == 1 else { throw AbandonedDraft() }
        return number
    }

    /// Replaces bytes in the pieces of an entry.
    fileprivate func overwrite(_ number: Int64, at offset: Int, with bytes: Data) throws {
        let size = Schema.pieceByteCount
        for position in (offset / size)...((offset + bytes.count - 1) / size) {
            let id = Schema.pieces(of: number).lowerBound + Int64(position)
            guard var piece: Data = try row("SELECT bytes FROM pieces WHERE id = ?", [id])?[0] else {
                throw IncompleteEntry()
            }
            let start = max(offset, position * size)
            let end = min(offset + bytes.count, position * size + size)
            piece.replaceSubrange(
                (start - position * size)..<(end - position * size),
                with: bytes.dropFirst(start - offset).prefix(end - start)
            )
            try run("UPDATE pieces SET bytes = ? WHERE id = ?", [piece, id])
        }
    }
}
#endif
