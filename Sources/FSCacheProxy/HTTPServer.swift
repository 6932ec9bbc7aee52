#if Proxy
import NIOCore
import NIOExtras
import NIOPosix

/// An HTTP/1.1 server: it hands each request to a responder, and writes what that answers.
///
/// Connections are kept alive, requests that are pipelined are answered one after the other, and slow clients push back
/// on the responder.
struct HTTPServer: Sendable {
    typealias Responder = @Sendable (ServerRequest) async -> ServerResponse
    private typealias Listener = NIOAsyncChannel<ServerConnection, Never>

    private let listener: Listener
    private let quiescing: ServerQuiescingHelper

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - host: The address, or a name that has one.
    ///   - port: The port; 0 for any that is free.
    ///   - group: Where connections are served.
    /// - Throws: When it can't be listened there.
    init(host: String, port: Int, group: any EventLoopGroup) async throws {
        let quiescing = ServerQuiescingHelper(group: group)
        self.quiescing = quiescing
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try ServerConnectionHandler.install(in: channel) }
            }
    }

    /// Where it listens.
    var address: SocketAddress? { listener.channel.localAddress }

    /// Serves until it is told to stop.
    ///
    /// - Parameters:
    ///   - stop: Waits until it is time to stop: no new connections are taken then, and those that are idle are closed.
    ///   - grace: How long requests that are under way have to end after that.
    ///   - log: Is told of each request.
    ///   - respond: Answers a request.
    /// - Throws: When no connections can be taken any more.
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
            // Serving ends when all connections have, or when it fails; waiting ends when the time is up.
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
