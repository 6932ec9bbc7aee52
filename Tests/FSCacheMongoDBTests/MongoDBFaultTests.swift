#if MongoDB
import FSCache
import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCacheMongoDB

@Suite("Faults of a MongoDB server", .ifMongoDBIsInstalled, .timeLimit(.minutes(5)))
struct MongoDBFaultTests {
    private let key = BackendRequirement.key("a")
    private let entry = BackendRequirement.entry("a")

    @Test("A server that is killed and started again fails no request", arguments: LossRequirement.all)
    func survives(_ requirement: LossRequirement) async throws {
        try await requirement.verify(MongoDBTestServer())
    }

    @Test(
        "A connection that is cut in the middle of a reply gives an error, and the next one works",
        arguments: [0, 1, 20, 200]
    )
    func cutReply(after byteCount: Int) async throws {
        let server = try await MongoDBTestServer()
        let relay = try Relay(to: server.port)
        defer { relay.stop() }
        let backend = try server.makeBackend(server.url(port: relay.port, options: "?heartbeatFrequencyMS=60000"))
        let large = EncodedEntry(bytes: Data(count: 100_000), fileExtension: "cbor")
        try await backend.write(large, for: key)
        var error: FSCacheError?
        // A reply to the driver's own check of the server may be cut instead.
        for _ in 0..<5 where error == nil {
            relay.cut(after: byteCount)
            do {
                _ = try await backend.read(key)
            } catch let failure as FSCacheError {
                error = failure
            }
        }
        #expect(error?.code == .storeFailed)
        let second = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        #expect(second?.code == .storeUnavailable)
        #expect(try await readWhenBack(backend) == large)
        await backend.close()
    }

    @Test("A server that doesn't answer delays one operation by the time limit, and the others not at all")
    func slowServer() async throws {
        let server = try await MongoDBTestServer()
        let relay = try Relay(to: server.port)
        defer { relay.stop() }
        var settings = MongoDBSettings.forTests
        let url = server.url(port: relay.port)
        let patient = try server.makeBackend(url)
        try await patient.write(entry, for: key)
        await patient.close()
        settings.operationTimeLimit = .milliseconds(100)
        settings.connectTimeLimit = .milliseconds(500)
        let backend = try server.makeBackend(url, settings: settings)
        #expect(try await readWhenBack(backend) == entry)
        relay.hold()
        let error = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        #expect(error?.code == .storeFailed)
        let second = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        #expect(second?.code == .storeUnavailable)
        relay.release()
        #expect(try await readWhenBack(backend) == entry)
        await backend.close()
    }

    @Test("A wrong password is an error that says so, without the password, and the right one works")
    func password() async throws {
        let server = try await MongoDBTestServer()
        let admin = try server.makeBackend("mongodb://127.0.0.1:\(server.port)/admin")
        try await admin.inDatabase { connection in
            let command: CommandValue = [
                "createUser": "cache", "pwd": "right-secret",
                "roles": [["role": "readWriteAnyDatabase", "db": "admin"]],
            ]
            _ = try connection.client.run(command, in: "admin", writes: true)
        }
        await admin.close()
        try await server.lose()
        try await server.restore(with: "--auth")
        let wrong = try server.makeBackend(server.url(user: "cache:wrong-secret@", options: "?authSource=admin"))
        let error = await #expect(throws: FSCacheError.self) { try await wrong.read(key) }
        #expect(error?.code == .storeFailed)
        #expect(error?.message.contains("check the name, the password") == true)
        #expect(error.map { "\($0)".contains("secret") } == false)
        let again = await #expect(throws: FSCacheError.self) { try await wrong.read(key) }
        #expect(again?.code == .storeUnavailable && again.map { "\($0)".contains("secret") } == false)
        await wrong.close()
        let right = try server.makeBackend(server.url(user: "cache:right-secret@", options: "?authSource=admin"))
        try await right.write(entry, for: key)
        #expect(try await right.read(key) == entry)
        #expect(!right.name.contains("secret"))
        await right.close()
    }

