import ArgumentParser
import FSCache

#if SQLite
import FSCacheSQLite
#endif

struct VacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum",
        abstract: "Return the unused space of an SQLite cache to the system.",
        discussion: """
            The file of a database doesn't shrink when entries are deleted. This command rewrites it, which locks the \
            database meanwhile. Other caches need no such thing.

            EXAMPLES:
              fscache vacuum --cache sqlite:http_cache.sqlite

            \(Manual.exitCodes)
            """
    )

    @OptionGroup var options: CacheOptions

    func run() async throws {
        let opened = try OpenCache(options, for: .maintaining)
        #if SQLite
        if let backend = opened.cache.backend as? SQLiteBackend {
            try await backend.vacuum()
            await backend.close()
            return try StandardStreams.writeLine("Vacuumed \(opened.path).")
        }
        #endif
        throw CommandError("\(opened.path) is not an SQLite cache, so there is nothing to vacuum.")
    }
}
