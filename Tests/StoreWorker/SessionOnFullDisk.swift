import FSCache
import Foundation
import HTTPTypes
import Logging
import Serializers
import TestSupport

/// Uses a session on a full disk or with a limited file size, where every request still gets the right body.
struct SessionOnFullDisk {
    var root: String
    /// The number of the standard format that the session writes.
    var format: Int

    func run(fileSizeLimit: UInt64?) async throws {
        let log = LogRecorder(.warning)
        let transport = ScriptedTransport { exchange in
            let isLarge = exchange.request.path?.hasPrefix("/large") == true || exchange.ordinal == 2
            return try VerifiablePage.response(
                TortureSite.url(of: exchange.request),
                seed: 7,
                wordCount: isLarge ? 20_000 : 100
            )
        }
        let session = CachedSession(
            cache: try ResponseCache(
                root,
                serializer: SerializerRegistry.standard.serializers[format],
                logger: log.logger
            ),
            transport: transport
        )
        let small = TortureSite.url(1)
        func get(_ url: String, isFromCache: Bool, isStored: Bool, forced: Bool = false) async throws -> Data {
            let response = try await session.get(url, options: .init(forceRefresh: forced))
            guard VerifiablePage.problem(in: response, of: url) == nil, response.isFromCache == isFromCache,
                response.cacheStatus.isStored == isStored
            else { throw StoreWorker.Violation("\(response) \(response.cacheStatus)") }
            return response.body
        }
        let before = try await get(small, isFromCache: false, isStored: true)
        if let fileSizeLimit { try FullDisk.limitFileSize(fileSizeLimit) }

        let large = try await get(small, isFromCache: false, isStored: false, forced: true)
        guard large.count > before.count else { throw StoreWorker.Violation("The large page is none.") }
        guard try await get(small, isFromCache: true, isStored: false) == before else {
            throw StoreWorker.Violation("The entry from before is gone.")
        }
        for _ in 0..<2 { _ = try await get("https://torture.example/large", isFromCache: false, isStored: false) }
        _ = try await get(TortureSite.url(2), isFromCache: false, isStored: true)
        _ = try await get(TortureSite.url(2), isFromCache: true, isStored: false)

        let strays = try FileManager.default.subpathsOfDirectory(atPath: root + "/tmp").filter { $0 != "0" }
        guard strays.isEmpty else { throw StoreWorker.Violation("Failed writes have left \(strays).") }
        guard session.cache.counts.writeFailures == 3, log.lines.count == 3,
            log.lines.allSatisfy({ $0.hasPrefix("warning: not stored") })
        else { throw StoreWorker.Violation("\(session.cache.counts)\n\(log.text)") }
    }
}
