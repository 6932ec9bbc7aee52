#if SQLite
import FSCache
import Foundation
import GRDB
import Logging
import TestSupport
import Testing

@testable import FSCacheSQLite

/// A directory for one test, which is removed with its contents when the test releases it.
final class Folder: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fscache-sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.path = folder.path(percentEncoded: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    func permissions(of name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: self(name))[.posixPermissions] as? Int ?? -1
    }

    /// Opens the database `cache.sqlite`.
    func open(
        timeout: Duration = .seconds(5),
        autoVacuums: Bool = false,
        isReadOnly: Bool = false,
        limits: StoreLimits = StoreLimits(),
        log: LogRecorder? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> SQLiteBackend {
        let settings = SQLiteSettings(
            timeout: timeout,
            autoVacuums: autoVacuums,
            limits: limits,
            isReadOnly: isReadOnly,
            logger: log?.logger ?? Logger(label: "test"),
            now: now
        )
        return try SQLiteBackend(self("cache.sqlite"), settings)
    }

    /// Opens the database `cache.sqlite` as another program would.
    func queue() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: self("cache.sqlite"), configuration: configuration)
    }

    /// Uses the database `cache.sqlite` on a connection of the test's own.
    func use<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let queue = try queue()
        defer { try? queue.close() }
        return try queue.inDatabase(body)
    }

    func count(_ table: String) throws -> Int {
        try use { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") } ?? -1
    }
}

/// Waits for something that a thread or a program does by itself.
func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<2_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("It did not happen within 10 seconds.")
}
#endif
