#if SQLite
import FSCache
import FSCacheTesting
import Foundation
import GRDB
import TestSupport
import Testing

@testable import FSCacheSQLite

@Suite("Locks, snapshots and read-only SQLite databases")
struct LockTests {
    private let folder: Folder
    private let key = BackendRequirement.key("a")
    private let entry = BackendRequirement.entry("a")

    init() throws {
        folder = try Folder()
    }

    private func largeEntry(_ byte: UInt8) -> EncodedEntry {
        EncodedEntry(bytes: Data(repeating: byte, count: 700_000), fileExtension: "cbor")
    }

    @Test(
        "While another program writes, entries are read, and writes fail after the time limit, then for a while at once"
    )
    func readsWhileLocked() async throws {
        let backend = try folder.open(timeout: .milliseconds(20))
        try await backend.write(entry, for: key)
        let other = try folder.queue()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        guard case .entry(entry, _) = try backend.readNow(key) else {
            Issue.record("It was not read at once.")
            return
        }
        var codes: [FSCacheError.Code] = []
        for _ in 0..<2 {
            let error = await #expect(throws: FSCacheError.self) { try await backend.write(entry, for: key) }
            if let error { codes.append(error.code) }
        }
        #expect(codes == [.storeFailed, .storeUnavailable])
        try await #expect(backend.read(key) == entry)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await eventually {
            do { try await backend.write(entry, for: key) } catch { return false }
            return true
        }
    }

    @Test("A reader goes on with its entry after another process has replaced it, cleared and vacuumed the database")
    func keepsSnapshot() async throws {
        let backend = try folder.open()
        try await backend.write(largeEntry(1), for: key)
        let reader = try #require(try await backend.open(key))
        let other = try folder.open()
        try await other.write(largeEntry(2), for: key)
        try await other.removeAll()
        await other.close()
        await backend.close()
        try await #expect(reader.read(from: 0, upTo: .max) == largeEntry(1).bytes)
    }

    @Test("A writer reads back what it has stored, after another process has replaced it")
    func readsBack() async throws {
        let backend = try folder.open()
        let writer = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        try await writer.append(largeEntry(1).bytes)
        try await writer.commit()
        let other = try folder.open()
        try await other.write(largeEntry(2), for: key)
        try await eventually { try folder.count("pieces") == 3 }
        try await #expect(writer.read(from: 100, upTo: .max) == largeEntry(1).bytes.dropFirst(100))
    }

    @Test(
        "Bytes are replaced and read across the borders of pieces, before and after the commit",
        arguments: [
            262_140..<262_150, 0..<700_000, 524_288..<524_289, 600_000..<700_000, 10..<600_000,
        ]
    )
    func overwrites(_ range: Range<Int>) async throws {
        let backend = try folder.open()
        var expected = Data((0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 13) })
        let writer = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        for start in stride(from: 0, to: 700_000, by: 70_000) {
            try await writer.append(expected[start..<(start + 70_000)])
        }
        let new = Data(repeating: 0xEE, count: range.count)
        try await writer.overwrite(at: range.lowerBound, with: new)
        expected.replaceSubrange(range, with: new)
        try await #expect(writer.read(from: 5, upTo: .max) == expected.dropFirst(5))
        try await writer.commit()
        try await #expect(writer.read(from: range.lowerBound, upTo: range.count) == new)
        try await #expect(backend.read(key)?.bytes == expected)
    }

    @Test("An abandoned writer's pieces are purged at once, a dead one's by an opening an hour later")
    func purgesDrafts() async throws {
        let clock = TestClock()
        let backend = try folder.open(now: clock.source)
        do {
            let writer = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
            try await writer.append(largeEntry(1).bytes)
            try #expect(folder.count("pieces") == 2)
        }
        try await eventually { try folder.count("pieces") == 0 }

        let slow = try await backend.makeWriter(for: key, fileExtension: "cbor", expires: nil)
        try await slow.append(largeEntry(1).bytes)
        clock.advance(by: 3599)
        try await folder.open(now: clock.source).close()
        try #expect(folder.count("pieces") == 2)
        clock.advance(by: 2)
        let later = try folder.open(now: clock.source)
        try await eventually { try folder.count("drafts") == 0 }
        try #expect(folder.count("pieces") == 0)
        let error = await #expect(throws: FSCacheError.self) { try await slow.commit() }
        #expect(error?.message.contains("its writer counted as dead") == true, "\(error as Any)")
        try await #expect(later.read(key) == nil)
    }

    @Test("A read-only cache of a missing database is empty, and refuses to write")
    func readsMissing() async throws {
        let backend = try folder.open(isReadOnly: true)
        try await #expect(backend.read(key) == nil)
        try await #expect(BackendRequirement.listings(backend).isEmpty)
        for operation in [
            { try await backend.write(entry, for: key) }, { try await backend.write(largeEntry(1), for: key) },
            { try await backend.remove(key) }, { try await backend.removeAll() }, { try await backend.vacuum() },
            { try await backend.setAside(entry, for: key) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: FSCacheError.self) { try await operation() }
            #expect(error?.code == .storeFailed)
        }
        try #expect(folder.names == [])
        let writing = try folder.open()
        try await writing.write(entry, for: key)
        try await #expect(backend.read(key) == entry)
    }

    @Test("A read-only cache makes no files, and sees what others write while it is open")
    func readsOnly() async throws {
        let writing = try folder.open()
        try await writing.write(entry, for: key)
        try await writing.write(largeEntry(1), for: BackendRequirement.key("large"))
        await writing.close()
        let backend = try folder.open(isReadOnly: true)
        try await #expect(backend.read(key) == entry)
        try await #expect(backend.read(BackendRequirement.key("large")) == largeEntry(1))
        try await #expect(BackendRequirement.listings(backend).count == 2)
        try #expect(folder.names == ["cache.sqlite"])
        for text in ["b", "c"] {
            let again = try folder.open()
            try await again.write(BackendRequirement.entry(text), for: key)
            if text == "c" { await again.close() }
            try await #expect(backend.read(key) == BackendRequirement.entry(text))
        }
    }
}
#endif
