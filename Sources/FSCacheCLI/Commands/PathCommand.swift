import ArgumentParser
import FSCache

struct PathCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Print the path of the file of an entry.",
        discussion: """
            \(Manual.references)

            EXAMPLES:
              fscache path https://api.example.com/items
              $EDITOR "$(fscache path 3f2a)"

            \(Manual.exitCodes)
            """
    )

    @Argument(
        help: ArgumentHelp("The entry.", valueName: "key|url"),
        transform: EntryReference.init(argument:)
    )
    var reference: EntryReference

    @OptionGroup var options: CacheOptions

    func run() async throws {
        let entry = try await EntryFinder(opened: OpenCache(options, for: .looking)).entry(reference)
        guard let path = entry.listing.path else { throw CommandError("\(reference.text) is not in a file.") }
        try StandardStreams.writeLine(path)
    }
}
