#if Proxy
import FSCacheAsyncHTTPClient
import NIOCore
import NIOExtras
import NIOHTTP1

/// Tells a connection what happens on its channel.
///
/// It stands behind NIO's decoder of requests, and before nothing: a connection writes bytes. It tells a
/// `HeadOctetsHandler`, which stands before the decoder, where heads begin and end.
final class ServerConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer

    private let connection: ServerConnection
    private let octets = HeadOctetsHandler()

    private init(_ connection: ServerConnection) {
        self.connection = connection
    }

    /// Makes a connection of a new channel.
    static func install(in channel: any Channel) throws -> ServerConnection {
        let connection = ServerConnection(channel)
        let handler = ServerConnectionHandler(connection)
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers(handler.octets, decoder, handler)
        // What is written is bytes already, and no concern of these.
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
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        connection.assumeIsolated { $0.fail(error) }
    }
}
#endif
