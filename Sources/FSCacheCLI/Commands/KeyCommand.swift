import ArgumentParser
import FSCache
import Foundation

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Print the key of a request.",
        discussion: """
            The response to a request is stored in a file named after its key: 64 hexadecimal digits. This \
            command neither sends the request nor reads the cache. Pass the same -X, -H, -d, --ignore, --match-header and \
            --credentials as to 'fscache get'. Credentials enter the key as digests, unless you choose \
            --credentials ignored. The proxy has keys of its own: it doesn't sort the query. The keys of all responses for \
            a method and URL, such as those of other users, and of variants that the origin selects by header fields (Vary), \
            begin with the same eight digits.

            EXAMPLES:
              fscache key https://api.example.com/items
              fscache key --explain 'https://example.com/search?q=swift&page=2'

            \(Manual.exitCodes)
            """
    )

    @OptionGroup var request: RequestArguments
    @OptionGroup var options: CacheOptions

    @Flag(help: "Print the normalized parts that the key depends on, then the key.")
    var explain = false

    func run() throws {
        var settings = CacheSettings()
        request.matching.apply(to: &settings)
        let normalized = try NormalizedRequest(request.head(), body: request.body(), settings: settings)
        guard explain else { return try StandardStreams.writeLine(normalized.key.description) }
        var table = TextTable()
        for ingredient in normalized.ingredients {
            // A multipart body has a line for each part.
            let lines = ingredient.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for (index, line) in lines.enumerated() { table.append([index == 0 ? ingredient.name : "", line]) }
        }
        table.append(["key", normalized.key.description])
        try StandardStreams.write(Data(table.text.utf8))
    }
}
