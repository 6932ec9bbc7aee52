import Foundation

/// The files in the repository that tests read.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let fixtures = root.appending(path: "Fixtures")
    /// Whether fixtures are written again instead of compared.
    static let makesFixtures = ProcessInfo.processInfo.environment["FSCACHE_MAKE_FIXTURES"] == "1"
}
