import FSCache
import Foundation
import HTTPTypes
import Serializers

extension Comparison {
    /// A hit on an entry in the native format.
    static let nativeHit = hit("native-hit", serializer: .native, limit: 2)
    /// The same, and all header fields are read, which are made only when somebody asks for them.
    static let nativeHitFields = hit("native-hit-fields", serializer: .native) { response in
        let byteCount = response.headerFields.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
        guard byteCount > 0 else { throw NotAHit() }
    }
    /// A hit on an entry in BSON.
    static let bsonHit = hit("bson-hit", serializer: .bson, limit: 4)
    /// A hit on an entry in JSON.
    static let jsonHit = hit("json-hit", serializer: .json, limit: 20)
    /// A hit on an entry in YAML.
    static let yamlHit = hit("yaml-hit", serializer: .yaml, limit: 150)

    /// A hit on an entry in the native format that stays in memory.
    static let nativeHitRemembered = hit("native-hit-remembered", serializer: .native, staysInMemory: true)
    /// A hit on an entry in YAML that stays in memory.
    static let yamlHitRemembered = hit("yaml-hit-remembered", serializer: .yaml, staysInMemory: true)

    /// A hit, through the session's public face, against a raw read of the same file.
    private static func hit(
        _ name: String,
        serializer: some Serializer,
        limit: Double? = nil,
        staysInMemory: Bool = false,
        use: @escaping @Sendable (CachedResponse) throws -> Void = { _ in }
    ) -> Comparison {
        Comparison(name: name, baselineName: "raw read", limit: limit) { folder in
            let path = folder.path(percentEncoded: false)
            _ = try await CachedSession(path, serializer: serializer, transport: ScriptedTransport.answering)
                .get(Sample.url)
            let session = try CachedSession(path, serializer: serializer, transport: ScriptedTransport.refusing)
            if staysInMemory {
                session.settings.memoryByteLimit = 1 << 20
                // What is newer is read each time.
                try await Task.sleep(for: .seconds(2.1))
            }
            let subject: Operation = { times in
                for _ in 0..<times {
                    let response = try await session.get(Sample.url)
                    guard response.isFromCache, response.body.count == Sample.body.count else { throw NotAHit() }
                    try use(response)
                }
            }
            return (subject, try RawFile.reading(await onlyEntry(of: session)))
        }
    }

    /// That a response was not the stored one.
    struct NotAHit: Error {}

    private static func onlyEntry(of session: CachedSession) async throws -> URL {
        for try await entry in session.cache.backend.list(prefix: "") {
            if let path = entry.path { return URL(filePath: path) }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
