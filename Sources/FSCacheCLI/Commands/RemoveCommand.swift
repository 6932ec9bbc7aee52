import ArgumentParser
import FSCache

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete entries.",
        discussion: """
            A key, or its first digits if they are unique, means one entry. A URL means all entries for it, with any \
            method and any header fields. If there is no entry for an argument, the others are still deleted.

            Files in the directory that don't belong to the cache are never deleted.

            EXAMPLES:
              fscache rm https://api.example.com/items
              fscache rm 3f2a 81c07d
              fscache rm --older-than 30d

            \(Manual.exitCodes)
            """
    )

    @Argument(
        help: ArgumentHelp("The entries.", valueName: "key|url"),
        transform: EntryReference.init(argument:)
    )
    var references: [EntryReference] = []

    @Flag(help: "Delete expired entries.")
    var expired = false

    @Option(
        help: ArgumentHelp("Delete entries stored at least this long ago: 300, 5m, 2h, 7d.", valueName: "age"),
        transform: Age.init(argument:)
    )
    var olderThan: Age?

    @Flag(help: "Delete all entries.")
    var all = false

    @OptionGroup var options: CacheOptions

    func validate() throws {
        let choices = [!references.isEmpty, expired, olderThan != nil, all].count { $0 }
        guard choices == 1 else {
            throw ValidationError("Say what to delete: keys and URLs, or one of --expired, --older-than and --all.")
        }
    }

    func run() async throws {
        let opened = try OpenCache(options, for: .maintaining)
        if !references.isEmpty { return try await removeReferenced(opened) }
        opened.tellIfMissing()
        var progress = try await ProgressLine("Reading entries") { try await opened.cache.count() }
        defer { progress.finish() }
        let count: Int
        if let olderThan {
            count = try await opened.cache.delete(.olderThan(olderThan.duration)) { progress.show($0) }
        } else if expired {
            count = try await opened.cache.delete(.expired) { progress.show($0) }
        } else {
            count = try await removeAll(opened.cache) { progress.show($0) }
        }
        progress.finish()
        try report(count)
    }

    private func removeReferenced(_ opened: OpenCache) async throws {
        let finder = EntryFinder(opened: opened)
        var keys: Set<CacheKey> = []
        var failures: [String] = []
        for reference in references {
            do {
                keys.formUnion(try await finder.keysToRemove(reference))
            } catch let error as CommandError {
                failures.append(error.description)
            }
        }
        let count = try await opened.cache.delete(keys: keys)
        if count > 0 || failures.isEmpty { try report(count) }
        guard failures.isEmpty else { throw CommandError(failures.joined(separator: "\n")) }
    }

    private func removeAll(_ cache: ResponseCache, progress: (Int) -> Void) async throws -> Int {
        var count = 0
        for try await listing in cache.backend.list(prefix: "") where try await cache.backend.remove(listing.key) {
            count += 1
            progress(count)
        }
        // Also remove empty directories and the temporary files of dead writers.
        try await cache.clear()
        return count
    }

    private func report(_ count: Int) throws {
        try StandardStreams.writeLine("Deleted \(Readable.entries(count)).")
    }
}
