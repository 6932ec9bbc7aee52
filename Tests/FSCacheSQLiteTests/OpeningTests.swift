#if SQLite
import FSCache
import FSCacheTesting
import Foundation
import GRDB
import Logging
import TestSupport
import Testing

@testable import FSCacheSQLite

@Suite("Opening an SQLite database")
struct OpeningTests {
    private let folder: Folder
    private let key = BackendRequirement.key("a")
    private let entry = BackendRequirement.entry("a")

    init() throws {
        folder = try Folder()
    }

    @Test("Only the owner can use the new files and directories")
    func isPrivate() async throws {
        let backend = try SQLiteBackend(path: folder("one/two/cache.sqlite"))
        try await backend.write(entry, for: key)
        for name in ["cache.sqlite", "cache.sqlite-wal", "cache.sqlite-shm"] {
            try #expect(folder.permissions(of: "one/two/\(name)") == 0o600, "\(name)")
        }
        for name in ["one", "one/two"] { try #expect(folder.permissions(of: name) == 0o700, "\(name)") }
    }

    @Test("A cache's name or path gets the extension once; a path is taken as it is")
    func names() async throws {
        func path(_ backend: NamedBackend, _ cacheName: String) throws -> String? {
            try (ResponseCache(cacheName, backend: backend).backend as? SQLiteBackend)?.path
        }
        try #expect(path(.sqlite, folder("api")) == folder("api.sqlite"))
        try #expect(path(.sqlite, folder("api.sqlite")) == folder("api.sqlite"))
        try #expect(path(.sqlite(folder("other.db")), "api") == folder("other.db"))
        try #expect(path(.sqlite(":memory:"), "api") == ":memory:")
        try #expect(
            folder.names
                == ["api.sqlite", "api.sqlite-shm", "api.sqlite-wal", "other.db", "other.db-shm", "other.db-wal"].filter
            { folder.exists($0) }
        )
        #expect(NamedBackend.sqlite.name == "sqlite")
    }

    @Test("What can't be a cache is refused, with the reason, and is not changed")
    func refuses() async throws {
        let path = folder("cache.sqlite")
        try folder.use { try $0.execute(sql: "CREATE TABLE mine (id); INSERT INTO mine VALUES (1)") }
        try expectRefusal("a database of another program")
        try #expect(folder.count("mine") == 1)
        try #expect(folder.names == ["cache.sqlite"])

        try FileManager.default.removeItem(atPath: path)
        try await folder.open().close()
        try folder.use { try $0.execute(sql: "PRAGMA user_version = 3") }
        try expectRefusal("version 3, and this version of FSCache knows versions up to 2. Update FSCache")

        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try expectRefusal("it is not a file")
        #expect(throws: FSCacheError.self) { try SQLiteBackend(path: "") }
        #expect(throws: FSCacheError.self) { try SQLiteBackend(path: path, timeout: .seconds(-1)) }
    }

    private func expectRefusal(_ reason: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for isReadOnly in [false, true] {
            let error = #expect(throws: FSCacheError.self, sourceLocation: sourceLocation) {
                try folder.open(isReadOnly: isReadOnly)
            }
            #expect(error?.code == .unusableStore, sourceLocation: sourceLocation)
            #expect(error?.message.contains(reason) == true, "\(error as Any)", sourceLocation: sourceLocation)
            #expect(error?.message.contains(folder("cache.sqlite")) == true, sourceLocation: sourceLocation)
        }
    }

    @Test("Eight backends that create one database at once all use it")
    func opensTogether() async throws {
        let folder = folder
        let backends = try await withThrowingTaskGroup(of: SQLiteBackend.self) { group in
            for _ in 0..<8 { group.addTask { try folder.open() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await backends[0].write(entry, for: key)
        for backend in backends {
            try await #expect(backend.read(key) == entry)
            await backend.close()
        }
    }

    @Test("A database that is deleted or replaced while it is open is opened again at the next miss")
    func reopens() async throws {
        let backend = try folder.open()
        try await backend.write(entry, for: key)
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.removeItem(atPath: folder("cache.sqlite\(suffix)"))
        }
        let other = BackendRequirement.key("b")
        #expect(try backend.readNow(other) == .later)
        try await #expect(backend.read(other) == nil)
        try await #expect(backend.read(key) == nil)
        try await backend.write(entry, for: other)
        try #expect(folder.count("entries") == 1)
    }
}

extension Folder {
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }
}

