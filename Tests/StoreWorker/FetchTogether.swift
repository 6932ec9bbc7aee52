import FSCache
import Foundation

/// Requests one page of an origin from many tasks at once, as one of several processes that share a cache, and prints the
/// different responses.
struct FetchTogether {
    var root: String
    var port: UInt64
    /// The page's number.
    var page: UInt64
    var taskCount: UInt64
    var leaseMilliseconds: UInt64

    func run() async throws {
        var settings = CacheSettings()
        settings.collapsesAcrossProcesses = leaseMilliseconds > 0
        settings.leaseDuration = .milliseconds(leaseMilliseconds)
        let session = CachedSession(cache: try ResponseCache(root, settings: settings))
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<taskCount {
                group.addTask { try await session.get("http://127.0.0.1:\(port)/\(page)").text() }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        await session.close()
        print(texts.sorted().joined(separator: " "))
    }
}
