import ArgumentParser

@main
struct FSCacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fscache",
        abstract: "Fetch over HTTP through a cache of files, and look after what is in it.",
        discussion: """
            A cache is a directory with one file for each stored response. The tool and programs that use the library \
            may share it, at the same time.

            EXAMPLES:
              fscache get https://api.example.com/items        from the network, and stored
              fscache get https://api.example.com/items        from the cache
              fscache ls                                       what is stored
              fscache show https://api.example.com/items       one entry, as readable text
              fscache rm --expired                             tidying up

            \(Manual.exitCodes)
            """,
        version: "0.1.0",
        subcommands: [
            GetCommand.self, KeyCommand.self, ListCommand.self, ShowCommand.self, PathCommand.self, RemoveCommand.self,
            ConvertCommand.self, StatsCommand.self, ProxyCommand.self,
        ]
    )

    static func main() async {
        StandardStreams.prepare()
        do {
            let arguments = OptionalValue.completed(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: CommandError.readable(error))
        }
    }
}
