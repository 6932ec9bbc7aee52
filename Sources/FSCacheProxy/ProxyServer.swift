#if Proxy
package import FSCache
import NIOCore
import NIOPosix

/// A caching HTTP proxy.
package struct ProxyServer: Sendable {
    private let server: HTTPServer
    private let session: CachedSession
    private let target: ProxyTarget
    private let mode: ProxyMode
    private let trustsForwarded: Bool
    private let log: AccessLog?

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port. 0 means any free port.
    ///   - target: Where requests are sent.
    ///   - mode: When the origin is asked.
    ///   - session: Answers the requests. Its settings should be those of the mode.
    ///   - trustsForwarded: Whether an origin gets the fields by which the client claims to be a gateway, such as
    ///     `X-Forwarded-For`.
    ///   - limits: How long clients may take, and how many there may be.
    ///   - log: Receives a line for each request.
    /// - Throws: If it can't listen.
    package init(
        host: String,
        port: Int,
        target: ProxyTarget,
        mode: ProxyMode,
        session: CachedSession,
        trustsForwarded: Bool = false,
        limits: ClientLimits = ClientLimits(),
        log: AccessLog? = nil
    ) async throws {
        self.session = session
        self.target = target
        self.mode = mode
        self.trustsForwarded = trustsForwarded
        if let log {
            self.log = { line in log(line.redacted(session.matching)) }
        } else {
            self.log = nil
        }
        server = try await HTTPServer(
            host: host,
            port: port,
            limits: limits,
            group: .singletonMultiThreadedEventLoopGroup
        )
    }

    /// The port that the proxy listens on.
    package var port: Int { server.address?.port ?? 0 }

    /// The URL that the proxy listens on.
    package var url: String {
        let host = server.address?.ipAddress ?? ""
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Sets the number of threads that serve connections.
    ///
    /// Call it before a server starts.
    ///
    /// - Parameter count: The number. Default: one for each core.
    package static func useThreads(_ count: Int) { NIOSingletons.groupLoopCountSuggestion = count }

    /// Serves until it is stopped, then closes the session.
    ///
    /// - Parameters:
    ///   - stop: Returns when the server should stop.
    ///   - grace: How long to wait for requests and background refreshes after that.
    /// - Throws: If it can no longer accept connections.
    package func run(until stop: @escaping @Sendable () async -> Void, grace: Duration) async throws {
        let proxy = CachingProxy(
            session: session,
            target: target,
            mode: mode,
            ownAddresses: OwnAddresses(server.address),
            trustsForwarded: trustsForwarded
        )
        let stopped = Stopped()
        try await server.run(
            until: {
                await stop()
                await stopped.note()
            },
            grace: grace,
            log: log,
            respond: proxy.respond(to:)
        )
        let deadline = await stopped.time.advanced(by: grace)
        await withTaskGroup { tasks in
            tasks.addTask { await session.close() }
            tasks.addTask { try? await Task.sleep(until: deadline) }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}

/// The time when a server was stopped.
private actor Stopped {
    private(set) var time = ContinuousClock.now

    func note() { time = .now }
}
#endif
