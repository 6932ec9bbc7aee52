import FSCache
import Foundation

/// What `stats` tells of a cache.
///
/// The members are a promise: programs read them.
struct CacheSummary: Encodable {
    let path: String
    private(set) var entries = 0
    /// The sizes of the entries' files together.
    private(set) var bytes = 0
    private(set) var expired = 0
    /// Entries that can't be decoded, or were set aside for it.
    private(set) var invalid = 0
    /// How many entries each serializer has written, by its name.
    private(set) var serializers: [String: Int] = [:]
    /// How many responses have each status.
    private(set) var statuses: [String: Int] = [:]
    /// When the first of the responses was stored.
    private(set) var oldest: Date?
    /// When the last of the responses was stored.
    private(set) var newest: Date?

    init(path: String) {
        self.path = path
    }

    mutating func add(_ entry: CacheEntry, now: Date) {
        let row = EntryRow(entry)
        entries += 1
        bytes += row.bytes
        serializers[row.serializer, default: 0] += 1
        guard let status = row.status, let created = row.created else {
            invalid += 1
            return
        }
        statuses["\(status)", default: 0] += 1
        if entry.isExpired(at: now) { expired += 1 }
        oldest = min(oldest ?? created, created)
        newest = max(newest ?? created, created)
    }

    private enum CodingKeys: CodingKey {
        case path, entries, bytes, expired, invalid, serializers, statuses, oldest, newest
    }

    /// Writes every member, `null` where there is nothing to say.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        try container.encode(entries, forKey: .entries)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(expired, forKey: .expired)
        try container.encode(invalid, forKey: .invalid)
        try container.encode(serializers, forKey: .serializers)
        try container.encode(statuses, forKey: .statuses)
        try container.encode(oldest.map(Readable.exactTime), forKey: .oldest)
        try container.encode(newest.map(Readable.exactTime), forKey: .newest)
    }
}
