import ArgumentParser
import FSCache
import Foundation

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Sum up what is stored.",
        discussion: """
            Sizes are those of the files. With --json there is one object with the members path, entries, bytes, \
            expired, invalid, serializers and statuses (how many entries there are of each), oldest and newest (when \
            the first and the last response were stored: times in ISO 8601, UTC; null when there is none).

            EXAMPLES:
              fscache stats
              fscache stats --json --cache Tests/http_cache

            \(Manual.exitCodes)
            """
    )

    @OptionGroup var options: CacheOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        let opened = try OpenCache(options, for: .looking)
        opened.tellIfMissing()
        let now = Date()
        var summary = CacheSummary(path: opened.path)
        var progress = try await ProgressLine("Looking through entries") { try await opened.cache.count() }
        defer { progress.finish() }
        for try await entry in opened.cache.entries() {
            summary.add(entry, now: now)
            progress.show(summary.entries)
        }
        progress.finish()
        if json { try JSONLine.write(summary) } else { try StandardStreams.write(Data(Self.table(summary).utf8)) }
    }

    private static func table(_ summary: CacheSummary) -> String {
        var table = TextTable()
        table.append(["cache", summary.path])
        table.append(["entries", "\(summary.entries)"])
        table.append(["size", Readable.size(summary.bytes)])
        table.append(["serializers", list(summary.serializers)])
        table.append(["statuses", list(summary.statuses)])
        table.append(["expired", "\(summary.expired)"])
        table.append(["invalid", "\(summary.invalid)"])
        table.append(["oldest", summary.oldest.map(Readable.time) ?? "-"])
        table.append(["newest", summary.newest.map(Readable.time) ?? "-"])
        return table.text
    }

    private static func list(_ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "-" }
        return counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
