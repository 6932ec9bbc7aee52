import FSCache
import FSCacheTesting
import Foundation
import HTTPTypes
import Logging
import Serializers
import Synchronization
import TestSupport

/// Requests, refreshes, deletes, lists and converts at random until the time is up, through sessions that write four
/// formats into one directory, and checks every response.
struct SessionTorture {
    /// Answers requests with new pages for their URLs, and half of the validations with 304.
    private final class Origin: HTTPTransport {
        private let generator: Mutex<SeededGenerator>

        init(seed: UInt64) {
            generator = Mutex(SeededGenerator(seed: seed))
        }

        func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
            let (seed, dice, wordCount) = generator.withLock { generator in
                let isLarge = Int.random(in: 0..<60, using: &generator) == 0
                let wordCount = Int.random(in: 0..<(isLarge ? 20_000 : 300), using: &generator)
                return (generator.next(), Int.random(in: 0..<4, using: &generator), wordCount)
            }
            if let known = request.headerFields[.ifNoneMatch], dice < 2 {
                // Half of the 304s change a stored field.
                return TransportResponse(304, dice == 0 ? [.eTag: known] : [.eTag: known, .server: "\(seed)"])
            }
            return try VerifiablePage.response(TortureSite.url(of: request), seed: seed, wordCount: wordCount)
        }
    }

    var root: String
    var seconds: UInt64
    var taskCount: Int
    var seed: UInt64

    func run() async throws {
        let log = LogRecorder(.warning)
        let sessions = try SerializerRegistry.standard.serializers.map { serializer in
            let cache = try ResponseCache(
                root,
                backend: Store.named(root),
                serializer: serializer,
                settings: TortureSite.settings,
                logger: log.logger
            )
            return CachedSession(cache: cache, transport: Origin(seed: seed))
        }
        let end = ContinuousClock.now + .seconds(seconds)
        let steps = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<taskCount {
                group.addTask {
                    var generator = SeededGenerator(seed: seed << 32 | UInt64(task))
                    var steps = 0
                    while ContinuousClock.now < end {
                        let session = sessions[Int.random(in: 0..<sessions.count, using: &generator)]
                        try await step(session, &generator)
                        steps += 1
                    }
                    return steps
                }
            }
            return try await group.reduce(0, +)
        }
        guard log.lines.isEmpty else { throw StoreWorker.Violation(log.lines.prefix(5).joined(separator: "\n")) }
        for session in sessions {
            let counts = session.cache.counts
            let failures = counts.undecodableEntries + counts.readFailures + counts.writeFailures
            guard failures == 0, counts.hits > 0, counts.stores > 0 else {
                throw StoreWorker.Violation("\(counts)")
            }
            await session.close()
        }
        print(steps)
    }

    private func step(_ session: CachedSession, _ generator: inout SeededGenerator) async throws {
        let index = Int.random(in: 0..<TortureKeys.count, using: &generator)
        let url = TortureSite.url(index)
        let cache = session.cache
        switch Int.random(in: 0..<1000, using: &generator) {
        case 0..<650:
            try await expectPage(session, url)
        case 650..<800:
            try await expectPage(session, url, .init(forceRefresh: true))
        case 800..<880:
            try await expectPage(session, url, .init(refresh: true))
        case 880..<940 where !TortureKeys.isPermanent(index):
            try await cache.delete(keys: [TortureKeys.key(index)])
        case 940..<980:
            // Permanent pages are replaced but never deleted, so they must always be found.
            let permanent = TortureSite.url(index % TortureKeys.permanentCount)
            try await expectPage(session, permanent, .init(onlyIfCached: true))
        case 980..<994:
            for try await entry in cache.entries(prefix: String(TortureKeys.key(index).description.prefix(2))) {
                guard case .success = entry.content, TortureKeys.all.contains(entry.key) else {
                    throw StoreWorker.Violation("\(entry)")
                }
            }
        case 994..<996 where !TortureKeys.isPermanent(index):
            try await cache.delete(urls: [url])
        case 996:
            try await cache.convert()
        case 997:
            _ = try await cache.urls()
        default:
            _ = try await cache.contains(url: url)
        }
    }

    private func expectPage(
        _ session: CachedSession,
        _ url: String,
        _ options: RequestOptions = RequestOptions()
    ) async throws {
        let response = try await session.get(url, options: options)
        if let problem = VerifiablePage.problem(in: response, of: url) {
            throw StoreWorker.Violation("\(problem): \(response) \(response.cacheStatus)")
        }
    }
}
