internal import FSCache
internal import FSCacheTesting
internal import Foundation

/// Compares the evictor with one that knows the exact order of use.
package struct EvictionSimulation: Sendable {
    package var requestCount = 1_000_000
    package var keyCount = 100_000
    /// How many entries of the average size there is room for.
    package var room = 10_000
    package var exponent = 0.9
    /// The standard deviation of the logarithm of the sizes; with 0, entries are counted instead of bytes.
    package var spread = 0.0
    /// How many processes take turns, each with an evictor of its own.
    package var processCount = 1
    /// After how many writes a process ends and another takes its place.
    package var writesPerProcess = Int.max
    package var requestsPerSecond = 100.0
    package var seed: UInt64 = 1

    package init() {}

    package struct Result: Sendable {
        package var hitRatio: Double
        package var exactHitRatio: Double
        /// By which part of the limit the store was larger than it, at most.
        package var overshoot: Double
        /// How full the store was at the end.
        package var fill: Double
        /// How many entries were looked at for each one that was written.
        package var looksPerWrite: Double
        /// How many system calls mark the last use, for each hit.
        package var marksPerHit: Double
    }

    /// Runs the simulation.
    package func run() throws -> Result {
        var trace = ZipfTrace(keyCount: keyCount, exponent: exponent, spread: spread, seed: seed)
        let countsBytes = spread > 0
        let meanByteCount = trace.byteCounts.reduce(0, +) / keyCount
        let limit = countsBytes ? room * meanByteCount : room
        let limits = countsBytes ? StoreLimits(maxCacheBytes: limit) : StoreLimits(maxEntries: limit)
        let clock = TestClock()
        let store = SimulatedStore()
        func makeEvictor() -> Evictor { Evictor(limits, now: clock.source) }
        var evictors = (0..<processCount).map { _ in makeEvictor() }
        var writes = Array(repeating: 0, count: processCount)
        var exact = ExactOrder(limit: limit)
        var (hits, exactHits, marks, writeCount, largest) = (0, 0, 0, 0, 0)
        guard let fileExtension = FileExtension("cbor") else { preconditionFailure("The extension is valid.") }
        for _ in 0..<requestCount {
            clock.advance(by: 1 / requestsPerSecond)
            let index = trace.next()
            let process = Int.random(in: 0..<processCount, using: &trace.generator)
            let (key, byteCount) = (trace.keys[index], trace.byteCounts[index])
            if exact.use(index, weight: countsBytes ? byteCount : 1) { exactHits += 1 }
            let evictor = evictors[process]
            if let lastUse = store.lastUse(of: key) {
                hits += 1
                guard evictor.isMarkDue(lastUse: lastUse, at: clock.now) else { continue }
                store.markUse(of: key, at: clock.now)
                marks += 1
                continue
            }
            writeCount += 1
            let file = EntryFile(key, fileExtension)
            store.insert(EvictableEntry(file: file, fileNumber: 0, byteCount: byteCount, lastUse: clock.now))
            evictor.record(StoreAmount(bytes: Double(byteCount), entries: 1), of: key, isWrite: true)
            largest = max(largest, countsBytes ? store.byteCount : store.entryCount)
            if evictor.demand != .nothing { try evictor.step(store) }
            writes[process] += 1
            guard writes[process] >= writesPerProcess else { continue }
            evictors[process] = makeEvictor()
            writes[process] = 0
        }
        return Result(
            hitRatio: Double(hits) / Double(requestCount),
            exactHitRatio: Double(exactHits) / Double(requestCount),
            overshoot: Double(largest) / Double(limit) - 1,
            fill: Double(countsBytes ? store.byteCount : store.entryCount) / Double(limit),
            looksPerWrite: Double(store.lookCount) / Double(max(1, writeCount)),
            marksPerHit: Double(marks) / Double(max(1, hits))
        )
    }
}

/// Keys in the exact order of their last use, up to a limit.
private struct ExactOrder {
    private let limit: Int
    private var entries = LeastRecentlyUsed<Int, Void>()

    init(limit: Int) {
        self.limit = limit
    }

    /// Uses a key, or adds it.
    ///
    /// - Returns: Whether it was there.
    mutating func use(_ key: Int, weight: Int) -> Bool {
        if entries.use(key) != nil { return true }
        entries.insert((), for: key, weight: weight)
        while entries.weight > limit { entries.removeLeastRecentlyUsed() }
        return false
    }
}
