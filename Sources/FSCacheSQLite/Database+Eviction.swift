#if SQLite
internal import FSCache
internal import Foundation
internal import GRDB

extension Database {
    /// Writes when entries were used.
    func mark(_ uses: [CacheKey: Date], interval: TimeInterval) throws {
        for (key, time) in uses {
            let time = time.timeIntervalSince1970
            try run(
                "UPDATE entries SET used = ? WHERE key = ? AND setAside = 0 AND abs(? - used) > ?",
                [time, key.blob, time, interval]
            )
        }
    }

    /// What an eviction has done.
    struct Eviction: Sendable {
        var count = 0
        var leavesPieces = false
        /// When the last evicted entry was used.
        var lastUse: Date?
        var isComplete = true
    }

    /// Deletes the least recently used entries until the others are within limits.
    ///
    /// The entry of `key` stays in any case. At most `maxCount` entries are deleted, so that others don't wait for long.
    func evict(to limits: StoreLimits, except key: CacheKey?, maxCount: Int = 256) throws -> Eviction {
        var eviction = Eviction()
        guard let totals = try row("SELECT bytes, entries FROM totals") else { return eviction }
        var (bytes, entries): (Int, Int) = (totals[0], totals[1])
        while bytes > limits.maxCacheBytes ?? .max || entries > limits.maxEntries ?? .max {
            guard eviction.count < maxCount else {
                eviction.isComplete = false
                return eviction
            }
            let oldest = try row(
                """
                SELECT key, setAside, number, byteCount, used FROM entries WHERE key IS NOT ? OR setAside = 1
                ORDER BY used LIMIT 1
                """,
                [key?.blob]
            )
            guard let oldest else { return eviction }
            let (blob, isSetAside, byteCount): (Data, Bool, Int) = (oldest[0], oldest[1], oldest[3])
            try run("DELETE FROM entries WHERE key = ? AND setAside = ?", [blob, isSetAside])
            if try !deletePieces(of: oldest[2], byteCount: byteCount) { eviction.leavesPieces = true }
            bytes -= byteCount
            entries -= 1
            eviction.count += 1
            if !isSetAside { eviction.lastUse = Date(timeIntervalSince1970: oldest[4]) }
        }
        return eviction
    }
}
#endif
