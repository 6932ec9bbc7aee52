#if SQLite
import FSCache
import FSCacheTesting
import Foundation
import GRDB
import Testing

@testable import FSCacheSQLite

@Suite("SQLite backend")
struct SQLiteBackendTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    @Test("A database meets every requirement, and all its pieces belong to entries", arguments: BackendRequirement.all)
    func meets(_ requirement: BackendRequirement) async throws {
        let backend = try folder.open()
        try await requirement.verify(backend)
        await backend.close()
        // The next opening purges what is left to be purged.
        _ = try folder.open()
        try await eventually { try folder.count("drafts") == 0 }
        try #expect(folder.count("pieces WHERE id >> 24 NOT IN (SELECT number FROM entries)") == 0)
    }

    @Test("A database that shrinks by itself meets every requirement", arguments: BackendRequirement.all)
    func shrinks(_ requirement: BackendRequirement) async throws {
        let backend = try folder.open(autoVacuums: true)
        try await requirement.verify(backend)
        await backend.close()
    }

    @Test("A database in memory meets every requirement", arguments: BackendRequirement.all)
    func remembers(_ requirement: BackendRequirement) async throws {
        let backend = try SQLiteBackend(path: ":memory:")
        try await requirement.verify(backend)
        await backend.close()
    }

    @Test("A database that another process has locked fails no request", arguments: LossRequirement.all)
    func survives(_ requirement: LossRequirement) async throws {
        try await requirement.verify(LockedDatabase(folder))
    }

    @Test("A closed database is one file", arguments: [false, true])
    func isOneFile(autoVacuums: Bool) async throws {
        let backend = try folder.open(autoVacuums: autoVacuums)
        try await backend.write(BackendRequirement.entry("a"), for: BackendRequirement.key("a"))
        await backend.close()
        try #expect(folder.names == ["cache.sqlite"])
        let again = try folder.open()
        try await #expect(again.read(BackendRequirement.key("a")) == BackendRequirement.entry("a"))
    }

    @Test("Small entries are read at once, with an identity that no entry of the key has had, in any database")
    func readsNow() async throws {
        let key = BackendRequirement.key("a")
        var identities: Set<EntryIdentity> = []
        for _ in 0..<3 {
            let backend = try folder.open()
            for _ in 0..<3 {
                try await backend.write(BackendRequirement.entry("same"), for: key)
                guard case .entry(_, let identity?) = try backend.readNow(key) else {
                    Issue.record("It was not read at once.")
                    continue
                }
                identities.insert(identity)
            }
            await backend.close()
            try FileManager.default.removeItem(atPath: folder("cache.sqlite"))
        }
        #expect(identities.count == 9)
    }

    @Test(
        "Looking for a key or a prefix needs no scan",
        arguments: [
            "SELECT number, extension, byteCount FROM entries WHERE key = x'00' AND setAside = 0",
            "SELECT key FROM entries WHERE (key, setAside) > (x'00', 0) AND key <= x'01' ORDER BY key, setAside LIMIT 9",
            "SELECT key, number, byteCount FROM entries WHERE expires <= 1 AND setAside = 0 LIMIT 9",
            "SELECT bytes FROM pieces WHERE id BETWEEN 1 AND 2 ORDER BY id",
        ]
    )
    func usesIndexes(_ sql: String) async throws {
        try await folder.open().close()
        let plan = try folder.use { try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN \(sql)") }.map {
            $0["detail"] as String
        }
        #expect(plan.count == 1 && plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
    }

    @Test("Entries that have expired are removed by their index, and others stay")
    func removesExpired() async throws {
        let backend = try folder.open()
        let now = Date(timeIntervalSince1970: 1_000_000)
        func write(_ name: String, _ expires: Date?, _ byteCount: Int = 10) async throws {
            let entry = EncodedEntry(bytes: Data(count: byteCount), fileExtension: "cbor", expires: expires)
            try await backend.write(entry, for: BackendRequirement.key(name))
        }
        for number in 0..<600 { try await write("old\(number)", now - Double(number)) }
        try await write("large and old", now - 1, 600_000)
        try await write("fresh", now + 1)
        try await write("eternal", nil)
        try await write("bad", now - 1)
        try await backend.setAside(
            EncodedEntry(bytes: Data(count: 10), fileExtension: "cbor"),
            for: BackendRequirement.key("bad")
        )
        try await #expect(backend.removeExpired(before: now) == 601)
        let left = try await Set(BackendRequirement.listings(backend).map(\.key))
        #expect(left == Set(["fresh", "eternal", "bad"].map(BackendRequirement.key)))
        try await eventually { try folder.count("pieces") == 3 }
    }

    @Test("Deleting expired entries of a cache reads no entry")
    func deletesExpired() async throws {
        let backend = try folder.open()
        let cache = ResponseCache(backend: backend)
        let key = BackendRequirement.key("a")
        let entry = EncodedEntry(bytes: Data("undecodable".utf8), fileExtension: "cbor", expires: .distantPast)
        try await backend.write(entry, for: key)
        try await #expect(cache.delete(.expired) == 1)
        try await #expect(backend.read(key) == nil)
    }

    @Test("Removing entries makes the file smaller if it vacuums by itself, is vacuumed, or is cleared")
    func vacuums() async throws {
        func fill(_ backend: SQLiteBackend) async throws {
            for number in 0..<20 {
                let entry = EncodedEntry(bytes: Data(count: 200_000), fileExtension: "cbor")
                try await backend.write(entry, for: BackendRequirement.key("\(number)"))
            }
        }
        func empty(_ backend: SQLiteBackend) async throws {
            for number in 0..<20 { try await backend.remove(BackendRequirement.key("\(number)")) }
        }
        func byteCount() throws -> Int {
            try folder.use { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 } * 4096
        }
        var backend = try folder.open()
        try await fill(backend)
        try await empty(backend)
        try #expect(byteCount() > 4_000_000)
        try await backend.vacuum()
        try #expect(byteCount() < 100_000)
        try await fill(backend)
        try await backend.removeAll()
        try #expect(byteCount() < 100_000)
        await backend.close()
        try FileManager.default.removeItem(atPath: folder("cache.sqlite"))
        backend = try folder.open(autoVacuums: true)
        try await fill(backend)
        try await empty(backend)
        try #expect(byteCount() < 100_000)
    }
}
#endif
