import FSCacheTesting
import Foundation
import TestSupport
import Testing

@testable import FSCache

@Suite("Leases on files", .timeLimit(.minutes(2)))
struct FileLeaseTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func open(isReadOnly: Bool = false) throws -> FilesystemBackend {
        try FilesystemBackend(root: .path(scratch("cache")), isReadOnly: isReadOnly)
    }

    /// Starts a process that requests a page.
    private func worker(
        _ origin: Origin,
        page: Int = 1,
        taskCount: Int = 1,
        lease: Duration = .seconds(3600)
    ) throws -> StoreWorkerProcess {
        let milliseconds = Int(lease / .milliseconds(1))
        return try StoreWorkerProcess(
            ["fetch", scratch("cache"), "\(origin.port)", "\(page)", "\(taskCount)", "\(milliseconds)"]
        )
    }

    /// Waits until processes wait for a lease or have one.
    private func expectLeases(_ workers: [StoreWorkerProcess]) async {
        while !workers.allSatisfy({ $0.hasOpen("/fscache.layout") }), !Task.isCancelled { await Task.yield() }
    }

    /// How often this process has the layout file open.
    private var openLayoutCount: Int {
        let folder = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let files = names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
        return files.count { $0 == scratch("cache/fscache.layout") }
    }

    private func arrival(of count: Int, at origin: Origin, _ path: String = "/1") async {
        while origin.count(path) < count, !Task.isCancelled { await Task.yield() }
    }

    private func expectNothingButEntries(_ count: Int) throws {
        // The directories of the entries have names of two digits.
        let names = try scratch.contents(of: "cache")
            .filter { $0.split(separator: "/").last?.count != 2 && !$0.hasPrefix("tmp/") }
        let own = ["CACHEDIR.TAG", "fscache.layout", "tmp"]
        #expect(names.filter { $0.hasSuffix(".cbor") }.count == count)
        #expect(names.count == count + own.count, "\(names)")
        #expect(try scratch.temporaries() == [])
    }

    @Test("Eight processes of 50 tasks that miss one response make one request")
    func oneRequest() async throws {
        let gate = Gate()
        try await withOrigin({ request in
            gate.wait()
            return .init(body: "response \(request.ordinal)")
        }) { origin in
            let workers = try (0..<8).map { _ in try worker(origin, taskCount: 50) }
            await expectLeases(workers)
            gate.open()
            for worker in workers { try await #expect(worker.finish() == "response 1\n") }
            #expect(origin.count("/1") == 1)
        }
        try expectNothingButEntries(1)
    }

    @Test("Without the setting, each process makes its own request")
    func withoutLeases() async throws {
        let gate = Gate()
        try await withOrigin({ request in
            gate.wait()
            return .init(body: "response")
        }) { origin in
            let workers = try (0..<3).map { _ in try worker(origin, lease: .zero) }
            await arrival(of: 3, at: origin)
            gate.open()
            for worker in workers { try await worker.finish() }
            #expect(origin.count("/1") == 3)
        }
    }

    @Test("If the process with the lease is killed, another one takes over at once")
    func killedLeader() async throws {
        let gate = Gate()
        try await withOrigin({ request in
            if request.ordinal == 1 { gate.wait() }
            return .init(body: "response \(request.ordinal)")
        }) { origin in
            defer { gate.open() }
            let leader = try worker(origin)
            await arrival(of: 1, at: origin)
            let others = try (0..<3).map { _ in try worker(origin) }
            await expectLeases(others)
            #expect(origin.count("/1") == 1)
            leader.kill()
            for other in others { try await #expect(other.finish() == "response 2\n") }
            #expect(origin.count("/1") == 2)
        }
        try expectNothingButEntries(1)
    }

    @Test("A process that hangs with the lease is left after its duration")
    func hangingLeader() async throws {
        let gate = Gate()
        try await withOrigin({ request in
            if request.ordinal == 1 { gate.wait() }
            return .init(body: "response \(request.ordinal)")
        }) { origin in
            let leader = try worker(origin)
            await arrival(of: 1, at: origin)
            try leader.halt()
            let other = try worker(origin, lease: .milliseconds(300))
            try await #expect(other.finish() == "response 2\n")
            gate.open()
            leader.resume()
            try await #expect(leader.finish() == "response 1\n")
        }
        try expectNothingButEntries(1)
    }

    @Test("Processes that miss different responses don't wait for each other")
    func differentKeys() async throws {
        let gate = Gate()
        try await withOrigin({ request in
            if request.path == "/1" { gate.wait() }
            return .init(body: "response")
        }) { origin in
            let slow = try worker(origin)
            await arrival(of: 1, at: origin)
            try await worker(origin, page: 2).finish()
            gate.open()
            try await slow.finish()
        }
        try expectNothingButEntries(2)
    }

    @Test(
        "A lease that was taken on a layout file that has been replaced or removed doesn't count",
        arguments: [true, false]
    )
    func replacedLayout(isRemoved: Bool) async throws {
        let key = BackendRequirement.key("a")
        let first = try #require(try await open().lease(key, for: .seconds(3600)))
        let backend = try open()
        let waiting = Task { try await backend.lease(key, for: .seconds(3600)) }
        while openLayoutCount < 2 { await Task.yield() }
        try FileManager.default.removeItem(atPath: scratch("cache/fscache.layout"))
        if !isRemoved { try scratch.write("1\n", to: "cache/fscache.layout") }
        let second = try #require(try await open().lease(key, for: .seconds(3600)))
        await first.release()
        // The waiting one has the old file open, and must wait for the holder of the new one.
        try await #expect(open().lease(key, for: .milliseconds(50)) == nil)
        await second.release()
        let third = try #require(try await waiting.value)
        try await #expect(open().lease(key, for: .milliseconds(50)) == nil)
        await third.release()
    }

    @Test("A cancelled task stops waiting")
    func cancellation() async throws {
        let key = BackendRequirement.key("a")
        let first = try #require(try await open().lease(key, for: .seconds(3600)))
        let backend = try open()
        let waiting = Task { try await backend.lease(key, for: .seconds(3600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await first.release()
    }

    @Test("A read-only cache gives no leases")
    func readOnly() async throws {
        _ = try open()
        let backend = try open(isReadOnly: true)
        #expect(!backend.givesLeases)
        #expect(ResponseCache(backend: backend).capabilities.leasing == nil)
    }

    @Test("Layers give leases through the shared layer")
    func layers() async throws {
        let shared = try open()
        let layers = LayeredBackend([
            .init(try FilesystemBackend(root: .path(scratch("local")))),
            .init(shared),
        ])
        let key = BackendRequirement.key("a")
        let lease = try #require(try await layers.lease(key, for: .seconds(60)))
        try await #expect(shared.lease(key, for: .zero) == nil)
        await lease.release()
    }
}
