import ArgumentParser
import FSCache
import Foundation

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Summarize the stored responses.",
        discussion: """
            Sizes are those of files; 'used' is the space that they take on the disk, which counts for --max-size. --json \
            prints an object with the members path, entries, maxEntries, bytes, diskBytes, maxDiskBytes, evictions, expired, \
            invalid, serializers and statuses (the number of entries for each), oldest and newest (when the oldest and the newest \
            response were stored: times in ISO 8601, UTC; null if the cache is empty). The limits are those that you pass, or null. Evictions are those of all programs that \
            have used the directory with limits; null for other stores.

            EXAMPLES:
              fscache stats
              fscache stats --max-size 1G
              fscache stats --json --cache Tests/http_cache

            \(Manual.exitCodes)
            """
    )

    @OptionGroup var options: CacheOptions
    @OptionGroup var limiting: LimitOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        let opened = try OpenCache(options, for: .looking)
        opened.tellIfMissing()
        let now = Date()
        var summary = CacheSummary(path: opened.path, limits: limiting.limits)
        if case .directory = try options.location { summary.diskBytes = 0 }
        var progress = try await ProgressLine("Reading entries") { try await opened.cache.count() }
        defer { progress.finish() }
        summary.evictions = try await (opened.cache.backend as? any BoundedBackend)?.totalEvictionCount()
        for try await entry in opened.cache.entries(leavingLargeBodies: true) {
            summary.add(entry, now: now)
            progress.show(summary.entries)
        }
        progress.finish()
        if json {
            try StandardStreams.writeJSON(summary)
        } else {
            try StandardStreams.write(Data(Self.table(summary).utf8))
        }
    }

    private static func table(_ summary: CacheSummary) -> String {
        var table = TextTable()
        table.append(["cache", summary.path])
        table.append(["entries", "\(summary.entries)" + share(summary.entries, of: summary.maxEntries) { "\($0)" }])
        table.append(["size", Readable.size(summary.bytes)])
        let used = summary.diskBytes ?? summary.bytes
        table.append(["used", Readable.size(used) + share(used, of: summary.maxDiskBytes, Readable.size)])
        table.append(["evictions", summary.evictions.map { "\($0)" } ?? "-"])
        table.append(["serializers", list(summary.serializers)])
        table.append(["statuses", list(summary.statuses)])
        table.append(["expired", "\(summary.expired)"])
        table.append(["invalid", "\(summary.invalid)"])
        table.append(["oldest", summary.oldest.map(Readable.time) ?? "-"])
        table.append(["newest", summary.newest.map(Readable.time) ?? "-"])
        return table.text
    }

    /// What part of a limit is used: ` of 1.0 GiB (12 %)`.
    private static func share(_ used: Int, of limit: Int?, _ text: (Int) -> String) -> String {
        limit.map { " of \(text($0)) (\(Int((100 * Double(used) / Double($0)).rounded())) %)" } ?? ""
    }

    private static func list(_ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "-" }
        return counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

/// The output of `stats`.
///
/// The members are stable, because programs read them.
private struct CacheSummary: Encodable {
    let path: String
    private(set) var entries = 0
    /// The total size of the files.
    private(set) var bytes = 0
    /// The space that the files take on the disk; `nil` in stores of other kinds.
    var diskBytes: Int?
    let maxEntries: Int?
    let maxDiskBytes: Int?
    /// How many entries all programs have evicted; `nil` in stores that don't keep it.
    var evictions: Int?
    private(set) var expired = 0
    /// How many entries can't be decoded, including those that were set aside.
    private(set) var invalid = 0
    /// The number of entries by serializer.
    private(set) var serializers: [String: Int] = [:]
    /// The number of entries by status.
    private(set) var statuses: [String: Int] = [:]
    /// When the oldest response was stored.
    private(set) var oldest: Date?
    /// When the newest response was stored.
    private(set) var newest: Date?

    init(path: String, limits: StoreLimits) {
        self.path = path
        maxEntries = limits.maxEntries
        maxDiskBytes = limits.maxCacheBytes
    }

    mutating func add(_ entry: CacheEntry, now: Date) {
        let row = EntryRow(entry)
        entries += 1
        bytes = bytes.clampedSum(with: row.bytes)
        if let space = entry.listing.diskByteCount { diskBytes = (diskBytes ?? 0).clampedSum(with: space) }
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
        case path, entries, maxEntries, bytes, diskBytes, maxDiskBytes, evictions, expired, invalid, serializers,
            statuses,
            oldest, newest
    }

    /// Writes every member, including those that are `null`.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        try container.encode(entries, forKey: .entries)
        try container.encode(maxEntries, forKey: .maxEntries)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(diskBytes, forKey: .diskBytes)
        try container.encode(maxDiskBytes, forKey: .maxDiskBytes)
        try container.encode(evictions, forKey: .evictions)
        try container.encode(expired, forKey: .expired)
        try container.encode(invalid, forKey: .invalid)
        try container.encode(serializers, forKey: .serializers)
        try container.encode(statuses, forKey: .statuses)
        try container.encode(oldest.map(Readable.exactTime), forKey: .oldest)
        try container.encode(newest.map(Readable.exactTime), forKey: .newest)
    }
}
