import CSystemCalls
import FSCache
import Foundation

/// Measurements of a large cache, each in a process of its own, so that its memory is its own.
///
/// Each prints the time or the rate, and the largest resident memory of the process in KiB.
enum Scale {
    private struct Miss: Error {}

    private struct Usage: Error, CustomStringConvertible {
        let description = "usage: see scripts/bench-scale"
    }

    static func run(_ arguments: ArraySlice<String>) async throws {
        guard let command = arguments.first else { throw Usage() }
        let rest = Array(arguments.dropFirst())
        func number(_ index: Int) throws -> Int {
            guard rest.indices.contains(index), let number = Int(rest[index]) else { throw Usage() }
            return number
        }
        guard let folder = rest.first else { throw Usage() }
        let result: Double
        switch command {
        case "fill": result = try await seconds { try await fill(folder, try number(1)) }
        case "open": result = try median(51) { _ = try FilesystemBackend(root: .path(folder)) }
        case "count": result = try await seconds { print(try await cache(folder).count()) }
        case "heads": result = try await seconds { for try await _ in try cache(folder).entries() {} }
        case "expire": result = try await seconds { print(try await cache(folder).delete(.expired)) }
        case "raw-heads": result = try await seconds { try check(unsafe read_heads(folder)) }
        case "hit-ratio":
            guard rest.count == 4 else { throw Usage() }
            result = try await hitRatio((folder, number(1)), (rest[2], number(3)))
        case "task-ratio": result = try await taskRatio(folder, number(1))
        case "raw-task-ratio": result = try await rawTaskRatio(folder)
        case "rate": result = try await rate(folder, number(1), seconds: number(2))
        case "store-ratio": result = try await storeRatio(folder, number(1), number(2))
        default: throw Usage()
        }
        print(result, peak_memory_kib())
    }

    private static func cache(_ folder: String) throws -> ResponseCache {
        ResponseCache(backend: try FilesystemBackend(root: .path(folder)))
    }

