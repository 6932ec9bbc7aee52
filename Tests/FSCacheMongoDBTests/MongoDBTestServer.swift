#if MongoDB
import FSCache
import FSCacheTesting
import Foundation
import Synchronization
import Testing

@testable import FSCacheMongoDB
@testable import TestSupport

/// A server with MongoDB's protocol that the tests start, and can stop and start again.
final class MongoDBTestServer: LosableStore {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// The program that scripts/setup installs.
    private static let executable = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../.build-mongodb/bin/secantusd-py").standardizedFileURL

    static let isInstalled = FileManager.default.isExecutableFile(atPath: executable.path)

    let port: Int
    private let folder = FileManager.default.temporaryDirectory.appending(path: "fscache-mongodb-\(UUID().uuidString)")
    private let arguments: [String]
    private let program = Mutex<Program?>(nil)
    private let databaseCount = Atomic(0)

    /// Starts a server.
    init() async throws {
        port = try freePort()
        arguments = [
            "--host", "127.0.0.1", "--port", "\(port)", "--storage-path", folder.path, "--log-level", "ERROR",
            "--cache-size", "64M",
        ]
        try await restore()
    }

    deinit {
        _ = stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Kills the server, without waiting for its end, which would block a thread.
    private func stop() -> Program? {
        let program = program.withLock { $0.take() }
        if let program { kill(program.process.processIdentifier, SIGKILL) }
        return program
    }

    func lose() async throws { _ = try await stop()?.finish() }

    func restore() async throws { try await restore(with: nil) }

    /// Starts the server again, with one more argument.
    func restore(with argument: String?) async throws {
        let started = try Program(Self.executable, arguments + [argument].compactMap(\.self))
        program.withLock { $0 = started }
        for _ in 0..<1200 {
            if let socket = Socket.connected(to: port) {
                socket.close()
                return
            }
            guard started.process.isRunning else {
                throw Failure(description: "the server has ended: \(try await started.finish().errors)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "the server does not accept connections")
    }

    /// The URL of a database that nothing else uses.
    func url(port: Int? = nil, user: String = "", options: String = "") -> String {
        let number = databaseCount.add(1, ordering: .relaxed).newValue
        return "mongodb://\(user)127.0.0.1:\(port ?? self.port)/test\(number)\(options)"
    }

    func open() async throws -> any CacheBackend { try makeBackend() }

    /// Opens a backend with an empty database.
    func makeBackend(
        _ url: String? = nil,
        settings: MongoDBSettings = .forTests,
        chunkByteCount: Int = 512 << 10,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> MongoDBBackend {
        try MongoDBBackend(url ?? self.url(), settings: settings, chunkByteCount: chunkByteCount, now: now)
    }
}

extension MongoDBSettings {
    /// Time limits that a busy machine doesn't exceed.
    static let forTests = MongoDBSettings(
        connectTimeLimit: .seconds(20),
        operationTimeLimit: .seconds(20),
        maximumConnections: 4
    )
}

/// Runs a suite with a server, which stops at its end.
struct MongoDBTrait: SuiteTrait, TestScoping {
    @TaskLocal static var server: MongoDBTestServer?

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await Self.$server.withValue(MongoDBTestServer(), operation: function)
    }
}

extension SuiteTrait where Self == MongoDBTrait {
    static var mongoDB: Self { MongoDBTrait() }
}

extension Trait where Self == ConditionTrait {
    static var ifMongoDBIsInstalled: Self {
        .enabled(if: MongoDBTestServer.isInstalled, "scripts/setup installs SecantusDB, which these tests need")
    }
}

extension MongoDBBackend {
    /// Runs commands on the database of the backend.
    func inDatabase<Value: Sendable>(
        _ body: @escaping @Sendable (MongoDBConnection) throws -> Value
    ) async throws -> Value {
        try await server.run("test", body)
    }

    /// The number of documents in a collection.
    func documentCount(_ collection: String) async throws -> Int {
        try await inDatabase { try $0.find(in: collection, where: [:], limit: 10_000).count }
    }
}
#endif
