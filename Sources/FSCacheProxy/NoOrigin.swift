#if Proxy
package import FSCache
package import HTTPTypes

/// The transport of a proxy that never asks its origin.
package struct NoOrigin: HTTPTransport {
    /// What it throws.
    struct Unasked: Error, CustomStringConvertible {
        var description: String { "The origin was not to be asked." }
    }

    /// Makes it.
    package init() {}

    /// Throws.
    package func send(_ request: HTTPRequest, body: HTTPBody?) async throws -> TransportResponse {
        throw Unasked()
    }
}
#endif
