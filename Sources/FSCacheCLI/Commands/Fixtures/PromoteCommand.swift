import ArgumentParser
import FSCacheFixtures
import Foundation

struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Copy recorded responses from one directory to another.",
        discussion: """
            Use it to move what a test has recorded to a directory that many tests share. Files are copied byte for \
            byte, to the same relative paths. Without paths and without --used, all recorded responses are copied.

            A different response in its place is replaced only with --replace. What is not copied is named on standard \
            error, and the exit code is 1; the rest is copied.

            EXAMPLES:
              fscache fixtures promote Tests/Recorded/checkout Tests/Shared
              fscache fixtures promote --used --replace new Tests/Shared
              fscache fixtures promote new Tests/Shared a.test/items/GET.3f2a9c01.yaml

            EXIT CODES:
              0    all are copied, or were there already
              1    some are not copied; the reason is on standard error
              64   invalid arguments
            """
    )

    @Argument(help: ArgumentHelp("The directory to copy from.", valueName: "from"), completion: .directory)
    var source: String

    @Argument(help: ArgumentHelp("The directory to copy to. It is created.", valueName: "to"), completion: .directory)
    var destination: String

    @Argument(help: ArgumentHelp("Files to copy, relative to the first directory.", valueName: "path"))
    var paths: [String] = []

    @Flag(help: "Copy those that the last run of the whole test suite has used.")
    var used = false

    @Flag(help: "Replace different responses.")
    var replace = false

    func validate() throws {
        guard !used || paths.isEmpty else { throw ValidationError("Name paths or pass --used, not both.") }
    }

    func run() throws {
        let source = try FixtureDirectory(argument: source)
        let destination = FixtureDirectory(destination)
        let (from, to) = ("\(source.path)/", "\(destination.path)/")
        guard !from.hasPrefix(to), !to.hasPrefix(from) else {
            throw CommandError("One of the directories is in the other one, or is the same.")
        }
        let promotion = FixturePromotion(from: source, to: destination, replaces: replace)
        var counts = (copied: 0, replaced: 0, unchanged: 0, refused: 0)
        for path in try selected(in: source) {
            switch try promotion.copy(path) {
            case .copied:
                counts.copied += 1
                try StandardStreams.writeLine("copied \(path.printable)")
            case .replaced:
                counts.replaced += 1
                try StandardStreams.writeLine("replaced \(path.printable)")
            case .unchanged: counts.unchanged += 1
            case .refused(let reason):
                counts.refused += 1
                StandardStreams.tell("not copied \(path.printable): \(reason.printable)\n")
            }
        }
        StandardStreams.tell(
            "\(counts.copied) copied, \(counts.replaced) replaced, \(counts.unchanged) unchanged, "
                + "\(counts.refused) not copied.\n"
        )
        if counts.refused > 0 { throw ExitCode(1) }
    }

    private func selected(in source: FixtureDirectory) throws -> [String] {
        if used { return try FixtureUsageReport.required(for: source).used }
        guard paths.isEmpty else { return paths.map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 } }
        let selected = source.all().map(\.path) + source.unreadablePaths
        guard !selected.isEmpty else { throw CommandError("There are no recorded responses in \(source.path).") }
        return selected.sorted()
    }
}
