#if SQLite
internal import FSCache
public import Foundation
internal import GRDB

extension SQLiteBackend {
    /// Removes the entries of stale responses, which an index finds.
    ///
    /// They are removed in transactions of 256, so that others can write in between.
    ///
    /// - Parameter time: The time at which they have expired.
    /// - Returns: The number of removed entries.
    /// - Throws: The same errors as ``write(_:for:)``.
    public func removeExpired(before time: Date) async throws -> Int {
        var total = 0
        while true {
            let count = try await write("remove", nil) { database in
                let (count, leavesPieces) = try database.deleteExpired(before: time, limit: Self.expiredCount)
                return (count, leavesPieces)
            }
            total += count
            guard count == Self.expiredCount else { return total }
        }
    }

    private static let expiredCount = 256

    /// Removes every entry, and gives the space on the disk back.
    ///
    /// - Throws: The same errors as ``write(_:for:)``.
    public func removeAll() async throws {
        try await write("remove", nil) { database in
            try database.run("DELETE FROM entries")
            guard try database.row("SELECT 1 FROM drafts") == nil else {
                try database.run(
                    "DELETE FROM pieces WHERE id >> \(Schema.pieceBits) NOT IN (SELECT number FROM drafts)"
                )
                return ((), true)
            }
            // Without a condition, SQLite frees all pages without reading them.
            try database.run("DELETE FROM pieces")
            return ((), false)
        }
        // While another program uses the database, the space stays reserved for new entries.
        try? await vacuum()
    }

    /// Writes the database anew without the space of removed entries, and makes its file as small as possible.
    ///
    /// Nothing else can be written meanwhile, and it needs as much free space on the disk as the database takes.
    ///
    /// - Throws: The same errors as ``write(_:for:)``.
    public func vacuum() async throws {
        guard !settings.isReadOnly else { throw failure("vacuum", nil, DatabaseError(resultCode: .SQLITE_READONLY)) }
        _ = try await perform("vacuum", nil, writing) { [settings] file in
            try await file.withoutTransaction { database in
                try database.execute(sql: "PRAGMA auto_vacuum = \(settings.autoVacuums ? "FULL" : "NONE"); VACUUM")
                // Readers of large entries may keep the log from being cut. The next writer does that.
                _ = try? database.checkpoint(.truncate)
            }
        }
    }
}
#endif
