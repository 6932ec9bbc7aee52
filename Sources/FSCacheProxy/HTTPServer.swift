#if Proxy
import NIOCore
import NIOExtras
import NIOPosix

/// An HTTP/1.1 server that passes each request to a responder and writes its response.
///
/// It supports persistent connections, pipelining, and backpressure from slow clients to the responder.
struct HTTPServer: Sendable {
    typealias Responder = @Sendable (ServerRequest) async -> ServerResponse
    private typealias Listener = NIOAsyncChannel<ServerConnection, Never>

    private let listener: Listener
    private let quiescing: ServerQuiescingHelper

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - host: The address or host name.
    ///   - port: The port. 0 means any free port.
    ///   - limits: How long clients may take, and how many there may be.
    ///   - group: The event loops that serve connections.
    /// - Throws: If it can't listen.
    init(host: String, port: Int, limits: ClientLimits, group: any EventLoopGroup) async throws {
        let quiescing = ServerQuiescingHelper(group: group)
        self.quiescing = quiescing
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Otherwise several connections would be accepted before they are counted.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                    try pipeline.addHandler(ConnectionLimitHandler(limits.connectionCount))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try ServerConnectionHandler.install(in: channel, limits) }
            }
    }

    /// The address that the server listens on.
    var address: SocketAddress? { listener.channel.localAddress }

    /// Serves until it is stopped.
    ///
    /// - Parameters:
    ///   - stop: Returns when the server should stop. It then accepts no connections and closes idle ones.
    ///   - grace: How long to wait for requests after that.
    ///   - log: Receives a line for each request.
    ///   - respond: Answers a request.
    /// - Throws: If it can no longer accept connections.
    func run(
        until stop: @escaping @Sendable () async -> Void,
        grace: Duration,
        log: AccessLog?,
        respond: @escaping Responder
    ) async throws {
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await serve(log, respond) }
            tasks.addTask {
                await stop()
                quiescing.initiateShutdown(promise: nil)
                try await Task.sleep(for: grace)
            }
            // The first task to finish ends serving: all connections have ended, accepting failed, or the time is up.
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private func serve(_ log: AccessLog?, _ respond: @escaping Responder) async throws {
        try await withThrowingDiscardingTaskGroup { tasks in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    tasks.addTask { await connection.serve(log: log, respond) }
                }
            }
        }
    }
}
#endif
