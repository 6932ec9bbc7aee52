import FSCache
import FSCacheTesting
import TestSupport
import Testing

@Suite("Eviction, simulated")
struct EvictionSimulationTests {
    struct Setup: Sendable, CustomTestStringConvertible {
        var processCount = 1
        var writesPerProcess = Int.max
        var spread = 0.0

        var testDescription: String {
            "\(processCount) processes of \(writesPerProcess) writes, sizes spread by \(spread)"
        }

        static let all = [
            Setup(), Setup(spread: 0.7), Setup(processCount: 4), Setup(processCount: 4, spread: 0.7),
            Setup(processCount: 4, writesPerProcess: 50),
        ]
    }

    @Test(
        "The hit ratio is within two points of an exact order of use, and the overshoot below 5 %",
        arguments: Setup.all
    )
    func quality(_ setup: Setup) throws {
        var simulation = EvictionSimulation()
        simulation.requestCount = 12_000
        simulation.keyCount = 5_000
        simulation.room = 500
        simulation.processCount = setup.processCount
        simulation.writesPerProcess = setup.writesPerProcess
        simulation.spread = setup.spread
        let result = try simulation.run()
        #expect(result.hitRatio > result.exactHitRatio - 0.02, "\(result)")
        #expect(result.overshoot < 0.05, "\(result)")
        #expect(result.fill > 0.8, "\(result)")
    }

    @Test("Processes that write one entry each keep a store within its limit")
    func shortProcesses() throws {
        var simulation = EvictionSimulation()
        simulation.requestCount = 1_500
        simulation.keyCount = 2_000
        simulation.room = 300
        simulation.writesPerProcess = 1
        let result = try simulation.run()
        #expect(result.overshoot < 0.05, "\(result)")
        #expect(result.fill > 0.8, "\(result)")
    }

    @Test("Hits of a slow cache mark uses seldom")
    func marksSeldom() throws {
        var simulation = EvictionSimulation()
        simulation.requestCount = 5_000
        simulation.keyCount = 40
        simulation.room = 50
        let result = try simulation.run()
        // Nothing is evicted, so an entry is marked once a minute at most.
        #expect(result.marksPerHit < 0.1, "\(result)")
    }

    @Test(
        "A process that opens a full store keeps its limit, and its writers go on, even if steps are slow",
        arguments: [16, 64]
    )
    func firstLooks(writesPerStep: Int) throws {
        let limit = 8_192
        let clock = TestClock()
        let store = SimulatedStore()
        let evictor = Evictor(StoreLimits(maxEntries: limit), now: clock.source)
        let keys = ZipfTrace(keyCount: limit + 2_500, exponent: 1, spread: 0, seed: 7).keys
        let fileExtension = try #require(FileExtension("cbor"))
        var (waits, largest) = (0, 0)
        for (number, key) in keys.enumerated() {
            clock.advance(by: 1)
            let file = EntryFile(key, fileExtension)
            store.insert(EvictableEntry(file: file, fileNumber: 0, byteCount: 1, lastUse: clock.now))
            // Another process has filled the store.
            guard number >= limit else { continue }
            evictor.record(StoreAmount(bytes: 1, entries: 1), of: key, isWrite: true)
            largest = max(largest, store.entryCount)
            let demand = evictor.demand
            if demand == .stepBeforeMore { waits += 1 }
            if demand == .stepBeforeMore || number % writesPerStep == 0 { try evictor.step(store) }
        }
        #expect(waits == 0)
        #expect(largest <= limit + limit / 50)
        #expect(store.entryCount > limit * 9 / 10)
    }
}
