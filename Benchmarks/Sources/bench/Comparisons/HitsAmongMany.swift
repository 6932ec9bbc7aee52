import FSCache
import Foundation
import HTTPTypes
import Serializers

extension Comparison {
    /// Random hits among 100,000 entries, compared with random hits among 1,000.
    ///
    /// The entries are short, because only finding them can differ, and writing a gigabyte takes minutes.
    static let nativeHitAmongMany = Comparison(
        name: "native-hit-100k",
        baselineName: "among 1k",
        limit: 1.3,
        isQuicklyPrepared: false,
        isInMemory: true
    ) { folder in
        func hits(_ count: Int) async throws -> Operation {
            let folder = folder.appending(path: "\(count)")
            try await populate(folder, with: count)
            let session = try session(in: folder, .refusing)
            return { times in
                var generator = SplitMix64(state: 1)
                for _ in 0..<times {
                    let number = Int.random(in: 0..<count, using: &generator)
                    let response = try await session.send(Sample.request(number: number))
                    guard response.isFromCache else { throw NotAHit() }
                }
            }
        }
        return (try await hits(100_000), try await hits(1_000))
    }

    /// Raw reads among as many files, to show the file system's share.
    static let rawReadAmongMany = Comparison(
        name: "raw-read-100k",
        baselineName: "among 1k",
        isQuicklyPrepared: false,
        isInMemory: true
    ) { folder in
        func reads(_ count: Int) async throws -> Operation {
            let folder = folder.appending(path: "\(count)")
            try await populate(folder, with: count)
            var paths: [String] = []
            for try await entry in try session(in: folder, .refusing).cache.backend.list(prefix: "") {
                if let path = entry.path { paths.append(path) }
            }
            return try RawFile.reading(anyOf: paths.sorted())
        }
        return (try await reads(100_000), try await reads(1_000))
    }

    /// Stores responses with sequential requests.
    private static func populate(_ folder: URL, with count: Int) async throws {
        let session = try session(in: folder, .answeringBriefly)
        let taskCount = ProcessInfo.processInfo.activeProcessorCount
        try await withThrowingTaskGroup { group in
            for task in 0..<taskCount {
                group.addTask {
                    for number in stride(from: task, to: count, by: taskCount) {
                        _ = try await session.send(Sample.request(number: number))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func session(in folder: URL, _ transport: ScriptedTransport) throws -> CachedSession {
        try CachedSession(folder.path(percentEncoded: false), serializer: .native, transport: transport)
    }
}
