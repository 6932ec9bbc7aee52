import FSCache
import FSCacheTesting
import Foundation
import TestSupport

/// Reads, writes, removes, sets aside and lists at random until the time is up, and checks everything that it reads.
struct Torture {
    static let extensions = ["bson", "cbor", "json", "yaml"]

    var root: String
    var seconds: UInt64
    var taskCount: Int
    var seed: UInt64

    func run() async throws {
        // Each process prefers another format, like sessions with different serializers.
        let preferred = Self.extensions[Int(seed) % Self.extensions.count]
        let backend = try Store.open(root, preferredExtension: preferred)
        let end = ContinuousClock.now + .seconds(seconds)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<taskCount {
                group.addTask {
                    var generator = SeededGenerator(seed: seed << 32 | UInt64(task))
                    var steps = 0
                    while ContinuousClock.now < end {
                        try await step(backend, &generator)
                        steps += 1
                    }
                    return steps
                }
            }
            let steps = try await group.reduce(0, +)
            print(steps)
        }
        await backend.close()
    }

    private func step(_ backend: any TortureBackend, _ generator: inout SeededGenerator) async throws {
        let index = Int.random(in: 0..<TortureKeys.count, using: &generator)
        let key = TortureKeys.key(index)
        switch Int.random(in: 0..<1000, using: &generator) {
        case 0..<600:
            _ = try await read(key, index, backend)
        case 600..<880:
            let isLarge = Int.random(in: 0..<50, using: &generator) == 0
            let entry = try VerifiableEntry.make(
                key,
                Self.extensions.randomElement(using: &generator).unwrapped,
                seed: generator.next(),
                wordCount: .random(in: 0..<(isLarge ? 40_000 : 2_000), using: &generator)
            )
            try await backend.write(entry, for: key)
        case 880..<960 where !TortureKeys.isPermanent(index):
            try await backend.remove(key)
        case 960..<990 where !TortureKeys.isPermanent(index):
            if let entry = try await read(key, index, backend) { try await backend.setAside(entry, for: key) }
        case 990..<995:
            for try await listing in backend.list(prefix: String(key.description.prefix(2))) {
                guard TortureKeys.all.contains(listing.key) else {
                    throw StoreWorker.Violation("A foreign entry is listed: \(listing)")
                }
            }
        case 995:
            try await (backend as? FilesystemBackend)?.sweep()
        default:
            break
        }
    }

    private func read(_ key: CacheKey, _ index: Int, _ backend: any TortureBackend) async throws -> EncodedEntry? {
        guard let entry = try await backend.read(key) else {
            guard !TortureKeys.isPermanent(index) else {
                throw StoreWorker.Violation("\(key) is replaced now and then, never removed, and was not found.")
            }
            return nil
        }
        if let problem = VerifiableEntry.problem(in: entry, of: key) { throw StoreWorker.Violation(problem) }
        return entry
    }
}

extension Optional {
    fileprivate var unwrapped: Wrapped {
        get throws {
            guard let self else { throw StoreWorker.Violation("A value is missing.") }
            return self
        }
    }
}
