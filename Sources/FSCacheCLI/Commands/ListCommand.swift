import ArgumentParser
import FSCache
import Foundation

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List what is stored.",
        discussion: """
            The table has the first digits of each key, which are enough for 'show', 'path' and 'rm'; the method and the \
            status; the size of the file; the time since the response was stored; when it expires; and the URL, by which \
            it is sorted. Entries that can't be decoded have the status 'invalid', and the reason in place of the URL.

            With --json there is one object a line, in the order of the keys, with the members key, method, url, status, \
            bytes (the size of the file), created, expires (times in ISO 8601, UTC; null for never), serializer and path. \
            What is not known of an entry because it can't be decoded is null.

            EXAMPLES:
              fscache ls
              fscache ls --expired
              fscache ls --json | jq -r 'select(.status == 404) | .key' | xargs fscache rm

            \(Manual.exitCodes)
            """
    )

    enum State: EnumerableFlag {
        case expired
        case invalid

        static func help(for value: State) -> ArgumentHelp? {
            switch value {
            case .expired: "Only what has expired."
            case .invalid: "Only what can't be decoded."
            }
        }

        var selection: EntrySelection {
            switch self {
            case .expired: .expired
            case .invalid: .invalid
            }
        }
    }

    @OptionGroup var options: CacheOptions

    @Flag(exclusivity: .exclusive)
    var state: State?

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() async throws {
        let opened = try OpenCache(options, for: .looking)
        opened.tellIfMissing()
        let now = Date()
        var table = EntryTable(now: now)
        for try await entry in opened.cache.entries(state?.selection ?? .all, now: now) {
            if json { try JSONLine.write(EntryRow(entry)) } else { table.append(entry) }
        }
        if !json { try StandardStreams.write(Data(table.text.utf8)) }
    }
}
