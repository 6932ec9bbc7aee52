import Foundation

/// The files beside the sources that tests read.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let fixtures = root.appending(path: "Fixtures")
    /// Whether fixtures are to be written anew rather than compared.
    static let makesFixtures = ProcessInfo.processInfo.environment["FSCACHE_MAKE_FIXTURES"] == "1"
}
