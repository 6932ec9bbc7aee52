#if AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Tells a ``HeadOctetsHandler`` where heads begin and end.
///
/// It stands behind NIO's coders, and changes nothing.
final class HeadBoundsHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let octets: HeadOctetsHandler

    private init(_ octets: HeadOctetsHandler) {
        self.octets = octets
    }

    /// Makes a new HTTP/1.1 connection carry fields byte by byte.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        let octets = HeadOctetsHandler()
        try pipeline.addHandler(octets, position: .before(encoder))
        try pipeline.addHandler(HeadBoundsHandler(octets), position: .after(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): octets.readsHead = head.isInterim
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