    private static func session(
        _ folder: String,
        _ transport: ScriptedTransport,
        _ settings: CacheSettings = CacheSettings(),
        limits: StoreLimits = StoreLimits(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws -> CachedSession {
        let backend = try FilesystemBackend(root: .path(folder), limits: limits)
        return CachedSession(cache: ResponseCache(backend: backend, settings: settings), transport: transport, now: now)
    }

    // MARK: Work

    /// Stores responses of 1 KB, of which every hundredth has expired.
    private static func fill(_ folder: String, _ count: Int) async throws {
        let fresh = try session(folder, .answeringBriefly)
        let expired = try session(folder, .answeringBriefly, CacheSettings(expireAfter: .seconds(1))) {
            Date(timeIntervalSince1970: 1_000_000_000)
        }
        try await withThrowingTaskGroup { group in
            for task in 0..<2 {
                group.addTask {
                    for number in stride(from: task, to: count, by: 2) {
                        let session = number % 100 == 99 ? expired : fresh
                        _ = try await session.send(Sample.request(number: number))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Hits of random responses that have not expired.
    private static func hits(_ session: CachedSession, _ count: Int, _ times: Int, seed: UInt64) async throws {
        var generator = SplitMix64(state: seed)
        for _ in 0..<times {
            let number =
                Int.random(in: 0..<count / 100, using: &generator) * 100 + Int.random(in: 0..<99, using: &generator)
            guard try await session.send(Sample.request(number: number)).isFromCache else { throw Miss() }
        }
    }

    /// The time of a hit in one folder, divided by that in another.
    ///
    /// Each batch runs twice, and the second time counts: then the system has the files in memory, whatever else it had to
    /// keep there, and has noted today's first read of them. A batch is too large for the caches of a processor.
    private static func hitRatio(_ large: (String, Int), _ small: (String, Int)) async throws -> Double {
        let sessions = (try session(large.0, .refusing), try session(small.0, .refusing))
        func time(_ session: CachedSession, _ count: Int, seed: UInt64) async throws -> Double {
            try await hits(session, count, 50_000, seed: seed)
            return try await seconds { try await hits(session, count, 50_000, seed: seed) }
        }
        var ratios: [Double] = []
        for seed in 0..<UInt64(5) {
            let slow = try await time(sessions.0, large.1, seed: seed)
            ratios.append(slow / (try await time(sessions.1, small.1, seed: seed)))
        }
        return ratios.sorted()[ratios.count / 2]
    }

    /// The hits per second of two tasks, divided by those of one.
    private static func taskRatio(_ folder: String, _ count: Int) async throws -> Double {
        let session = try session(folder, .refusing)
        return try await taskRatio { try await hits(session, count, 5_000, seed: $0) }
    }

    /// The same for reading the files in C.
    private static func rawTaskRatio(_ folder: String) async throws -> Double {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".cbor") }
        let read = try RawFile.reading(anyOf: names.map { "\(folder)/\($0)" })
        return try await taskRatio { _ in try await read(20_000) }
    }

    /// The rate of two tasks, divided by that of one.
    ///
    /// The best of many short batches count: in the others, other programs had one of the processors for a while.
    private static func taskRatio(
        _ work: @escaping @Sendable (_ seed: UInt64) async throws -> Void
    ) async throws -> Double {
        var best = (one: Double.infinity, two: Double.infinity)
        for batch in 0..<51 {
            let one = try await seconds { try await work(UInt64(batch)) }
            let two = try await seconds {
                try await withThrowingTaskGroup { group in
                    for task in 1...2 {
                        group.addTask { @concurrent in try await work(UInt64(batch * 10 + task)) }
                    }
                    try await group.waitForAll()
                }
            }
            best = (min(best.one, one), min(best.two, two))
        }
        return 2 * best.one / best.two
    }

    /// Requests per second, of which every tenth stores a response.
    private static func rate(_ folder: String, _ count: Int, seconds limit: Int) async throws -> Double {
        let reader = try session(folder, .refusing)
        let writer = try session(folder, .answeringBriefly, CacheSettings(expireAfter: .immediately))
        let end = ContinuousClock.now + .seconds(limit)
        var generator = SplitMix64(state: UInt64(ProcessInfo.processInfo.processIdentifier))
        var done = 0
        while .now < end {
            try await hits(reader, count, 9, seed: generator.next())
            _ = try await writer.send(Sample.request(number: count + Int.random(in: 0..<1_000, using: &generator)))
            done += 10
        }
        return Double(done) / Double(limit)
    }

    /// The time of storing new responses in a cache that is full, divided by that in an equal one without a limit; prints
    /// how many entries the full one has in the end, divided by its limit.
    ///
    /// They take turns, so that both have the same share of what the disk does meanwhile.
    private static func storeRatio(_ folder: String, _ limit: Int, _ count: Int) async throws -> Double {
        let folders = (full: "\(folder)/full", free: "\(folder)/free")
        for folder in [folders.full, folders.free] { try await fill(folder, limit) }
        let full = try session(folders.full, .answeringBriefly, limits: StoreLimits(maxEntries: limit))
        let free = try session(folders.free, .answeringBriefly)
        let turn = 500
        var times = (full: 0.0, free: 0.0)
        for first in stride(from: limit, to: limit + count, by: turn) {
            func store(_ session: CachedSession) async throws -> Double {
                try await seconds {
                    for number in first..<first + turn { _ = try await session.send(Sample.request(number: number)) }
                }
            }
            times.full += try await store(full)
            times.free += try await store(free)
        }
        await full.close()
        print(try await Double(cache(folders.full).count()) / Double(limit))
        return times.full / times.free
    }

    // MARK: Measuring

    private static func seconds(_ work: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func median(_ count: Int, _ work: () throws -> Void) throws -> Double {
        let times = try (0..<count).map { _ in
            let start = ContinuousClock.now
            try work()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        return times.sorted()[count / 2]
    }

    private static func check(_ status: CInt) throws {
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
    }
}
