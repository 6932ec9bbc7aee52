#if Proxy
import FSCacheAsyncHTTPClient
import NIOCore
import NIOExtras
import NIOHTTP1

/// Follows the messages on a client's connection, behind NIO's coders.
///
/// It tells a `HeadOctetsHandler` where heads begin and end, and closes the connection when the server stops: at once
/// where no request is under way, and else with the last response.
final class ServerMessageHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let octets: HeadOctetsHandler
    /// How many requests have come that are not answered to the end.
    private var pendingCount = 0
    private var isStopping = false
    /// Whether the client knows that the connection ends with the response at hand.
    private var isLast = false

    private init(_ octets: HeadOctetsHandler) {
        self.octets = octets
    }

    /// Adds it to a new connection.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let octets = HeadOctetsHandler()
        try pipeline.addHandler(octets, position: .before(encoder))
        try pipeline.addHandler(ServerMessageHandler(octets), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            octets.readsHead = false
            pendingCount += 1
        case .body: break
        case .end: octets.readsHead = true
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isStopping = true
            if pendingCount == 0 { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            octets.writesHead = true
            guard isStopping, pendingCount == 1, !head.isInterim else { break }
            isLast = true
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: break
        case .end:
            pendingCount -= 1
            guard isLast || (isStopping && pendingCount == 0) else { break }
            let written = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
            return context.write(data, promise: written)
        }
        context.write(data, promise: promise)
    }
}
#endif
