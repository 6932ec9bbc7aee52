import FSCache
import HTTPTypes

/// A transport that answers at once without a network, or throws.
enum ScriptedTransport: HTTPTransport {
    /// Answers each request with the sample response.
    case answering
    /// Answers each request with the brief response.
    case answeringBriefly
    /// Throws, because the cache should have answered the request.
    case refusing

    /// Thrown when a request reaches the transport.
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
