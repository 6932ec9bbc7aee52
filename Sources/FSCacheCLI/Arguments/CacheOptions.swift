import ArgumentParser
import FSCache
import Logging

/// What every command takes: where the cache is, and how much to tell.
struct CacheOptions: ParsableArguments {
    @Option(
        name: .customLong("cache"),
        help: ArgumentHelp(
            "The directory of the cache; 'name' is ./name. (default: http_cache in the user's cache directory)",
            valueName: "dir"
        ),
        completion: .directory
    )
    var directory: String?

    @Flag(
        name: [.customShort("v"), .customLong("verbose")],
        help: "Tell on standard error what is read and written, and why not."
    )
    var isVerbose = false

    /// Where the cache is.
    ///
    /// For a command line a name is a path, as it is for every other tool.
    var location: FilesystemBackend.Location {
        directory.map { .path($0) } ?? .userCaches("http_cache")
    }

    /// Tells warnings, or everything, on standard error.
    var logger: Logger {
        let level: Logger.Level = isVerbose ? .debug : .warning
        return Logger(label: "fscache") { _ in StandardErrorLog(logLevel: level) }
    }
}
