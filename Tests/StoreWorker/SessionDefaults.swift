import FSCache
import HTTPTypes
import Serializers
import TestSupport

/// Uses a session with all defaults, and prints its properties.
struct SessionDefaults {
    var home: String

    func run() async throws {
        let session = try CachedSession(transport: ScriptedTransport(TransportResponse(body: "stored")))
        guard let backend = session.cache.backend as? FilesystemBackend, backend.rootPath.hasPrefix(home) else {
            throw StoreWorker.Violation("The backend is \(session.cache.backend).")
        }
        for isFromCache in [false, true] {
            guard try await session.get("https://example.com/").isFromCache == isFromCache else {
                throw StoreWorker.Violation("The response was stored: \(!isFromCache).")
            }
        }
        let settings = session.settings
        guard settings.expireAfter == .never else { throw StoreWorker.Violation("\(settings.expireAfter)") }
        print(
            """
            serializer \(session.cache.serializer.name), expires never, codes \(settings.allowableCodes.sorted()), \
            methods \(settings.allowableMethods.map(\.rawValue).sorted()), cacheControl \(settings.cacheControl)
            """
        )
    }
}
