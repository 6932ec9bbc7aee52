#if Proxy
import FSCacheAsyncHTTPClient
import NIOCore
import NIOExtras
import NIOHTTP1

/// Reports the events of a channel to its connection.
///
/// It is the last handler, after NIO's request decoder. There is no encoder, because a connection writes bytes. It
/// tells the `HeadOctetsHandler` before the decoder where heads begin and end.
final class ServerConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer

    private let connection: ServerConnection
    private let octets = HeadOctetsHandler()

    private init(_ connection: ServerConnection) {
        self.connection = connection
    }

    /// Makes the connection of a new channel.
    static func install(in channel: any Channel, _ limits: ClientLimits) throws -> ServerConnection {
        let connection = ServerConnection(channel, limits)
        let handler = ServerConnectionHandler(connection)
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers(handler.octets, decoder, handler)
        // Written bytes bypass these handlers.
        let output = try pipeline.context(handler: handler.octets).loopBound
        connection.assumeIsolated { $0.write(to: output) }
        return connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head: octets.readsHead = false
        case .body: break
        case .end: octets.readsHead = true
        }
        connection.assumeIsolated { $0.receive(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.assumeIsolated { $0.hasRead() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if connection.assumeIsolated({ $0.mayRead() }) { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection.assumeIsolated { $0.drain() } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.assumeIsolated { $0.end() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { connection.assumeIsolated { $0.stop() } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // More bytes after an invalid message: its response is on the way.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        connection.assumeIsolated { $0.fail(error) }
    }
}

/// Runs an actor and its tasks on an event loop.
///
/// It is also a task executor, because a continuation first resumes on the executor that its task prefers, and then on
/// the actor's. If they are the same, that takes one turn of the event loop.
final class EventLoopExecutor: SerialExecutor, TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute {
            unsafe job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor()
            )
        }
    }

    func checkIsolated() {
        eventLoop.preconditionInEventLoop()
    }
}
#endif
