#if Proxy
import AsyncHTTPClient
package import FSCache
import FSCacheAsyncHTTPClient
import Foundation
package import HTTPTypes
import NIOCore

/// The transport of a proxy: what the origin sends is what comes.
///
/// Content codings are left as they are, and no cookies are kept. Informational responses do not come through.
///
/// An origin may close a connection that it has kept at the moment when the next request is on its way. Such a request
/// is sent once more where that does no harm: its method is idempotent, and its content, if any, is still there
/// (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
package struct OriginTransport: HTTPTransport {
    private let transport: AsyncHTTPClientTransport

    /// Makes the transport.
    ///
    /// - Parameter timeout: For how long the origin may send nothing at all.
    package init(timeout: Duration) {
        var configuration = HTTPClient.Configuration()
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        configuration.timeout.read = .nanoseconds(Int64(timeout / .nanoseconds(1)))
        // Each connection of a client may need one at the same time.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        // Many servers close a connection that has been idle for five seconds: who closes it first is spared the race.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // A client waits for the answer, and so does a stale response.
        configuration.connectionPool.retryConnectionEstablishment = false
        transport = AsyncHTTPClientTransport(configuration: configuration)
    }

    package func send(_ request: HTTPRequest, body: HTTPBody?) async throws -> TransportResponse {
        do {
            return try await transport.send(request, body: body)
        } catch {
            guard Self.isRepeatable(request, body), Self.isClosing(error) else { throw error }
            return try await transport.send(request, body: body)
        }
    }

    /// Whether it does no harm if the origin has got the request already.
    private static func isRepeatable(_ request: HTTPRequest, _ body: HTTPBody?) -> Bool {
        idempotentMethods.contains(request.method) && (body == nil || body?.bytes != nil)
    }

    private static let idempotentMethods: Set<HTTPRequest.Method> = [.get, .head, .options, .trace, .put, .delete]

    /// Whether an error says that the connection ended before there was a response.
    private static func isClosing(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel
        case let error as IOError: error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
        default: false
        }
    }
}

extension HTTPTransport where Self == OriginTransport {
    /// The transport of a proxy.
    ///
    /// - Parameter timeout: For how long the origin may send nothing at all.
    /// - Returns: The transport.
    package static func origin(timeout: Duration) -> OriginTransport { OriginTransport(timeout: timeout) }
}
#endif
