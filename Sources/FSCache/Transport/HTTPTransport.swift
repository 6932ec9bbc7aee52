public import HTTPTypes

/// What sends a request when the cache can't answer it: the one thing that a client needs to be cached.
public protocol HTTPTransport: Sendable {
    /// Sends one request and returns when the head of its final response is there.
    ///
    /// A transport follows no redirects and keeps no responses: the session does both. It undoes transfer codings, and
    /// when it undoes content codings as well, it takes `Content-Encoding` and `Content-Length` out of the head.
    /// The body throws when it ends early: shorter than its `Content-Length`, or without the last chunk. Cancelling the
    /// task that reads the body, or letting go of the body, ends the exchange.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute URL in its scheme, authority and path.
    ///   - body: The request's content, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once.
    /// - Throws: When there is no response: the origin can't be reached, the connection broke, the time is up.
    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse
}

/// The head of a response, and its body as a stream.
public struct TransportResponse: Sendable {
    /// The status and the header fields.
    public var head: HTTPResponse
    /// The content, to be read once.
    public var body: MessageBody

    /// Makes a response.
    ///
    /// - Parameters:
    ///   - head: The status and the header fields.
    ///   - body: The content.
    public init(head: HTTPResponse, body: MessageBody) {
        self.head = head
        self.body = body
    }
}
