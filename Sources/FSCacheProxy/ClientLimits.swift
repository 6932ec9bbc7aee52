#if Proxy
import HTTPTypes
import NIOCore

/// How long the clients of a proxy may take, and how many there may be.
package struct ClientLimits: Sendable {
    /// How long a connection stays open without a request.
    package var idle: Duration
    /// How long the head of a request may take, from its first byte.
    package var head: Duration
    /// How long a client may send nothing of the content of its request, or read nothing of the response.
    package var stall: Duration
    /// The number of connections, beyond which new ones wait until others end.
    package var connectionCount: Int

    package init(
        idle: Duration = .seconds(60),
        head: Duration = .seconds(30),
        stall: Duration = .seconds(60),
        connectionCount: Int = 1024
    ) {
        self.idle = idle
        self.head = head
        self.stall = stall
        self.connectionCount = connectionCount
    }

    func time(for task: ClientTask) -> TimeAmount {
        switch task {
        case .idling: TimeAmount(idle)
        case .sendingHead: TimeAmount(head)
        case .sendingContent, .reading: TimeAmount(stall)
        }
    }
}

/// What a client has to do next.
enum ClientTask {
    /// Send a request, whenever it likes to.
    case idling
    /// Send the rest of the head of a request.
    case sendingHead
    /// Send more of the content of a request.
    case sendingContent
    /// Read a response, of which a number of bytes had not been sent when it began.
    case reading(Int)
}

/// Thrown when the content of a request stops arriving.
struct SlowClient: Error {}

/// Thrown when the content of a request isn't what its framing says (RFC 9112 §7.1).
struct InvalidContent: Error {}

/// Accepts no more connections while there are as many as allowed.
///
/// The system keeps new ones waiting, so their clients need not try again.
final class ConnectionLimitHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let limit: Int
    private var count = 0
    private var isHoldingRead = false

    init(_ limit: Int) {
        self.limit = limit
    }

    func read(context: ChannelHandlerContext) {
        isHoldingRead = count >= limit
        if !isHoldingRead { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in
            self.count -= 1
            guard self.isHoldingRead, context.channel.isActive else { return }
            self.read(context: context)
        }
        context.fireChannelRead(data)
    }
}
#endif
