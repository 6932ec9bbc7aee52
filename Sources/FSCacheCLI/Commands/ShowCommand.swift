import ArgumentParser
import FSCache
import Foundation

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print an entry as readable text.",
        discussion: """
            Whatever format the entry is stored in, it is printed as the serializer 'yaml' would store it, or 'json' \
            where this program was built without YAML: the request, the status, the header fields, the times, and the \
            body last; JSON as nested data, text as text, anything else as base64.

            \(Manual.references)

            EXAMPLES:
              fscache show https://api.example.com/items
              fscache show 3f2a
              fscache show --body 3f2a > items.json

            \(Manual.exitCodes)
            """
    )

    enum Part: EnumerableFlag {
        case head
        case body

        static func help(for value: Part) -> ArgumentHelp? {
            switch value {
            case .head: "Only what comes before the body."
            case .body: "Only the body, byte for byte as it came."
            }
        }
    }

    @Argument(
        help: ArgumentHelp("Which entry.", valueName: "key|url"),
        transform: EntryReference.init(argument:)
    )
    var reference: EntryReference

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var part: Part?

    func run() async throws {
        let entry = try await EntryFinder(opened: OpenCache(options, for: .looking)).entry(reference)
        guard let response = entry.response else {
            throw CommandError("\(entry.listing.path ?? reference.text): \(entry.failureText)")
        }
        switch part {
        case .body: try StandardStreams.write(response.body)
        case .head: try StandardStreams.write(EntryText(response, key: entry.key).head())
        case nil: try StandardStreams.write(EntryText(response, key: entry.key).whole)
        }
    }
}
