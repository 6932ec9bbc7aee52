import ArgumentParser
import FSCache
import Serializers

struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert all entries to another format.",
        discussion: """
            Keys, responses and times don't change. Requests hit during and after the conversion, because a cache can \
            read every format. Entries that can't be decoded are not changed.

            EXAMPLES:
              fscache convert --to yaml
              fscache convert --to json.gz --cache Tests/http_cache

            \(Manual.exitCodes)
            """
    )

    @Option(
        help: ArgumentHelp("The format: \(SerializerChoice.help).", valueName: "name"),
        completion: .list(SerializerChoice.names),
        transform: SerializerChoice.init(argument:)
    )
    var to: SerializerChoice

    @OptionGroup var options: CacheOptions

    func run() async throws {
        let opened = try OpenCache(options, for: .maintaining, serializer: to.serializer)
        opened.tellIfMissing()
        var seen = 0
        var progress = try await ProgressLine("Converting") { try await opened.cache.count() }
        defer { progress.finish() }
        let count = try await opened.cache.convert { count in
            seen = count
            progress.show(count)
        }
        progress.finish()
        try StandardStreams.writeLine("Converted \(count) of \(Readable.entries(seen)) to \(to.serializer.name).")
    }
}