@Suite("Damaged SQLite databases")
struct DamageTests {
    private let folder: Folder
    private let log = LogRecorder(.warning)

    init() throws {
        folder = try Folder()
    }

    private func session(_ backend: SQLiteBackend) -> CachedSession {
        CachedSession(
            cache: ResponseCache(backend: backend, logger: log.logger),
            transport: ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        )
    }

    private func texts(_ session: CachedSession, _ count: Int) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { try await texts.append(session.get("https://example.com/items").text()) }
        return texts
    }

    /// Overwrites all pages but leaves the mark in the first one.
    private func damage(from offset: Int) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: folder("cache.sqlite")))
        let size = Int(try file.seekToEnd())
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(repeating: 0xA5, count: size - offset))
        try file.close()
    }

    @Test(
        "A database with damaged tables is renamed when it is opened, and an empty one takes its place",
        arguments: [100, 4096]
    )
    func opensDamaged(offset: Int) async throws {
        let backend = try folder.open()
        try await #expect(texts(session(backend), 2) == ["1", "1"])
        await backend.close()
        try damage(from: offset)
        let second = session(try folder.open(log: log))
        try await #expect(texts(second, 3) == ["1", "1", "1"])
        await second.close()
        let renamed = try folder.names.filter { $0.hasPrefix("cache.sqlite.damaged-") && $0.hasSuffix("Z") }
        #expect(renamed.count == 1, "\(log.text)")
        #expect(log.lines.contains { $0.contains("the database is damaged: it has been renamed") })
    }

    @Test("A database that is damaged while it is open is renamed, and no request fails")
    func isDamagedWhileOpen() async throws {
        let backend = try folder.open(log: log)
        let session = session(backend)
        try await #expect(texts(session, 2) == ["1", "1"])
        try folder.use { _ = try $0.checkpoint(.truncate) }
        try damage(from: 100)
        // Another connection doesn't have the old pages in memory.
        let other = self.session(try folder.open(log: log))
        try await #expect(texts(other, 2) == ["1", "1"])
        _ = try await session.get("https://example.com/other")
        let again = try await session.get("https://example.com/other")
        #expect(again.isFromCache)
        #expect(log.lines.filter { $0.contains("it has been renamed") }.count == 1, "\(log.text)")
    }

    @Test("A file without the mark of a cache is left alone: nothing is cached, a log line says why, no request fails")
    func leavesForeignFilesAlone() async throws {
        let garbage = Data(repeating: 0xA5, count: 10_000)
        try garbage.write(to: URL(filePath: folder("cache.sqlite")))
        let session = session(try folder.open())
        try await #expect(texts(session, 3) == ["1", "2", "3"])
        try #expect(Data(contentsOf: URL(filePath: folder("cache.sqlite"))) == garbage)
        let warnings = log.lines.filter { $0.contains("Delete it, or choose another path") }
        #expect(!warnings.isEmpty)
    }

    @Test("An entry whose piece is missing is a miss, and is replaced")
    func missesIncompleteEntries() async throws {
        let session = session(try folder.open())
        try await #expect(texts(session, 2) == ["1", "1"])
        try folder.use { try $0.execute(sql: "DELETE FROM pieces") }
        try await #expect(texts(session, 2) == ["2", "2"])
        #expect(log.lines.contains { $0.contains("pieces of it are missing") })
    }
}
#endif
