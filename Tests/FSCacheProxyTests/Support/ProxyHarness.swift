#if Proxy
import FSCache
import FSCacheAsyncHTTPClient
import Foundation
import Synchronization
import TestSupport

@testable import FSCacheProxy

/// A proxy in this process, on a free port of the loopback interface.
struct ProxyHarness: Sendable {
    let port: Int
    let backend: MemoryBackend
    let clock: TestClock
    let lines: Lines

    /// Connects to it.
    func connect() throws -> RawClient { try RawClient(port: port) }

    /// Sends one request on a connection of its own.
    func exchange(_ text: String) async throws -> RawClient.Response {
        try await connect().exchange(text)
    }

    /// Asks for a path, as a client does that takes the proxy for the origin.
    func get(_ path: String, _ fields: String = "") async throws -> RawClient.Response {
        try await exchange("GET \(path) HTTP/1.1\nHost: example.com\n\(fields)\n")
    }

    /// What the access log says so far.
    var log: [AccessLogLine] { lines.all }

    /// Waits until the access log has so many lines: the last one is written after its response.
    func log(count: Int) async -> [AccessLogLine] {
        await lines.reached(count)
        return log
    }

    /// Lines of an access log, and those who wait for them.
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

/// Runs a proxy for as long as the closure does.
///
/// - Parameters:
///   - origin: The origin's URL; `nil` to go wherever clients say.
///   - mode: What it does about the origin.
///   - isShared: By which rules it caches.
///   - backend: What it stores into.
///   - clock: What it takes the time from.
///   - body: Uses the proxy.
/// - Returns: What the closure returns.
/// - Throws: What the closure throws.
func withProxy<Result: Sendable>(
    to origin: URL?,
    mode: ProxyMode = .normal,
    isShared: Bool = true,
    backend: MemoryBackend = MemoryBackend(),
    clock: TestClock = TestClock(Date()),
    _ body: @escaping @Sendable (ProxyHarness) async throws -> Result
) async throws -> Result {
    let cache = ResponseCache(backend: backend, settings: mode.settings(isShared: isShared))
    // Another proxy may go on with what is stored.
    let session =
        mode.asksOrigin
        ? CachedSession(
            cache: cache,
            transport: .origin(timeout: .seconds(60)),
            autoclose: false,
            now: clock.source
        ) : CachedSession(cache: cache, transport: OfflineTransport(), autoclose: false, now: clock.source)
    let lines = ProxyHarness.Lines()
    let server = try await ProxyServer(
        host: "127.0.0.1",
        port: 0,
        target: try origin.map { try ProxyTarget(origin: $0.absoluteString) } ?? .anywhere,
        mode: mode,
        session: session,
        log: { lines.append($0) }
    )
    let stop = Gate()
    async let ended: Void = server.run(until: { await stop.opened() }, grace: .seconds(5))
    defer { stop.open() }
    let harness = ProxyHarness(port: server.port, backend: backend, clock: clock, lines: lines)
    let result = try await body(harness)
    stop.open()
    try await ended
    return result
}

/// Runs an origin and a proxy before it.
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
