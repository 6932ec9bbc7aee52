public import HTTPTypes

#if canImport(FoundationNetworking)
import Foundation
public import FoundationNetworking
#else
public import Foundation
#endif

/// Sends requests through `URLSession`.
///
/// The transport makes its own `URLSession` from a configuration. It applies the configuration as `URLSession` does:
/// cookie and credential storage, additional header fields, proxies, TLS, timeouts, connection limits, protocol
/// classes. The `URLCache` and a cache that is installed in the configuration are left out, and redirects are returned to
/// the caller.
///
/// How a request reaches the origin:
/// - Header fields are sent as given; fields with the same name are joined with commas. `Content-Length` and
///   `Transfer-Encoding` are left out, because `URLSession` sets them.
/// - A `Cookie` field is sent as given. Without one, the cookies in the configuration's storage are sent.
/// - On Linux, `URLSession` adds `Host`, `Accept: */*`, `Accept-Encoding`, `Accept-Language`, `User-Agent` and
///   `Connection: keep-alive` if neither the request nor the configuration has them.
/// - GET and HEAD requests have no content. Content that is a stream is collected before it is sent.
///
/// How a response comes back:
/// - `URLSession` decodes content codings. The head then has neither `Content-Encoding` nor `Content-Length`.
/// - Header fields are sorted by name, because `URLSession` does not keep their order. `URLSession` joins fields with the
///   same name; the transport splits `Set-Cookie` again.
/// - On Linux, `URLSession` can't be paused. Bytes that arrive before they are read are kept in memory.
/// - On Linux, a 401 response is returned when it is complete, because a request with credentials may still replace it.
///
/// <doc:URLSessionOnLinux> lists what `URLSession` on Linux adds, merges and loses.
///
/// When you release a transport, its `URLSession` is invalidated as soon as the exchanges in progress have ended.
public final class URLSessionTransport: HTTPTransport {
    private let session: URLSession
    private let delegate: URLSessionTransportDelegate
    private let cookieStorage: HTTPCookieStorage?

    /// Makes a transport.
    ///
    /// - Parameter configuration: How to connect. It is copied. Background configurations are not supported.
    public convenience init(configuration: URLSessionConfiguration = .default) {
        self.init(configuration: configuration, forwardingTo: nil)
    }

    /// Makes a transport with the configuration of your session.
    ///
    /// On the session's delegate queue, your session's delegate gets authentication challenges and, on Apple's
    /// platforms, metrics. It gets no other calls. The session itself sends no requests, and it stays open.
    ///
    /// - Parameter session: The session. Background sessions are not supported.
    public convenience init(_ session: URLSession) {
        self.init(configuration: session.configuration, forwardingTo: session)
    }

    init(configuration: URLSessionConfiguration, forwardingTo wrapped: URLSession?) {
        let own = (configuration.copy() as? URLSessionConfiguration) ?? configuration
        own.removeCache()
        own.urlCache = nil
        own.requestCachePolicy = .reloadIgnoringLocalCacheData
        let hasCookieField = own.httpAdditionalHeaders?.keys.contains { "\($0)".lowercased() == "cookie" } ?? false
        self.cookieStorage = own.httpShouldSetCookies && !hasCookieField ? own.httpCookieStorage : nil
        // The transport adds the cookies: URLSession would replace those of a request with those in the storage.
        own.httpShouldSetCookies = false
        self.delegate = URLSessionTransportDelegate(credentials: own.urlCredentialStorage, wrapped: wrapped)
        self.session = URLSession(configuration: own, delegate: delegate, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Sends one request and returns when the head of its final response has arrived.
    ///
    /// The request is sent once, unless an authentication challenge requires another.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: The content of the request, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once. The body throws
    ///   ``FSCacheError/Code/incompleteResponse``, with the `URLError` as its underlying error, when it ends early; and
    ///   `URLError.cancelled` when the task that reads it is cancelled.
    /// - Throws: The `URLError` of `URLSession`; `URLError.cancelled` when the task is cancelled. ``FSCacheError`` with
    ///   ``FSCacheError/Code/invalidURL`` or ``FSCacheError/Code/unsupportedRequest`` if `URLSession` can't send the
    ///   request, with ``FSCacheError/Code/invalidResponse`` if the response is not an HTTP response.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let content = try await body?.collect() ?? Data()
        let urlRequest = try URLRequest(request, hasContent: !content.isEmpty, cookies: cookieStorage)
        // URLSession would add a Content-Type to a data task with content.
        let task =
            content.isEmpty
            ? session.dataTask(with: urlRequest) : session.uploadTask(with: urlRequest, from: content)
        let exchange = URLSessionExchange(task, method: request.method)
        delegate.add(exchange)
        let head = try await exchange.start()
        return TransportResponse(
            head: head,
            body: MessageBody(URLSessionContent(exchange), byteCount: head.contentLength(inAnswerTo: request.method))
        )
    }
}
