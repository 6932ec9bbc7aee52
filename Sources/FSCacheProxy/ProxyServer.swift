#if Proxy
package import FSCache
import NIOCore
import NIOPosix

/// An HTTP proxy that caches: requests in, through a session, responses out.
package struct ProxyServer: Sendable {
    private let server: HTTPServer
    private let session: CachedSession
    private let target: ProxyTarget
    private let mode: ProxyMode
    private let log: AccessLog?

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port; 0 for any that is free.
    ///   - target: Where requests go.
    ///   - mode: What is done about the origin.
    ///   - session: What answers; its settings should be those of the mode.
    ///   - log: Is told of each request.
    /// - Throws: When it can't be listened there.
    package init(
        host: String,
        port: Int,
        target: ProxyTarget,
        mode: ProxyMode,
        session: CachedSession,
        log: AccessLog? = nil
    ) async throws {
        self.session = session
        self.target = target
        self.mode = mode
        self.log = log
        server = try await HTTPServer(host: host, port: port, group: .singletonMultiThreadedEventLoopGroup)
    }

    /// The port that it listens on.
    package var port: Int { server.address?.port ?? 0 }

    /// The URL that it listens on.
    package var url: String {
        let host = server.address?.ipAddress ?? ""
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Sets how many threads serve connections, before the first one does.
    ///
    /// - Parameter count: How many; by default as many as there are cores.
    package static func useThreads(_ count: Int) { NIOSingletons.groupLoopCountSuggestion = count }

    /// Serves until it is told to stop, and closes the session then.
    ///
    /// - Parameters:
    ///   - stop: Waits until it is time to stop.
    ///   - grace: How long requests that are under way, and what is refreshed in the background, have to end after that.
    /// - Throws: When no connections can be taken any more.
    package func run(until stop: @escaping @Sendable () async -> Void, grace: Duration) async throws {
        let proxy = CachingProxy(
            session: session,
            target: target,
            mode: mode,
            ownAddresses: OwnAddresses(server.address)
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

/// When a server was told to stop.
private actor Stopped {
    private(set) var time = ContinuousClock.now

    func note() { time = .now }
}
#endif