    @Test("A host that nobody answers on is an error that names it")
    func wrongHost() async throws {
        var settings = MongoDBSettings.forTests
        settings.connectTimeLimit = .milliseconds(600)
        let backend = try MongoDBBackend("mongodb://user:secret@127.0.0.1:1", settings: settings)
        let error = await #expect(throws: FSCacheError.self) { try await backend.read(key) }
        #expect(error?.code == .storeFailed)
        #expect(error?.message.contains("MongoDB at 127.0.0.1:1, database fscache") == true)
        #expect(error?.message.contains("check that it runs") == true)
        #expect(error?.message.contains("secret") == false)
        await backend.close()
    }

    /// Reads the entry after the pause that follows a failure.
    private func readWhenBack(_ backend: MongoDBBackend) async throws -> EncodedEntry? {
        for _ in 0..<2000 {
            if let entry = try? await backend.read(key) { return entry }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await backend.read(key)
    }
}

@Suite("Settings of the MongoDB backend")
struct MongoDBSettingsTests {
    @Test(
        "An invalid URL is an error without the password",
        arguments: [
            "", "redis://127.0.0.1", "mongodb://", "mongodb://user:secret@", "mongodb://user:se/cret@host",
            "mongodb://user:se@cret@host", "mongodb://user:secret@host:port", "mongodb://user:secret@host/?w=-9",
        ]
    )
    func invalidURL(url: String) throws {
        let error = #expect(throws: FSCacheError.self) { try MongoDBBackend(url) }
        #expect(error?.code == .invalidSetting)
        #expect(error.map { "\($0)".contains("cret") } == false)
    }

    @Test(
        "An invalid setting is an error",
        arguments: [
            MongoDBSettings(collectionPrefix: ""), MongoDBSettings(collectionPrefix: "a$b"),
            MongoDBSettings(collectionPrefix: "system.users"), MongoDBSettings(connectTimeLimit: .zero),
            MongoDBSettings(operationTimeLimit: .seconds(-1)), MongoDBSettings(maximumConnections: 0),
            MongoDBSettings(expiryOffset: .seconds(-1)), MongoDBSettings(documentByteLimit: 16 << 20),
        ]
    )
    func invalidSetting(settings: MongoDBSettings) {
        let error = #expect(throws: FSCacheError.self) { try MongoDBBackend("mongodb://127.0.0.1", settings: settings) }
        #expect(error?.code == .invalidSetting)
    }

    @Test("Options in the URL take precedence over settings")
    func precedence() throws {
        let url = "mongodb://user:secret@a:1,b:2/shop?maxPoolSize=3&replicaSet=r"
        let uri = try DriverURI(url, MongoDBSettings(maximumConnections: 9))
        #expect(uri.maximumConnections == 3 && uri.database == "shop" && uri.name == "MongoDB at a:1, b:2")
        #expect(try DriverURI("mongodb://a", MongoDBSettings(maximumConnections: 9)).maximumConnections == 9)
    }

    @Test("Malformed BSON is never taken for a document, and reading it ends")
    func malformedBSON() throws {
        let bytes = CommandValue.map([
            ("text", "a"), ("bytes", .bytes(Data([1, 2]))), ("array", [1, .integer(1 << 40), true]),
            ("inner", ["a": 1]),
            ("date", .date(Date())),
        ]).bson
        #expect(BSONDocument(bytes)?.isStoredUnchanged == true)
        for index in bytes.indices {
            for value in [0, 1, 0x7f, 0xff] as [UInt8] {
                var damaged = bytes
                damaged[index] = value
                guard let document = BSONDocument(damaged) else { continue }
                _ = document.isStoredUnchanged
                _ = document[documents: "array"]
            }
        }
        for count in bytes.indices { #expect(BSONDocument(bytes.prefix(count)) == nil) }
    }
}
#endif
