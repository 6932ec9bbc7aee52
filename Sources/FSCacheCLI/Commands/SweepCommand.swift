import ArgumentParser
import FSCache

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Delete entries that expired long ago, and what interrupted programs have left.",
        discussion: """
            Expired entries are kept for a while, because they can be validated, or served if the origin fails. An entry \
            that another program renews at the same moment stays.

            With --max-size or --max-entries, the least recently used entries are evicted as well, until \
            the cache is within the limits.

            EXAMPLES:
              fscache sweep
              fscache sweep --keep-expired 1d --max-size 1G

            \(Manual.exitCodes)
            """
    )

    @Option(
        help: ArgumentHelp("How long expired entries are kept: 0, 12h, 7d. (default: 7d)", valueName: "age"),
        transform: Age.init(argument:)
    )
    var keepExpired: Age?

    @OptionGroup var limiting: LimitOptions
    @OptionGroup var options: CacheOptions

    func run() async throws {
        let opened = try OpenCache(options, for: .maintaining, settings: CacheSettings(limits: limiting.limits))
        opened.tellIfMissing()
        var progress = try await ProgressLine("Reading entries") { try await opened.cache.count() }
        defer { progress.finish() }
        let count = try await opened.cache.sweep(retention: keepExpired?.duration) { progress.show($0) }
        progress.finish()
        let evictions = opened.cache.counts.evictions
        await opened.cache.close()
        let evicted = evictions > 0 ? ", and evicted \(evictions)" : ""
        try StandardStreams.writeLine("Deleted \(Readable.entries(count)) that had expired\(evicted).")
    }
}
