import FSCache
import HTTPTypes

/// A transport without a network: it answers at once, or must never be asked.
enum ScriptedTransport: HTTPTransport {
    /// Answers each request with the sample response.
    case answering
    /// Throws: what reaches it should have been answered from the cache.
    case refusing

    /// That a request reached the transport.
    struct UnexpectedRequest: Error {
        var request: HTTPRequest
    }

    func send(_ request: HTTPRequest, body: HTTPBody?) async throws -> TransportResponse {
        guard case .answering = self else { throw UnexpectedRequest(request: request) }
        return Sample.response
    }
}
