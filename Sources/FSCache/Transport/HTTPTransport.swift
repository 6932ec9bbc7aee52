public import HTTPTypes

/// Sends the requests that the cache can't answer.
///
/// This is all that the cache needs from an HTTP client.
public protocol HTTPTransport: Sendable {
    /// Sends one request and returns when the head of its final response has arrived.
    ///
    /// A transport neither follows redirects nor stores responses: the session does both. It decodes transfer codings.
    /// If it also decodes content codings, it removes `Content-Encoding` and `Content-Length` from the head. The body
    /// throws if it ends early: before its `Content-Length`, or without the last chunk. The exchange ends when the task
    /// that reads the body is cancelled, or when the body is released.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute URL in its scheme, authority and path.
    ///   - body: The content of the request, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once.
    /// - Throws: An error if there is no response: the origin can't be reached, the connection breaks, a timeout passes.
    func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse
}

/// The head of a response, and its body as a stream.
public struct TransportResponse: Sendable {
    /// The status and the header fields.
    public var head: HTTPResponse
    /// The content, which can be read once.
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

extension HTTPResponse {
    /// The maximum number of header fields, which is fewer than `HTTPFields` can hold.
    package static let maximumFieldCount = 10_000

    /// The length of the content, if the head declares it (RFC 9112 §6.3).
    ///
    /// - Parameter method: The method of the request.
    /// - Returns: The number of bytes; `nil` if it is not known.
    package func contentLength(inAnswerTo method: HTTPRequest.Method) -> Int? {
        if method == .head || [.noContent, .notModified].contains(status) { return 0 }
        guard headerFields[.transferEncoding] == nil else { return nil }
        return headerFields[.contentLength].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }
}
