import FSCache
import Foundation

extension Comparison {
    /// A response with a new key in a full cache, for which another one is evicted, compared with a cache without limits.
    static let boundedStore = Comparison(
        name: "bounded-store",
        baselineName: "store without limit",
        limit: 1.3,
        isQuicklyPrepared: false
    ) { folder in
        let room = 10_000
        let bounded = try session(in: folder.appending(path: "bounded"), StoreLimits(maxEntries: room))
        let unbounded = try session(in: folder.appending(path: "unbounded"), StoreLimits())
        let (subject, baseline) = (storing(in: bounded), storing(in: unbounded))
        try await subject(room)
        try await baseline(room)
        return (subject, baseline)
    }

    /// A hit in a cache with limits, compared with one without.
    static let boundedHit = Comparison(name: "bounded-hit", baselineName: "hit without limit", limit: 1.1) { folder in
        let bounded = try session(in: folder.appending(path: "bounded"), StoreLimits(maxEntries: 10_000))
        let unbounded = try session(in: folder.appending(path: "unbounded"), StoreLimits())
        return (try await hitting(in: bounded), try await hitting(in: unbounded))
    }

    private static func storing(in session: CachedSession) -> Operation {
        let made = Counter()
        return { times in
            let first = made.add(times)
            for number in first..<(first + times) { _ = try await session.send(Sample.request(number: number)) }
        }
    }

    private static func hitting(in session: CachedSession) async throws -> Operation {
        _ = try await session.get(Sample.url)
        return { times in
            for _ in 0..<times { _ = try await session.get(Sample.url) }
        }
    }

    private static func session(in folder: URL, _ limits: StoreLimits) throws -> CachedSession {
        try CachedSession(
            folder.path(percentEncoded: false),
            settings: CacheSettings(limits: limits),
            transport: ScriptedTransport.answering
        )
    }
}
