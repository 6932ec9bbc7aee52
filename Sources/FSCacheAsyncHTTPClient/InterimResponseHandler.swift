#if AsyncHTTPClient
import FSCache
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// Reports the interim responses on an HTTP/1.1 connection, which serves one request at a time.
///
/// It is between NIO's coders and the handlers of `HTTPClient`, which drop interim responses.
final class InterimResponseHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let exchanges: InterimExchanges
    /// The request that the connection serves, if it has a receiver.
    private var exchange: String?

    private init(_ exchanges: InterimExchanges) {
        self.exchanges = exchanges
    }

    /// Adds a handler to a new connection.
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

/// The receivers of interim responses, by request.
///
/// `HTTPClient` does not report interim responses, but it allows handlers on its connections. A header field tells the
/// handler which request a connection serves; the handler removes the field before the request is sent.
final class InterimExchanges: Sendable {
    /// The name of that field, which is random to avoid collisions.
    let fieldName = "fscache-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    private let state = Mutex<(lastID: Int, receivers: [String: InterimResponses.Receiver])>((0, [:]))

    /// Adds a request.
    ///
    /// - Parameter receiver: Called for each interim response.
    /// - Returns: The value of the header field that the request must carry.
    func begin(_ receiver: @escaping InterimResponses.Receiver) -> String {
        state.withLock { state in
            state.lastID += 1
            let id = "\(state.lastID)"
            state.receivers[id] = receiver
            return id
        }
    }

    /// The receiver of a request's interim responses; `nil` once the request has ended.
    func receiver(of id: String) -> InterimResponses.Receiver? {
        state.withLock { $0.receivers[id] }
    }

    /// Removes a request.
    func end(_ id: String) {
        state.withLock { $0.receivers[id] = nil }
    }
}
#endif
