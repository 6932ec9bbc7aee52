#if SQLite
import FSCache
import FSCacheTesting
import Foundation
import GRDB
import TestSupport
import Testing

@testable import FSCacheSQLite

@Suite("SQLite backend with limits")
struct LimitTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws {
        folder = try Folder()
    }

    private func open(_ limits: StoreLimits, isReadOnly: Bool = false) throws -> SQLiteBackend {
        try folder.open(isReadOnly: isReadOnly, limits: limits, now: clock.source)
    }

    private func key(_ number: Int) -> CacheKey { BackendRequirement.key("\(number)") }

    private func entry(_ byteCount: Int = 10) -> EncodedEntry {
        EncodedEntry(bytes: Data(count: byteCount), fileExtension: "cbor")
    }

    private func numbers(_ backend: SQLiteBackend) async throws -> [Int] {
        let keys = Set(try await BackendRequirement.listings(backend).map(\.key))
        return (0..<1000).filter { keys.contains(key($0)) }
    }

    private func write(_ range: Range<Int>, _ byteCount: Int = 10, to backend: SQLiteBackend) async throws {
        for number in range {
            try await backend.write(entry(byteCount), for: key(number))
            clock.advance(by: 100)
        }
    }

    @Test("The least recently used entries are evicted, and no more than needed")
    func evicts() async throws {
        let backend = try open(StoreLimits(maxEntries: 5))
        try await write(0..<5, to: backend)
        _ = try await backend.read(key(0))
        _ = try backend.readNow(key(1))
        _ = backend.identity(of: key(2))
        clock.advance(by: 100)
        try await write(5..<7, to: backend)
        try await #expect(numbers(backend) == [0, 1, 2, 5, 6])
        #expect(backend.evictionCount == 2)
        await backend.close()
    }

    @Test(
        "The bytes of entries are limited, also of large ones, whose pieces go with them",
        arguments: [1000, 300_000]
    )
    func limitsBytes(byteCount: Int) async throws {
        let backend = try open(StoreLimits(maxCacheBytes: 5 * byteCount + byteCount / 2))
        try await write(0..<20, byteCount, to: backend)
        try await #expect(numbers(backend) == Array(15..<20))
        await backend.close()
        _ = try folder.open()
        try await eventually { try folder.count("drafts") == 0 }
        try #expect(folder.count("pieces WHERE id >> 24 NOT IN (SELECT number FROM entries)") == 0)
    }

    @Test("Totals are kept by the database, whoever changes the entries")
    func totals() async throws {
        let backend = try open(StoreLimits(maxEntries: 10))
        try await write(0..<10, to: backend)
        try await backend.remove(key(3))
        try await backend.setAside(entry(), for: key(4))
        try folder.use { try $0.execute(sql: "DELETE FROM entries WHERE key = ?", arguments: [key(5).blob]) }
        try await write(1..<2, 70, to: backend)
        let totals = try folder.use { try Row.fetchOne($0, sql: "SELECT bytes, entries FROM totals") }
        #expect(totals?["bytes"] == 7 * 10 + 70 && totals?["entries"] == 8)
        // Entries that were set aside go first.
        try await write(10..<13, to: backend)
        try await #expect(numbers(backend) == [0, 1, 2, 6, 7, 8, 9, 10, 11, 12])
    }

    @Test("Hits are written with the next entry, when there are many, and when the database is closed")
    func marks() async throws {
        func lastUse(_ number: Int) throws -> Double? {
            try folder.use {
                try Double.fetchOne($0, sql: "SELECT used FROM entries WHERE key = ?", arguments: [key(number).blob])
            }
        }
        let backend = try open(StoreLimits(maxEntries: 1000))
        try await write(0..<100, to: backend)
        let hit = clock.now
        _ = try backend.readNow(key(0))
        try #expect(lastUse(0) == hit.timeIntervalSince1970 - 10_000)
        try await write(100..<101, to: backend)
        try #expect(lastUse(0) == hit.timeIntervalSince1970)
        // Within a minute, it isn't marked again.
        clock.now = hit + 30
        _ = try backend.readNow(key(0))
        await backend.writeMarks()
        try #expect(lastUse(0) == hit.timeIntervalSince1970)
        clock.now = hit + 1000
        for number in 1...64 { _ = try backend.readNow(key(number)) }
        try await eventually { try lastUse(64) == clock.now.timeIntervalSince1970 }
        _ = try backend.readNow(key(70))
        await backend.close()
        try #expect(lastUse(70) == clock.now.timeIntervalSince1970)
    }

    @Test("A lower limit is reached in some writes, or by a sweep", arguments: [true, false])
    func lowersLimit(bySweep: Bool) async throws {
        try await write(0..<600, to: open(StoreLimits()))
        let backend = try open(StoreLimits(maxEntries: 50))
        if bySweep { try await backend.sweep() } else { try await write(600..<603, to: backend) }
        try await #expect(numbers(backend) == (bySweep ? Array(550..<600) : Array(553..<603)))
    }

    @Test("An entry over the limit is not stored, and removes the previous one")
    func passesOver() async throws {
        let backend = try open(StoreLimits(maxEntryBytes: 100))
        try await backend.write(entry(100), for: key(0))
        try await backend.write(entry(101), for: key(0))
        try await #expect(numbers(backend) == [])
        let writer = try await backend.makeWriter(for: key(1), fileExtension: "cbor", expires: nil)
        try await writer.append(Data(count: 100))
        let error = await #expect(throws: FSCacheError.self) { try await writer.append(Data(count: 1)) }
        #expect(error?.code == .entryTooLarge)
    }

    @Test("A database of the first version is migrated in place, and can be read without that")
    func migrates() async throws {
        let first = try open(StoreLimits())
        try await write(0..<10, to: first)
        await first.close()
        try folder.use { database in
            try database.execute(
                sql: """
                    DROP TRIGGER entryAdded; DROP TRIGGER entryRemoved; DROP TABLE totals; DROP INDEX entriesByUse;
                    ALTER TABLE entries DROP COLUMN used; PRAGMA user_version = 1;
                    """
            )
        }
        let reading = try open(StoreLimits(maxEntries: 5), isReadOnly: true)
        try await #expect(reading.read(key(0)) == entry())
        await reading.close()
        let backend = try open(StoreLimits(maxEntries: 5))
        try await write(10..<11, to: backend)
        try await #expect(numbers(backend) == Array(6..<11))
    }
}
#endif
