#if SQLite
import FSCache
import FSCacheTesting
import Foundation
import GRDB
import TestSupport
import Testing

@testable import FSCacheSQLite

@Suite("An SQLite database under many processes", .serialized)
struct ProcessTests {
    /// 3 seconds, or `TORTURE_SECONDS` from the environment.
    private static let seconds = ProcessInfo.processInfo.environment["TORTURE_SECONDS"] ?? "3"

    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    private func start(_ arguments: [String]) throws -> Program {
        try Program(Program.buildFolder.appending(path: "StoreWorker"), arguments)
    }

    @Test(
        "Processes with several tasks each, or with sessions: readers see only complete entries",
        arguments: [
            "torture", "torture-session",
        ]
    )
    func torture(_ job: String) async throws {
        let backend = try folder.open()
        if job == "torture" {
            for index in 0..<TortureKeys.count where TortureKeys.isPermanent(index) {
                let key = TortureKeys.key(index)
                try await backend.write(VerifiableEntry.make(key, "cbor", seed: 0, wordCount: 100), for: key)
            }
        } else {
            let transport = ScriptedTransport { exchange in
                try VerifiablePage.response(TortureSite.url(of: exchange.request), seed: 1, wordCount: 50)
            }
            let cache = ResponseCache(backend: backend, settings: TortureSite.settings)
            let session = CachedSession(cache: cache, transport: transport)
            for index in 0..<TortureKeys.permanentCount { _ = try await session.get(TortureSite.url(index)) }
        }
        let workers = try (0..<4).map { try start([job, folder("cache.sqlite"), Self.seconds, "4", "\($0)"]) }
        for worker in workers {
            let outcome = try await worker.finish()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        }
        try await expectWhole(backend, isVerifiable: job == "torture")
    }

    @Test("Killed writers leave complete entries, and the next opening uses the database")
    func kills() async throws {
        let first = TortureKeys.key(0)
        let backend = try folder.open()
        try await backend.write(VerifiableEntry.make(first, "cbor", seed: 0, wordCount: 100), for: first)
        for round in 0..<4 {
            let before = try writeCount()
            let workers = try (0..<3).map {
                try start(["write-until-killed", folder("cache.sqlite"), "\(round * 3 + $0)"])
            }
            try await eventually { try writeCount() > before + 20 }
            for worker in workers {
                _ = kill(worker.process.processIdentifier, SIGKILL)
                _ = try await worker.finish()
            }
            try await expectWhole(folder.open(), isVerifiable: true)
        }
        try #expect(folder.use { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    }

    private func writeCount() throws -> Int {
        try folder.use { try Int.fetchOne($0, sql: "SELECT number FROM counter") } ?? 0
    }

    private func expectWhole(_ backend: SQLiteBackend, isVerifiable: Bool) async throws {
        let listings = try await BackendRequirement.listings(backend).filter { !$0.isSetAside }
        #expect(!listings.isEmpty)
        #expect(Set(listings.map(\.key)).count == listings.count)
        for listing in listings {
            let entry = try #require(try await backend.read(listing.key))
            if isVerifiable { #expect(VerifiableEntry.problem(in: entry, of: listing.key) == nil) }
        }
    }
}
#endif
