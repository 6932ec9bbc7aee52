import FSCache
import FSCacheTesting
import Foundation

/// Writes small entries into a directory with a limit: a number of them, or until the process is killed.
struct WriteBounded {
    var root: String
    var maxEntries: Int
    var seed: UInt64
    var count = Int.max

    func run() async throws {
        let backend = try FilesystemBackend(root: .path(root), limits: StoreLimits(maxEntries: maxEntries))
        for number in 0..<count {
            let key = CacheKey(hashing: Data("\(seed) \(number)".utf8))
            try await backend.write(VerifiableEntry.make(key, "cbor", seed: seed, wordCount: 10), for: key)
        }
        await backend.close()
    }
}
