#if AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Tells of the interim responses on an HTTP/1.1 connection, which serves one request at a time.
///
/// It stands behind NIO's coders, and before what drops those responses.
final class InterimResponseHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let exchanges: InterimExchanges
    /// The request that is served, if somebody wants to be told.
    private var exchange: String?

    private init(_ exchanges: InterimExchanges) {
        self.exchanges = exchanges
    }

    /// Adds it to a new connection.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations, _ exchanges: InterimExchanges) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(InterimResponseHandler(exchanges), position: .after(decoder))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        exchange = head.headers.first(name: exchanges.fieldName)
        guard exchange != nil else { return context.write(data, promise: promise) }
        head.headers.remove(name: exchanges.fieldName)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let exchange, case .head(let head) = unwrapInboundIn(data) {
            if head.isInterim {
                if let response = try? HTTPResponse(head) { exchanges.receiver(of: exchange)?(response) }
            } else {
                self.exchange = nil
            }
        }
        context.fireChannelRead(data)
    }
}

extension HTTPResponseHead {
    /// Whether another head follows (RFC 9110 §15.2): not after 101, which ends HTTP on the connection.
    var isInterim: Bool { (100...199).contains(status.code) && status != .switchingProtocols }
}
#endif
