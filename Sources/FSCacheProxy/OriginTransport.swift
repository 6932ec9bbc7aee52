#if Proxy
import AsyncHTTPClient
package import FSCache
package import FSCacheAsyncHTTPClient
import NIOCore

extension HTTPTransport where Self == AsyncHTTPClientTransport {
    /// The transport of a proxy: what the origin sends is what comes.
    ///
    /// Content codings are left as they are, no cookies are kept, and interim responses are told of.
    ///
    /// - Parameter timeout: For how long the origin may send nothing at all.
    /// - Returns: The transport.
    package static func origin(timeout: Duration) -> AsyncHTTPClientTransport {
        var configuration = HTTPClient.Configuration()
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        configuration.timeout.read = .nanoseconds(Int64(timeout / .nanoseconds(1)))
        // Each connection of a client may need one at the same time.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        // Many servers close a connection that has been idle for five seconds. Who closes it first is spared the race, in
        // which a request might be lost: it is never sent twice.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // A client waits for the answer, and so does a stale response.
        configuration.connectionPool.retryConnectionEstablishment = false
        return AsyncHTTPClientTransport(configuration: configuration)
    }
}
#endif
