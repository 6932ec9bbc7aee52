#if Redis
import FSCache
import FSCacheTesting
import Foundation
import Logging
import TestSupport
import Testing

@testable import FSCacheRedis

private func key(_ text: String) -> CacheKey { BackendRequirement.key(text) }
private func entry(_ text: String) -> EncodedEntry { BackendRequirement.entry(text) }

@Suite("Faults of a Redis server", .needsRedis, .timeLimit(.minutes(1)))
struct RedisFaultTests {
    private static let large = Data((0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) })

    /// The error of an operation that must fail.
    private func failure(_ operation: () async throws -> Void) async throws -> FSCacheError {
        do {
            try await operation()
        } catch let error as FSCacheError {
            return error
        }
        return try #require(nil, "The operation succeeded.")
    }

    /// Checks that a session with a store answers, and what it logs.
    private func expectAnswer(with backend: RedisBackend, logging text: String) async throws {
        let log = LogRecorder(.warning)
        let session = CachedSession(
            cache: ResponseCache(backend: backend, logger: log.logger),
            transport: ScriptedTransport { TransportResponse(body: "\($0.ordinal)") }
        )
        #expect(try await session.get("https://example.com/fault").text() == "1")
        #expect(log.text.contains(text))
    }

    @Test(
        "A connection that is cut in the middle of a reply gives no part of an entry",
        arguments: [1, 30, 1000, 300_000]
    )
    func cut(after byteCount: Int) async throws {
        try await withRedis { server in
            let relay = try Relay(to: server.port)
            defer { relay.stop() }
            var settings = server.settings
            settings.port = relay.port
            let backend = try RedisBackend(settings)
            let entry = EncodedEntry(bytes: Self.large, fileExtension: "cbor")
            try await backend.write(entry, for: key("a"))
            relay.cut(after: byteCount)
            let error = try await failure { _ = try await backend.read(key("a")) }
            #expect(error.code == .storeFailed)
            #expect(error.message.contains("the connection broke"))
            // The server is asked again after a pause.
            while true {
                do {
                    let read = try await backend.read(key("a"))
                    #expect(read == entry)
                    break
                } catch let error as FSCacheError where error.code == .storeUnavailable {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            await backend.close()
        }
    }

    @Test("A slow server delays one operation up to the limit, and the next ones not at all")
    func slow() async throws {
        try await withRedis { server in
            let relay = try Relay(to: server.port)
            defer { relay.stop() }
            var settings = server.settings
            settings.port = relay.port
            settings.timeout = .milliseconds(100)
            settings.maxConnections = 2
            let backend = try RedisBackend(settings)
            relay.hold()
            let error = try await failure { _ = try await backend.read(key("a")) }
            #expect(error.message.contains("no reply in time"))
            let connectionCount = relay.connectionCount
            for _ in 0..<20 {
                let error = try await failure { try await backend.write(entry("a"), for: key("a")) }
                guard error.code == .storeUnavailable else { continue }
                #expect(error.message.contains("no reply in time"))
            }
            // Perhaps the pause has passed once.
            #expect(relay.connectionCount <= connectionCount + 1)
            relay.release()
            await backend.close()
        }
    }

    @Test("A reply that comes too late for the calling thread is waited for on another one", arguments: [1, 300_000])
    func continues(byteCount: Int) async throws {
        try await withRedis { process in
            let relay = try Relay(to: process.port)
            defer { relay.stop() }
            var settings = process.settings
            settings.port = relay.port
            let server = RedisServer(RedisAddress(settings), settings)
            let value = Data(repeating: 7, count: byteCount)
            // Only a connection that is open already is used on the calling thread.
            _ = try await server.send(RedisCommands("SET", "a", .bytes(value)))
            while !server.pace.isQuick { _ = try await server.send(RedisCommands("PING")) }
            relay.hold()
            let replies = Task { try await server.send(RedisCommands("GET", "a")) }
            while server.pace.isQuick { await Task.yield() }
            relay.release()
            #expect(try await replies.value == [.bytes(value)])
            #expect(try await server.send(RedisCommands("ECHO", "b")) == [.bytes(Data("b".utf8))])
            server.close()
        }
    }

    @Test("After a slow reply, some operations don't wait on the calling thread, and the next one tries it again")
    func pace() {
        let pace = ReplyPace()
        #expect(pace.begin() && pace.begin())
        pace.noteSlowReply()
        #expect((0..<ReplyPace.skipCount).allSatisfy { _ in !pace.begin() })
        #expect(pace.begin())
    }

    @Test("Work that knows no deadline is not waited for beyond the limit")
    func timeLimit() async throws {
        let gate = Gate()
        await #expect(throws: RedisError.self) {
            try await withTimeLimit(.milliseconds(50)) { gate.wait() }
        }
        gate.open()
        #expect(try await withTimeLimit(.seconds(60)) { 1 } == 1)
        await #expect(throws: FSCacheError.self) {
            try await withTimeLimit(.seconds(60)) { throw FSCacheError(.closed, "") }
        }
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await withTimeLimit(.seconds(60)) { 2 }
        }
        cancelled.cancel()
        #expect(try await cancelled.value == 2)
    }

    @Test("More operations than connections wait for their turns, and none waits for ever")
    func busy() async throws {
        try await withRedis { server in
            var settings = server.settings
            settings.maxConnections = 2
            // The last of 200 operations waits for all others, while many tests run.
            settings.timeout = .seconds(60)
            let backend = try RedisBackend(settings)
            try await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask { try await backend.write(entry("\(number)"), for: key("\(number)")) }
                }
                try await group.waitForAll()
            }
            #expect(try await BackendRequirement.listings(backend).count == 200)
            // This connection, and those of the backend.
            let clients = try server.connect().ask("CLIENT", "LIST").text ?? ""
            #expect(clients.split(separator: "\n").count <= 3)

            let relay = try Relay(to: server.port)
            defer { relay.stop() }
            settings.port = relay.port
            settings.maxConnections = 1
            settings.timeout = .milliseconds(200)
            let slow = try RedisBackend(settings)
            relay.hold()
            await withTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask { await #expect(throws: FSCacheError.self) { _ = try await slow.read(key("1")) } }
                }
            }
            #expect(relay.connectionCount == 1)
            await slow.close()
            await backend.close()
        }
    }

    @Test(
        "When the memory is full, a write fails with the remedy, and the previous entry stays",
        arguments: [100_000, 700_000]
    )
    func fullMemory(byteCount: Int) async throws {
        try await withRedis("--maxmemory-policy", "noeviction") { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("before"), for: key("a"))
            try server.connect().ask("CONFIG", "SET", "maxmemory", "1")
            let large = EncodedEntry(bytes: Self.large.prefix(byteCount), fileExtension: "cbor")
            let error = try await failure { try await backend.write(large, for: key("a")) }
            #expect(error.code == .storeFailed)
            #expect(error.message.contains("maxmemory"))
            #expect(try await backend.read(key("a")) == entry("before"))
            #expect(try await BackendRequirement.listings(backend).count == 1)
            try await expectAnswer(with: backend, logging: "maxmemory")
            #expect(try await backend.remove(key("a")))
            #expect(try server.connect().ask("DBSIZE") == .integer(0))
            await backend.close()
        }
    }

    @Test("A store with little memory keeps what fits, and serves only whole entries")
    func eviction() async throws {
        try await withRedis("--maxmemory", "4mb", "--maxmemory-policy", "allkeys-random") { server in
            let backend = try RedisBackend(server.settings)
            var found = 0
            for number in 0..<60 {
                let entry = VerifiableEntry.make(key("\(number)"), "cbor", seed: UInt64(number), wordCount: 60_000)
                try? await backend.write(entry, for: key("\(number)"))
                for other in 0...number {
                    guard let read = try? await backend.read(key("\(other)")) else { continue }
                    #expect(VerifiableEntry.problem(in: read, of: key("\(other)")) == nil)
                    found += 1
                }
            }
            #expect(found > 0)
            await backend.close()
        }
    }

    @Test(
        "A login or database that the server refuses is a logged miss, without the password",
        arguments: [
            ("hunter2", nil, 0, "is wrong"), ("hunter2", "nobody", 0, "is wrong"), (nil, nil, 0, "needs a password"),
            ("right", nil, 99, "out of range"),
        ] as [(String?, String?, Int, String)]
    )
    func refusedLogin(password: String?, user: String?, database: Int, reason: String) async throws {
        try await withRedis { server in
            try server.connect().ask("CONFIG", "SET", "requirepass", "right")
            var settings = server.settings
            (settings.password, settings.user, settings.database) = (password, user, database)
            let backend = try RedisBackend(settings)
            let error = try await failure { _ = try await backend.read(key("a")) }
            #expect(error.message.contains(reason))
            #expect(!"\(error)".contains("hunter2"))
            // It isn't tried again for each request.
            #expect(try await failure { _ = try await backend.read(key("a")) }.code == .storeUnavailable)
            try await expectAnswer(with: RedisBackend(settings), logging: reason)
        }
    }

    @Test("The right user, password and database are used, over a socket, too")
    func login() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString)").path()
        try await withRedis("--unixsocket", path) { server in
            try server.connect().ask("ACL", "SETUSER", "shop", "on", ">s p", "~*", "+@all")
            for url in ["redis://shop:s%20p@127.0.0.1:\(server.port)/3", "redis+unix://shop:s%20p@\(path)?db=3"] {
                var settings = try RedisSettings(url: url)
                settings.timeout = .seconds(10)
                let backend = try RedisBackend(settings)
                try await backend.write(entry("a"), for: key("a"))
                #expect(try await backend.read(key("a")) == entry("a"))
                await backend.close()
            }
            let connection = try server.connect()
            #expect(try connection.ask("DBSIZE") == .integer(0))
            try connection.ask("SELECT", "3")
            #expect(try connection.ask("DBSIZE") == .integer(2))
        }
    }

    @Test("A value of another program under an entry's key is a logged miss, and stays")
    func foreignValue() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            let connection = try server.connect()
            let name = backend.keys(key("a")).entry
            try connection.ask("SET", name, "foreign")
            try connection.ask("SADD", backend.keys(key("a")).index, key("a").description)
            for operation in [
                { _ = try await backend.read(key("a")) }, { try await backend.write(entry("a"), for: key("a")) },
                { try await backend.write(EncodedEntry(bytes: Self.large, fileExtension: "cbor"), for: key("a")) },
                { try await backend.remove(key("a")) }, { try await backend.setAside(entry("a"), for: key("a")) },
                { try await backend.removeAll() },
            ] as [() async throws -> Void] {
                #expect(try await failure(operation).message.contains("another namespace"))
            }
            #expect(try await BackendRequirement.listings(backend).isEmpty)
            #expect(try connection.ask("GET", name) == .bytes(Data("foreign".utf8)))
            // The server itself is fine.
            try await backend.write(entry("b"), for: key("b"))
            #expect(try await backend.read(key("b")) == entry("b"))
            await backend.close()
        }
    }

    @Test(
        "A damaged entry is an error, not a part of an entry",
        arguments: [("size", "many"), ("size", "3"), ("size", "300000"), ("bytes", "longer than the size")]
    )
    func damagedEntry(field: String, value: String) async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("five."), for: key("a"))
            try server.connect().ask("HSET", backend.keys(key("a")).entry, field, value)
            #expect(try await failure { _ = try await backend.read(key("a")) }.message.contains("damaged"))
            try await backend.write(entry("new"), for: key("a"))
            #expect(try await backend.read(key("a")) == entry("new"))
            await backend.close()
        }
    }

    @Test("A connection that the server has closed while it was idle is replaced")
    func idleConnection() async throws {
        try await withRedis { server in
            let backend = try RedisBackend(server.settings)
            try await backend.write(entry("a"), for: key("a"))
            try server.connect().ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(try await backend.read(key("a")) == entry("a"))
            await backend.close()
        }
    }
}
#endif
