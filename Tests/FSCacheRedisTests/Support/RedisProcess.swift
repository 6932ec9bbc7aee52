#if Redis
import FSCache
import FSCacheTesting
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import FSCacheRedis

/// A server that a test starts on a free port, stops and starts again.
final class RedisProcess: LosableStore {
    /// The program that `REDIS_SERVER` in the environment names or, by default, that of Redis or Valkey if it is installed.
    static let executable: String? = {
        if let path = ProcessInfo.processInfo.environment["REDIS_SERVER"] { return path }
        let folders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        return ["redis-server", "valkey-server"].flatMap { name in folders.map { "\($0)/\(name)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static var isInstalled: Bool { executable != nil }

    let port: Int
    private let options: [String]
    private let folder: URL
    private let program = Mutex<Program?>(nil)

    /// Starts a server.
    ///
    /// - Parameter options: Its options, besides those for the port and for keeping nothing on the disk.
    /// - Throws: When it can't be started.
    init(_ options: [String] = []) async throws {
        port = try freePort()
        self.options = options
        folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await restore()
    }

    /// Settings that reach the server.
    var settings: RedisSettings {
        var settings = RedisSettings()
        settings.port = port
        // Many tests run at once, so the machine may be slow.
        settings.timeout = .seconds(10)
        return settings
    }

    func open() throws -> any CacheBackend { try RedisBackend(settings) }

    /// Kills the server, so that it can't finish anything.
    func lose() async throws {
        program.withLock { $0.take() }?.kill()
    }

    func restore() async throws {
        let path = try #require(Self.executable)
        let arguments = ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path()] + options
        let folder = folder
        try program.withLock { $0 = try Program(URL(filePath: path), arguments, in: folder) }
        for _ in 0..<1000 {
            if let connection = try? connect(), (try? connection.ask("PING")) != .null { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("redis-server doesn't answer on port \(port).")
    }

    /// Stops the server and removes its files.
    func end() async throws {
        try await lose()
        try FileManager.default.removeItem(at: folder)
    }

    /// A connection of its own, for commands that the backend doesn't send.
    func connect(_ settings: RedisSettings? = nil) throws -> RedisConnection {
        let settings = settings ?? self.settings
        return try RedisConnection(to: RedisAddress(settings), settings, by: .now + .seconds(10))
    }
}

extension RedisConnection {
    /// Sends a command.
    @discardableResult
    func ask(_ words: String...) throws -> RedisReply {
        var commands = RedisCommands()
        commands.append(words.map { .text($0) })
        return try exchange(commands, by: .now + .seconds(10))[0]
    }
}

/// Runs a server while the closure runs.
func withRedis<Result>(_ options: String..., body: (RedisProcess) async throws -> Result) async throws -> Result {
    let server = try await RedisProcess(options)
    do {
        let result = try await body(server)
        try await server.end()
        return result
    } catch {
        try await server.end()
        throw error
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs the tests only if there is a server to start.
    static var needsRedis: Self {
        .enabled(if: RedisProcess.isInstalled, "redis-server is not installed. It is in Debian's package redis-server.")
    }
}
#endif
