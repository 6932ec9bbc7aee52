import ArgumentParser

@main
struct FSCacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fscache")
}
