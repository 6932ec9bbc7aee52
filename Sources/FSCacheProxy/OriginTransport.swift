#if Proxy
import AsyncHTTPClient
package import FSCache
package import FSCacheAsyncHTTPClient
import NIOCore

extension HTTPTransport where Self == AsyncHTTPClientTransport {
    /// The transport of a proxy, which doesn't change responses.
    ///
    /// It doesn't decode content or keep cookies, and it reports interim responses.
    ///
    /// - Parameter timeout: How long to wait for data from the origin.
    /// - Returns: The transport.
    package static func origin(timeout: Duration) -> AsyncHTTPClientTransport {
        var configuration = HTTPClient.Configuration()
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        configuration.timeout.read = TimeAmount(timeout)
        // Each client connection may need one.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        // Many servers close a connection after five idle seconds. Closing it earlier avoids a race that would lose a
        // request that must not be sent twice.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // A retry would keep the client waiting, although a stale response may be available.
        configuration.connectionPool.retryConnectionEstablishment = false
        return AsyncHTTPClientTransport(configuration: configuration)
    }
}
#endif
