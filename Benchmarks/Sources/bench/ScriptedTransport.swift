import FSCache
import HTTPTypes

/// A transport without a network: it answers at once, or must never be asked.
enum ScriptedTransport: HTTPTransport {
    /// Answers each request with the sample response.
    case answering
    /// Answers each request with less content.
    case answeringBriefly
    /// Throws: what reaches it should have been answered from the cache.
    case refusing

    /// That a request reached the transport.
    struct UnexpectedRequest: Error {
        var request: HTTPRequest
    }

    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        switch self {
        case .answering: return Sample.response
        case .answeringBriefly: return Sample.briefResponse
        case .refusing: throw UnexpectedRequest(request: request)
        }
    }
}
