import FSCache
import FSCacheTesting
import TestSupport

/// Writes entries of the maximum size for one call, until the process is killed.
struct WriteUntilKilled {
    var root: String
    var seed: UInt64

    func run() async throws {
        let backend = try Store.open(root)
        var generator = SeededGenerator(seed: seed)
        while true {
            let key = TortureKeys.key(.random(in: 0..<TortureKeys.count, using: &generator))
            let fileExtension = Torture.extensions[.random(in: 0..<Torture.extensions.count, using: &generator)]
            let wordCount = Int.random(in: 0..<32_000, using: &generator)
            let entry = VerifiableEntry.make(key, fileExtension, seed: generator.next(), wordCount: wordCount)
            try await backend.write(entry, for: key)
        }
    }
}
