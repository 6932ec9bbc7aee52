import ArgumentParser
import FSCache
import Foundation

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Print the key under which the response to a request is stored.",
        discussion: """
            The key is a digest of what tells requests apart: 64 hexadecimal digits, the name of the entry's file. \
            Nothing is sent, and the cache is not looked at. Give the same -X, -H, -d, --ignore and --match-header as to \
            'fscache get'. Where the origin chooses by header fields (Vary), responses for other values of them have \
            keys that begin with the same four digits.

            EXAMPLES:
              fscache key https://api.example.com/items
              fscache key --explain 'https://example.com/search?q=swift&page=2'

            \(Manual.exitCodes)
            """
    )

    @OptionGroup var request: RequestArguments
    @OptionGroup var options: CacheOptions

    @Flag(help: "Print everything that the key depends on, normalized, and the key last.")
    var explain = false

    func run() throws {
        let normalized = try NormalizedRequest(request.head(), body: request.body(), matching: request.matching)
        guard explain else { return try StandardStreams.writeLine(normalized.key.description) }
        var table = TextTable()
        for ingredient in normalized.ingredients {
            // Parts of a multipart body have lines of their own.
            let lines = ingredient.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for (index, line) in lines.enumerated() { table.append([index == 0 ? ingredient.name : "", line]) }
        }
        table.append(["key", normalized.key.description])
        try StandardStreams.write(Data(table.text.utf8))
    }
}
