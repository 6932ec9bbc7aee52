import FSCache
import FSCacheFaultTesting
import FSCacheTesting
import Foundation
import TestSupport
import Testing

@Suite("Filesystem backend under many processes", .serialized)
struct TortureTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    @Test("Eight processes with several tasks each and four formats: readers see only complete entries")
    func torture() async throws {
        let root = scratch("cache")
        let backend = try FilesystemBackend(root: .path(root))
        for index in 0..<TortureKeys.count where TortureKeys.isPermanent(index) {
            let key = TortureKeys.key(index)
            try await backend.write(VerifiableEntry.make(key, "cbor", seed: 0, wordCount: 100), for: key)
        }
        let workers = try (0..<8).map { seed in
            try StoreWorkerProcess(["torture", root, "\(StoreWorkerProcess.tortureSeconds)", "4", "\(seed)"])
        }
        var steps: [Int] = []
        for worker in workers {
            try await steps.append(Int(worker.finish().trimmingCharacters(in: .newlines)).required)
        }
        #expect(steps.allSatisfy { $0 > 100 }, "\(steps)")
        try await expectWholeEntries(backend)
        try expectNothingButEntries()
    }

    @Test("Killed writers leave complete entries, and temporary files that the next opening sweeps")
    func killedWriters() async throws {
        let root = scratch("cache")
        let first = TortureKeys.key(0)
        try await FilesystemBackend(root: .path(root))
            .write(VerifiableEntry.make(first, "cbor", seed: 0, wordCount: 100), for: first)
        for round in 0..<8 {
            let workers = try (0..<4).map { number in
                try StoreWorkerProcess(["write-until-killed", root, "\(round * 4 + number)"])
            }
            let temporaries = try stopInTheMiddle(workers)
            for worker in workers { worker.kill() }
            #expect(try scratch.temporaries() == temporaries)
            let backend = try FilesystemBackend(root: .path(root))
            #expect(try scratch.temporaries() == [])
            try await expectWholeEntries(backend)
        }
        #expect(try scratch.contents(of: "cache/tmp") == [])
    }

    @Test(
        "Processes that are killed at any system call of a write, a deletion, a conversion, a sweep, an eviction or a repair leave strays only",
        .enabled(if: FileFaults.areAvailable)
    )
    func killedAnywhere() async throws {
        let root = scratch("cache")
        var generator = SeededGenerator(seed: 1)
        var kills = 0
        for round in 0..<(StoreWorkerProcess.isLongTorture ? 250 : 6) {
            let workers = try (0..<4).map { number in
                let position = Int.random(in: 1...2000, using: &generator)
                return try StoreWorkerProcess(["work-until-killed", root, "\(round * 4 + number)", "\(position)"])
            }
            for worker in workers where try await worker.finishOrDie() { kills += 1 }
            #expect(try await findings(isReadOnly: true).allSatisfy { $0.kind == .stray })
            // Opening sweeps.
            #expect(
                try await findings(isReadOnly: false).allSatisfy {
                    $0.kind == .stray && $0.path?.hasPrefix("tmp/") == false
                }
            )
        }
        #expect(kills == (StoreWorkerProcess.isLongTorture ? 1000 : 24))
    }

    private func findings(isReadOnly: Bool) async throws -> [VerificationFinding] {
        var settings = TortureSite.settings
        settings.isReadOnly = isReadOnly
        let cache = try ResponseCache(scratch("cache"), settings: settings)
        var findings: [VerificationFinding] = []
        try await cache.verify { findings.append($0) }
        return findings
    }

    /// Stops all writers at once, with at least one of them between creating a temporary file and renaming it.
    ///
    /// If none was, the writers continue until the next try.
    ///
    /// - Returns: The temporary files of the stopped writers.
    private func stopInTheMiddle(_ workers: [StoreWorkerProcess]) throws -> [String] {
        for _ in 0..<100_000 {
            for worker in workers { try worker.halt() }
            let temporaries = try scratch.temporaries()
            if temporaries.contains(where: { $0.hasSuffix(".partial") }) { return temporaries }
            for worker in workers { worker.resume() }
        }
        Issue.record("No writer was stopped in the middle, so this proves nothing.")
        return []
    }

    private func expectWholeEntries(_ backend: FilesystemBackend) async throws {
        var keys: Set<CacheKey> = []
        var problems: [String] = []
        for try await listing in backend.list(prefix: "") {
            let bytes = try Data(contentsOf: URL(filePath: listing.path.required))
            let entry = EncodedEntry(bytes: bytes, fileExtension: listing.fileExtension)
            if let problem = VerifiableEntry.problem(in: entry, of: listing.key) { problems.append(problem) }
            if !listing.isSetAside, !keys.insert(listing.key).inserted {
                problems.append("two files of \(listing.key)")
            }
        }
        #expect(problems == [])
        #expect(keys.isSubset(of: TortureKeys.all))
        #expect(!keys.isEmpty)
    }

    private func expectNothingButEntries() throws {
        let own = ["CACHEDIR.TAG", "fscache.layout", "fscache.evictions", "tmp"]
        try #expect(scratch.temporaries() == [])
        let all = try scratch.contents(of: "cache").filter { !own.contains($0) && !$0.hasPrefix("tmp/") }
        let files = all.filter { $0.contains(".") }
        let shards = Set(files.flatMap { [String($0.prefix(2)), String($0.prefix(5))] })
        #expect(Set(all) == shards.union(files))
        let pattern = /[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{64}\.(bson|cbor|json|yaml)(\.invalid)?/
        #expect(try files.allSatisfy { try pattern.wholeMatch(in: $0) != nil })
    }
}
