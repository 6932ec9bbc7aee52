#if SQLite
internal import FSCache
internal import Foundation

/// The hits whose times are not in the database yet.
///
/// A hit writes nothing by itself: the times are written in the next transaction that writes an entry, or when there are
/// many of them. An entry is marked once in a while only.
struct UseMarks {
    private var pending: [CacheKey: Date] = [:]
    /// When entries were marked; a part of them.
    private var written: [CacheKey: Date] = [:]
    /// How old a mark may be before a hit renews it: a tenth of the age at which entries are evicted, at most ten minutes.
    private(set) var interval: TimeInterval = 60

    /// How many hits are kept before they are written by themselves.
    private static let batchCount = 64
    private static let writtenCount = 4096

    /// Notes a hit.
    ///
    /// - Returns: Whether the marks should be written now.
    mutating func note(_ key: CacheKey, at now: Date) -> Bool {
        if let last = written[key] ?? pending[key], abs(now.timeIntervalSince(last)) <= interval { return false }
        pending[key] = now
        return pending.count == Self.batchCount
    }

    /// Takes the marks to write.
    mutating func take() -> [CacheKey: Date] {
        defer { pending = [:] }
        if written.count + pending.count > Self.writtenCount { written = [:] }
        written.merge(pending) { $1 }
        return pending
    }

    /// Notes the time between the last use of an entry and its eviction.
    mutating func noteEviction(ofAge age: TimeInterval) {
        interval = min(max(0, age) / 10, 600)
    }
}
#endif
