import FSCache
import Foundation

/// Entries as `ls` shows them, sorted by URL.
struct EntryTable {
    private let now: Date
    private var lines: [(url: String, key: String, cells: [String])] = []

    /// Begins a table.
    ///
    /// - Parameter now: The time to judge age and expiry by.
    init(now: Date) {
        self.now = now
    }

    mutating func append(_ entry: CacheEntry) {
        let row = EntryRow(entry)
        let stored = row.created ?? entry.listing.modifiedAt
        let cells = [
            String(row.key.prefix(12)),
            row.method ?? "-",
            row.status.map { "\($0)" } ?? "invalid",
            Readable.size(row.bytes),
            Readable.age(now.timeIntervalSince(stored)),
            expiry(of: entry),
            row.url ?? "(\(entry.failureText))",
        ]
        lines.append((row.url ?? "", row.key, cells))
    }

    /// The table; empty when there is no entry.
    var text: String {
        guard !lines.isEmpty else { return "" }
        var table = TextTable(
            header: ["KEY", "METHOD", "STATUS", "SIZE", "AGE", "EXPIRES", "URL"],
            rightAligned: [3, 4]
        )
        for line in lines.sorted(by: { ($0.url, $0.key) < ($1.url, $1.key) }) { table.append(line.cells) }
        return table.text
    }

    private func expiry(of entry: CacheEntry) -> String {
        guard let response = entry.response else { return "-" }
        guard let expires = response.expires else { return "never" }
        return Readable.time(expires) + (entry.isExpired(at: now) ? " (past)" : "")
    }
}
