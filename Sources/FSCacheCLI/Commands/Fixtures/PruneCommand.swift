import ArgumentParser
import FSCacheFixtures
import Foundation

struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove recorded responses that the tests don't use.",
        discussion: """
            At its end, a run of the whole test suite keeps a list of the recorded responses that no test has used, in \
            the user's cache directory. This command removes them, and then directories that are empty.

            It keeps responses that were recorded or changed after the run, and names them on standard error. It never \
            touches files that aren't recorded responses.

            EXAMPLES:
              swift test && fscache fixtures prune --dry-run Tests/ShopTests/Recorded
              fscache fixtures prune Tests/ShopTests/Recorded

            \(Manual.exitCodes)
            """
    )

    @Argument(help: ArgumentHelp("The directory of the recorded responses.", valueName: "dir"), completion: .directory)
    var directory: String

    @Flag(name: [.customShort("n"), .customLong("dry-run")], help: "Print what would be removed, and remove nothing.")
    var dryRun = false

    func run() throws {
        let directory = try FixtureDirectory(argument: directory)
        let report = try FixtureUsageReport.required(for: directory)
        let pruning = FixturePruning(directory, after: report)
        for path in pruning.newer {
            StandardStreams.tell("kept \(path.printable): recorded or changed after the run of the tests\n")
        }
        for path in pruning.superfluous {
            if !dryRun { try directory.remove(path) }
            try StandardStreams.writeLine(path.printable)
        }
        let kept = pruning.newer.isEmpty ? "" : "; kept \(pruning.newer.count.counted("newer file"))"
        let verb = dryRun ? "Would remove" : "Removed"
        StandardStreams.tell("\(verb) \(pruning.superfluous.count.counted("file"))\(kept).\n")
    }
}
