import ArgumentParser
import FSCache
import Serializers

struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy all entries of a cache to another one.",
        discussion: """
            Both can be directories, sqlite:PATH, redis://… or mongodb://… Existing entries are replaced, except those \
            whose responses were received later. Entries keep their formats and times. Entries that can't be decoded are \
            not copied.

            EXAMPLES:
              fscache copy http_cache sqlite:http_cache.sqlite
              fscache copy --serializer json redis://localhost http_cache

            \(Manual.exitCodes)
            """
    )

    @Argument(help: ArgumentHelp("The cache to read; @FILE reads its place from a file.", valueName: "from"))
    var source: String

    @Argument(help: ArgumentHelp("The cache to write. A missing one is created.", valueName: "to"))
    var target: String

    @Option(
        help: ArgumentHelp(
            "The format of the copies: \(SerializerChoice.help). (default: that of each entry)",
            valueName: "name"
        ),
        completion: .list(SerializerChoice.names),
        transform: SerializerChoice.init(argument:)
    )
    var serializer: SerializerChoice?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let from = try OpenCache(CacheLocation(argument: source), logging, for: .looking)
        guard from.exists else { throw CommandError("There is no cache in \(from.path).") }
        let to = try OpenCache(
            CacheLocation(argument: target),
            logging,
            for: .importing,
            serializer: serializer?.serializer ?? .native
        )
        var seen = 0
        var progress = try await ProgressLine("Copying") { try await from.cache.count() }
        defer { progress.finish() }
        let count = try await to.cache.update(from: from.cache, keepingFormats: serializer == nil) { count in
            seen = count
            progress.show(count)
        }
        progress.finish()
        await to.cache.close()
        await from.cache.close()
        try StandardStreams.writeLine("Copied \(count) of \(Readable.entries(seen)) to \(to.path).")
    }
}
