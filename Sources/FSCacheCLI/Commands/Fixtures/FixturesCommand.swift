import ArgumentParser

struct FixturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fixtures",
        abstract: "Maintain recorded responses that are checked in with a test suite.",
        subcommands: [LintCommand.self, DriftCommand.self, PruneCommand.self, PromoteCommand.self]
    )
}
