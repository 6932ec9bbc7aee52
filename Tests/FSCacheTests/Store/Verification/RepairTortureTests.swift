import FSCacheFaultTesting
import Foundation
import TestSupport
import Testing

@Suite("Repair by many processes", .serialized)
struct RepairTortureTests {
    private let scratch: ScratchDirectory
    private let broken: BrokenCache

    init() throws {
        scratch = try ScratchDirectory()
        broken = BrokenCache(root: scratch("cache"))
    }

    @Test(
        "A repair that is killed before any of its changes loses nothing, and the next one does the rest",
        .enabled(if: FileFaults.areAvailable)
    )
    func killedRepair() async throws {
        var position = 0
        var isKilled = true
        while isKilled {
            position += StoreWorkerProcess.isLongTorture ? 1 : 5
            try await broken.make()
            isKilled = try await StoreWorkerProcess(["repair", scratch("cache"), "\(position)"]).finishOrDie()
            try await broken.repair()
            try await broken.expectRepaired("a kill at change \(position)")
        }
        #expect(position > 20)
    }

    @Test("Two processes can repair one cache at once")
    func concurrentRepairs() async throws {
        for round in 0..<5 {
            try await broken.make()
            let workers = try (0..<4).map { _ in try StoreWorkerProcess(["repair", scratch("cache"), "0"]) }
            for worker in workers { try await worker.finish() }
            try await broken.expectRepaired("round \(round)")
        }
    }
}
