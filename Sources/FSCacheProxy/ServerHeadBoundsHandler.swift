#if Proxy
import FSCacheAsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Tells a `HeadOctetsHandler` where the heads of a client's requests begin and end.
///
/// It stands behind NIO's coders, and changes nothing.
final class ServerHeadBoundsHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let octets: HeadOctetsHandler

    private init(_ octets: HeadOctetsHandler) {
        self.octets = octets
    }

    /// Makes a new connection carry fields byte by byte.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let octets = HeadOctetsHandler()
        try pipeline.addHandler(octets, position: .before(encoder))
        try pipeline.addHandler(ServerHeadBoundsHandler(octets), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: octets.readsHead = false
        case .body: break
        case .end: octets.readsHead = true
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) { octets.writesHead = true }
        context.write(data, promise: promise)
    }
}
#endif
