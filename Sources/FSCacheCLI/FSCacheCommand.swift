import ArgumentParser

@main
struct FSCacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fscache",
        abstract: "Fetch over HTTP through a cache of files, and manage its entries.",
        discussion: """
            A cache is a directory with one file for each stored response, unless --cache names another store. This tool \
            and programs that use the library can use it at the same time.

            EXAMPLES:
              fscache get https://api.example.com/items        from the network, and stored
              fscache get https://api.example.com/items        from the cache
              fscache ls                                       list the entries
              fscache show https://api.example.com/items       print an entry as readable text
              fscache rm --expired                             delete expired entries
              fscache sweep                                    delete those that expired long ago

            \(Manual.exitCodes)
              2    'verify', 'fixtures lint' or 'fixtures drift' has found something
            """,
        version: "0.1.0",
        subcommands: [
            GetCommand.self, KeyCommand.self, ListCommand.self, ShowCommand.self, PathCommand.self, RemoveCommand.self,
            ConvertCommand.self, CopyCommand.self, StatsCommand.self, SweepCommand.self, VerifyCommand.self,
            VacuumCommand.self,
            ProxyCommand.self, FixturesCommand.self,
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

/// Sections that the help of several commands shares.
enum Manual {
    static let exitCodes = """
        EXIT CODES:
          0    success
          1    failure; the reason is on standard error
          64   invalid arguments
        """

    static let references = """
        Name an entry by its key, by the first digits of its key if they are unique, or by its URL. A URL means the \
        response that 'fscache get URL' would find. If there is none, it means an entry for this URL with another \
        method, other matched header fields or other ignored parameters.
        """
}
