import FSCacheTesting
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import FSCache

@Suite("Requests of several processes")
struct LeasingTests {
    private static let url = SessionUnderTest.url

    /// Sessions that share nothing but a store, as processes do, and their origin.
    private struct Processes {
        let store = LeasingStore()
        let transport: ScriptedTransport
        let sessions: [CachedSession]
        let log = LogRecorder()

        init(
            _ count: Int,
            change: (inout CacheSettings) -> Void = { _ in },
            respond: @escaping @Sendable (ScriptedTransport.Exchange) async throws -> TransportResponse
        ) {
            var settings = CacheSettings(collapsesAcrossProcesses: true)
            change(&settings)
            let transport = ScriptedTransport(respond)
            self.transport = transport
            self.sessions = (0..<count).map { [store, log] _ in
                CachedSession(
                    cache: ResponseCache(backend: store, settings: settings, logger: log.logger),
                    transport: transport
                )
            }
        }

        /// Sends requests from all sessions at a time.
        func get(each count: Int = 1) async throws -> [String] {
            try await withThrowingTaskGroup(of: String.self) { group in
                for session in sessions {
                    for _ in 0..<count { group.addTask { try await session.get(LeasingTests.url).text() } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    @Test("Concurrent misses of many processes make one request")
    func oneRequest() async throws {
        let gate = Gate()
        let processes = Processes(8) { exchange in
            await gate.opened()
            return TransportResponse(body: "\(exchange.ordinal)")
        }
        async let texts = processes.get(each: 50)
        await processes.store.asked(8)
        gate.open()
        try await #expect(texts == Array(repeating: "1", count: 400))
        #expect(processes.transport.count == 1)
        #expect(processes.store.leases.isEmpty)
    }

    @Test("By default, each process makes its own request")
    func offByDefault() async throws {
        let processes = Processes(3, change: { $0.collapsesAcrossProcesses = false }) { exchange in
            TransportResponse(body: "\(exchange.ordinal)")
        }
        _ = try await processes.get()
        #expect(processes.store.askedCount == 0)
    }

    @Test("A response that isn't stored is fetched by each process for itself, one after the other at most once")
    func sharesNothingPrivate() async throws {
        let processes = Processes(4, change: { $0.allowableCodes = [404] }) { exchange in
            TransportResponse(body: "\(exchange.ordinal)")
        }
        try await #expect(Set(processes.get()) == ["1", "2", "3", "4"])
        // Each process now remembers that, and doesn't wait again.
        let count = processes.store.askedCount
        try await #expect(Set(processes.get()) == ["5", "6", "7", "8"])
        #expect(processes.store.askedCount == count && processes.store.leases.isEmpty)
    }

    @Test("If the process with the lease fails, another one makes the request")
    func handsOver() async throws {
        struct Broken: Error {}
        let processes = Processes(2) { exchange in
            if exchange.ordinal == 1 { throw Broken() }
            return TransportResponse(body: "\(exchange.ordinal)")
        }
        await #expect(throws: Broken.self) { try await processes.sessions[0].get(Self.url) }
        try await #expect(processes.sessions[1].get(Self.url).text() == "2")
        #expect(processes.store.leases.isEmpty)
    }

    @Test("A store that can't give a lease doesn't keep a request from the origin", arguments: [true, false])
    func survives(isBroken: Bool) async throws {
        let processes = Processes(1) { TransportResponse(body: "\($0.ordinal)") }
        processes.store.answer = isBroken ? .failure : .refusal
        try await #expect(processes.sessions[0].get(Self.url).text() == "1")
        #expect(processes.log.lines.contains { $0.contains("not collapsed") })
    }

    @Test("A stream holds its lease until its response is stored")
    func holdsForStreams() async throws {
        let (parts, origin) = AsyncThrowingStream<Data, any Error>.makeStream()
        let processes = Processes(1) { _ in
            TransportResponse(head: HTTPResponse(status: .ok), body: MessageBody(parts))
        }
        let response = try await processes.sessions[0].stream(HTTPRequest(url: Self.url))
        let ended = try response.ended
        #expect(processes.store.leases.count == 1)
        origin.yield(Data("content".utf8))
        origin.finish()
        try await #expect(response.body.collect() == Data("content".utf8))
        await ended.opened()
        await processes.sessions[0].backgroundTasks.drain()
        #expect(processes.store.leases.isEmpty)
    }

    @Test("A cancelled request stops waiting for another process, and the next one does not")
    func stopsWaiting() async throws {
        let processes = Processes(1) { TransportResponse(body: "\($0.ordinal)") }
        let key = try processes.sessions[0].cache.key(for: HTTPRequest(url: Self.url))
        let held = try #require(try await processes.store.lease(key, for: .seconds(3600)))
        let waiting = Task { try await processes.sessions[0].get(Self.url).text() }
        await processes.store.asked(2)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        async let next = processes.sessions[0].get(Self.url).text()
        await processes.store.asked(3)
        await held.release()
        try await #expect(next == "1")
    }
}

/// A store in memory that gives leases, which end only when they are released.
private final class LeasingStore: LeasingBackend {
    enum Answer { case lease, refusal, failure }

    private struct State {
        var answer = Answer.lease
        var askedCount = 0
        var leases: Set<CacheKey> = []
    }

    private let base = MemoryBackend()
    private let state = Mutex(State())

    var answer: Answer {
        get { state.withLock { $0.answer } }
        set { state.withLock { $0.answer = newValue } }
    }
    var askedCount: Int { state.withLock { $0.askedCount } }
    var leases: Set<CacheKey> { state.withLock { $0.leases } }

    /// Waits until leases have been asked for a number of times.
    func asked(_ count: Int) async {
        while askedCount < count { await Task.yield() }
    }

    func lease(_ key: CacheKey, for duration: Duration) async throws -> EntryLease? {
        state.withLock { $0.askedCount += 1 }
        switch answer {
        case .refusal: return nil
        case .failure: throw FSCacheError(.storeFailed, "This store gives no leases.")
        case .lease: break
        }
        while !state.withLock({ $0.leases.insert(key).inserted }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        return EntryLease { self.state.withLock { _ = $0.leases.remove(key) } }
    }

    func read(_ key: CacheKey) async throws -> EncodedEntry? { try await base.read(key) }
    func write(_ entry: EncodedEntry, for key: CacheKey) async throws { try await base.write(entry, for: key) }
    func remove(_ key: CacheKey) async throws -> Bool { try await base.remove(key) }
    func list(prefix: String) -> AsyncThrowingStream<EntryListing, any Error> { base.list(prefix: prefix) }
    func close() async { await base.close() }
}
