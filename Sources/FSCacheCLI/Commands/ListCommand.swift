import ArgumentParser
import FSCache
import Foundation

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the stored responses.",
        discussion: """
            The table shows the first digits of each key, which you can pass to 'show', 'path' and 'rm'; the method; the \
            status; the size of the file; the time since the response was stored; when it expires; and the URL. It is \
            sorted by URL. An entry that can't be decoded has the status 'invalid', and the reason in place of the URL.

            --json prints one object per line, in the order of the keys, with the members key, method, url, status, \
            bytes (the size of the file), created, expires (times in ISO 8601, UTC; null for never), serializer and path. \
            If an entry can't be decoded, its unknown members are null.

            EXAMPLES:
              fscache ls
              fscache ls --expired
              fscache ls --json | jq -r 'select(.status == 404) | .key' | xargs fscache rm

            \(Manual.exitCodes)
            """
    )

    enum State: EnumerableFlag {
        case expired
        case invalid

        static func help(for value: State) -> ArgumentHelp? {
            switch value {
            case .expired: "List only expired entries."
            case .invalid: "List only entries that can't be decoded."
            }
        }

        var selection: EntrySelection {
            switch self {
            case .expired: .expired
            case .invalid: .invalid
            }
        }
    }

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var state: State?

    @Flag(help: "Print one JSON object per line.")
    var json = false

    func run() async throws {
        let opened = try OpenCache(options, for: .looking)
        opened.tellIfMissing()
        let now = Date()
        var table = EntryTable(now: now)
        for try await entry in opened.cache.entries(
            state?.selection ?? .all,
            now: now,
            leavingLargeBodies: true
        ) {
            if json { try StandardStreams.writeJSON(EntryRow(entry)) } else { table.append(entry) }
        }
        if !json { try StandardStreams.write(Data(table.text.utf8)) }
    }
}

/// The table of `ls`, sorted by URL.
private struct EntryTable {
    private let now: Date
    private var lines: [(url: String, key: String, cells: [String])] = []

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

    /// The table, or empty text if it has no entries.
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
