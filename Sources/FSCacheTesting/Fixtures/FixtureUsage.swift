internal import FSCacheFixtures
internal import Foundation
internal import Synchronization

/// Which files the tests of this process have used, to name the others at its end.
enum FixtureUsage {
    private static let used = Mutex<[String: Set<String>]>([:])
    private static let reportsAtExit: Void = { _ = atexit { FixtureUsage.report() } }()

    /// Notes the files that a test has used.
    static func note(_ paths: Set<String>, in directory: FixtureDirectory) {
        _ = reportsAtExit
        used.withLock { $0[directory.path, default: []].formUnion(paths) }
    }

    /// Names the files that no test has used, and keeps the result for `fscache fixtures prune`.
    ///
    /// After a run of some tests only, nothing can be said.
    private static func report() {
        guard isWholeRun(CommandLine.arguments) else { return }
        for (path, used) in used.withLock({ $0 }).sorted(by: { $0.key < $1.key })
        where FileManager.default.fileExists(atPath: path) {
            let report = FixtureUsageReport(directory: .shared(path), used: used)
            try? report.save()
            guard !report.unused.isEmpty else { continue }
            let list = report.unused.map { "  \($0)\n" }.joined()
            let text = "No test has used these files in \(path):\n\(list)'fscache fixtures prune' removes them.\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    /// Whether the arguments of a test process let all tests run.
    static func isWholeRun(_ arguments: [String]) -> Bool {
        !arguments.contains { argument in
            ["--filter", "--skip"].contains { argument == $0 || argument.hasPrefix("\($0)=") }
        }
    }
}
