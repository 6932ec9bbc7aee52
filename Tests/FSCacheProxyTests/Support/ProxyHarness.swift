#if Proxy
import FSCache
import FSCacheAsyncHTTPClient
import FSCacheFixtures
import Foundation
import Synchronization
import TestSupport

@testable import FSCacheProxy

/// A proxy in this process, on a free port of the loopback interface.
struct ProxyHarness: Sendable {
    let port: Int
    let backend: MemoryBackend
    /// The directory of the fixture that is recorded or replayed.
    let fixture: String
    let clock: TestClock
    let lines: Lines

    /// Connects to the proxy.
    func connect() throws -> RawClient { try RawClient(port: port) }

    /// Sends one request on a new connection.
    func exchange(_ text: String) async throws -> RawClient.Response {
        try await connect().exchange(text)
    }

    /// Requests a path like a client that doesn't know about the proxy.
    func get(_ path: String, _ fields: String = "") async throws -> RawClient.Response {
        try await exchange("GET \(path) HTTP/1.1\nHost: example.com\n\(fields)\n")
    }

    /// The lines of the access log so far.
    var log: [AccessLogLine] { lines.all }

    /// Waits until the access log has a number of lines, because each is written after its response.
    func log(count: Int) async -> [AccessLogLine] {
        await lines.reached(count)
        return log
    }

    /// The lines of an access log, and the tests that wait for them.
    final class Lines: Sendable {
        private let state = Mutex<(lines: [AccessLogLine], waiting: [(count: Int, gate: Gate)])>(([], []))

        var all: [AccessLogLine] { state.withLock { $0.lines } }

        func append(_ line: AccessLogLine) {
            state.withLock { state in
                state.lines.append(line)
                for (count, gate) in state.waiting where count <= state.lines.count { gate.open() }
            }
        }

        func reached(_ count: Int) async {
            let gate = Gate()
            state.withLock { state in
                if state.lines.count >= count { gate.open() } else { state.waiting.append((count, gate)) }
            }
            await gate.opened()
        }
    }
}

/// Runs a proxy while the closure runs.
///
/// - Parameters:
///   - origin: The origin's URL, or `nil` for a forward proxy.
///   - mode: Whether and how it uses the origin.
///   - isShared: Whether it is a shared cache.
///   - backend: The store.
///   - fixture: The directory of the fixture to record or to replay. Default: a new one.
///   - clock: The clock.
///   - trustsForwarded: Whether clients may claim to be gateways.
///   - limits: How long clients may take, and how many there may be.
///   - change: Changes the settings of the mode.
///   - fixtureSettings: What is recorded, and how requests find it.
///   - body: Uses the proxy.
/// - Returns: The result of the closure.
/// - Throws: The error of the closure.
func withProxy<Result: Sendable>(
    to origin: URL?,
    mode: ProxyMode = .normal,
    isShared: Bool = true,
    backend: MemoryBackend = MemoryBackend(),
    fixture: String? = nil,
    clock: TestClock = TestClock(Date()),
    trustsForwarded: Bool = false,
    limits: ClientLimits = ClientLimits(),
    settings change: (inout CacheSettings) -> Void = { _ in },
    fixtureSettings: FixtureSettings = FixtureSettings(),
    _ body: @escaping @Sendable (ProxyHarness) async throws -> Result
) async throws -> Result {
    var settings = mode.settings(isShared: isShared)
    change(&settings)
    let scratch = try ScratchDirectory()
    defer { withExtendedLifetime(scratch) {} }
    let fixture = fixture ?? scratch("Recorded")
    func cached(_ transport: some HTTPTransport) -> CachedSession {
        let cache = ResponseCache(backend: backend, settings: settings)
        // A later proxy may use the same store.
        return CachedSession(cache: cache, transport: transport, autoclose: false, now: clock.source)
    }
    let network = AsyncHTTPClientTransport.origin(timeout: .seconds(60))
    let session =
        switch mode {
        case .normal: cached(network)
        case .offline: cached(OfflineTransport(explainsMisses: false))
        case .record, .replay: try mode.fixtureSession(fixture, fixtureSettings, network: network)
        }
    let lines = ProxyHarness.Lines()
    let server = try await ProxyServer(
        host: "127.0.0.1",
        port: 0,
        target: try origin.map { try ProxyTarget(origin: $0.absoluteString) } ?? .anywhere,
        mode: mode,
        session: session,
        trustsForwarded: trustsForwarded,
        limits: limits,
        log: { lines.append($0) }
    )
    let stop = Gate()
    async let ended: Void = server.run(until: { await stop.opened() }, grace: .seconds(5))
    defer { stop.open() }
    let harness = ProxyHarness(port: server.port, backend: backend, fixture: fixture, clock: clock, lines: lines)
    let result = try await body(harness)
    stop.open()
    try await ended
    return result
}

/// Runs an origin and a proxy for it.
func withOriginAndProxy<Result: Sendable>(
    _ handler: @escaping Origin.Handler = Origin.site,
    expect: @escaping Origin.ExpectationHandler = { _ in .meet },
    isShared: Bool = true,
    _ body: @escaping @Sendable (Origin, ProxyHarness) async throws -> Result
) async throws -> Result {
    try await withOrigin(handler, expect: expect) { origin in
        try await withProxy(to: origin.url(), isShared: isShared) { proxy in try await body(origin, proxy) }
    }
}
#endif
