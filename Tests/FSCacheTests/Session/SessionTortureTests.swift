import FSCache
import FSCacheTesting
import Foundation
import Serializers
import TestSupport
import Testing

@Suite("Session under many processes", .serialized)
struct SessionTortureTests {
    private let scratch: ScratchDirectory
    private let formats = SerializerRegistry.standard.serializers

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func open(_ serializer: any Serializer, _ transport: ScriptedTransport) throws -> CachedSession {
        let cache = try ResponseCache(scratch("cache"), serializer: serializer, settings: TortureSite.settings)
        return CachedSession(cache: cache, transport: transport)
    }

    @Test("Eight processes with several tasks each and four formats: every body belongs to its URL")
    func torture() async throws {
        let seeding = try open(
            formats[0],
            ScriptedTransport { exchange in
                try VerifiablePage.response(TortureSite.url(of: exchange.request), seed: 1, wordCount: 50)
            }
        )
        for index in 0..<TortureKeys.permanentCount { _ = try await seeding.get(TortureSite.url(index)) }
        let workers = try (0..<8).map { seed in
            try StoreWorkerProcess(
                ["torture-session", scratch("cache"), "\(StoreWorkerProcess.tortureSeconds)", "4", "\(seed)"]
            )
        }
        var steps: [Int] = []
        for worker in workers {
            try await steps.append(Int(worker.finish().trimmingCharacters(in: .newlines)).required)
        }
        #expect(steps.allSatisfy { $0 > 20 }, "\(steps)")
        try await expectPages()
        try await expectNothingButEntries()
    }

    /// A session with any format serves every entry, without the network.
    private func expectPages() async throws {
        for serializer in formats {
            let session = try open(serializer, ScriptedTransport(answers: []))
            var problems: [String] = []
            for index in 0..<TortureKeys.count {
                let url = TortureSite.url(index)
                let isStored = try await session.cache.contains(url: url)
                if isStored, let problem = try await VerifiablePage.problem(in: session.get(url), of: url) {
                    problems.append(problem)
                }
                if !isStored, TortureKeys.isPermanent(index) { problems.append("\(url) is gone") }
            }
            #expect(problems == [])
            #expect(session.cache.counts.undecodableEntries == 0 && session.cache.counts.readFailures == 0)
            await session.close()
        }
    }

    /// There is one file for each key, none set aside, and nothing else: no temporary file, no empty shard.
    private func expectNothingButEntries() async throws {
        let backend = try FilesystemBackend(root: .path(scratch("cache")), isReadOnly: true)
        let listings = try await BackendRequirement.listings(backend)
        #expect(listings.allSatisfy { !$0.isSetAside })
        #expect(Set(listings.map(\.key)).count == listings.count && listings.count > TortureKeys.permanentCount)
        #expect(Set(listings.map(\.key)).isSubset(of: TortureKeys.all))
        #expect(Set(listings.map(\.fileExtension)).isSubset(of: formats.map(\.fileExtension)))

        let files = listings.map { listing in
            let digits = "\(listing.key)"
            let shard = "\(digits.prefix(2))/\(digits.dropFirst(2).prefix(2))"
            return "\(shard)/\(digits).\(listing.fileExtension)"
        }
        let shards = Set(files.flatMap { [String($0.prefix(2)), String($0.prefix(5))] })
        let own: Set = ["CACHEDIR.TAG", "fscache.layout", "tmp"]
        #expect(try scratch.temporaries() == [])
        let contents = try scratch.contents(of: "cache").filter { !$0.hasPrefix("tmp/") }
        #expect(Set(contents) == own.union(shards).union(files))
    }
}
