#if Proxy
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix

/// An HTTP/1.1 server: it hands each request to a responder, and writes what that answers.
///
/// Connections are kept alive, requests that are pipelined are answered one after the other, and slow clients push back
/// on the responder.
struct HTTPServer: Sendable {
    typealias Responder = @Sendable (ServerRequest) async -> ServerResponse
    typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    private typealias Listener = NIOAsyncChannel<Connection, Never>

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
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    var encoding = HTTPResponseEncoder.Configuration()
                    // It knows nothing of the request, and would frame the body that an answer to HEAD doesn't have.
                    encoding.automaticallySetFramingHeaders = false
                    // One request at a time is taken from the connection, so they need no help to be answered in
                    // order; and fields are checked where they are made: HTTPTypes lets no line end into them.
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false,
                        withErrorHandling: false,
                        withOutboundHeaderValidation: false,
                        withEncoderConfiguration: encoding
                    )
                    try ServerMessageHandler.install(in: pipeline)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
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
                    let served = ServerConnection(connection, respond: respond, log: log)
                    let executor = EventLoopExecutor(connection.channel.eventLoop)
                    tasks.addTask(executorPreference: executor) { await served.serve() }
                }
            }
        }
    }
}
#endif
