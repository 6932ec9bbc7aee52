public import HTTPTypes

#if canImport(FoundationNetworking)
import Foundation
public import FoundationNetworking
#else
public import Foundation
#endif

/// Sends requests through `URLSession`.
///
/// The transport has a `URLSession` of its own, made from a configuration. What the configuration says holds as far as
/// `URLSession` heeds it: cookie and credential storage, additional header fields, proxies, TLS, timeouts, connection
/// limits, protocol classes. Its `URLCache` alone is left out, and redirects are handed to the caller.
///
/// How a request reaches the origin:
/// - Header fields go out as given, those of one name joined with commas. `Content-Length` and `Transfer-Encoding` are
///   left out: they are for `URLSession` to set.
/// - A `Cookie` field goes out as given. Without one, the cookies in the configuration's storage are sent.
/// - On Linux, `URLSession` adds `Host`, `Accept: */*`, `Accept-Encoding`, `Accept-Language`, `User-Agent` and
///   `Connection: keep-alive` where neither the request nor the configuration has them.
/// - GET and HEAD requests have no content. A content that is a stream is collected before it is sent.
///
/// How a response comes back:
/// - `URLSession` undoes content codings. `Content-Encoding` and `Content-Length` are then not in the head.
/// - `URLSession` does not keep the order of header fields: they come sorted by name. It joins those of one name; of
///   these, `Set-Cookie` is taken apart again.
/// - On Linux, `URLSession` can't be told to wait. What arrives before it is asked for is kept in memory.
/// - On Linux, a 401 response is handed out when all of it is there, for it may still be replaced by one to a request with
///   credentials.
///
/// What `URLSession` on Linux adds, merges and loses is measured in <doc:URLSessionOnLinux>.
///
/// A transport that is let go of ends its `URLSession` as soon as the exchanges under way are over.
public final class URLSessionTransport: HTTPTransport {
    private let session: URLSession
    private let delegate: URLSessionTransportDelegate
    private let cookieStorage: HTTPCookieStorage?

    /// Makes a transport.
    ///
    /// - Parameter configuration: How to connect. It is copied. It must not be one for background transfers.
    public convenience init(configuration: URLSessionConfiguration = .default) {
        self.init(configuration: configuration, forwardingTo: nil)
    }

    /// Makes a transport that does as a session of yours does.
    ///
    /// The transport connects as the session's configuration says. The session's delegate is asked about authentication
    /// challenges and told the metrics, where there are any, on the session's delegate queue; it gets no other calls.
    /// The session itself is not used to send requests, and it is left open.
    ///
    /// - Parameter session: The session. It must not be one for background transfers.
    public convenience init(_ session: URLSession) {
        self.init(configuration: session.configuration, forwardingTo: session)
    }

    init(configuration: URLSessionConfiguration, forwardingTo wrapped: URLSession?) {
        let own = (configuration.copy() as? URLSessionConfiguration) ?? configuration
        own.urlCache = nil
        own.requestCachePolicy = .reloadIgnoringLocalCacheData
        let hasCookieField = own.httpAdditionalHeaders?.keys.contains { "\($0)".lowercased() == "cookie" } ?? false
        self.cookieStorage = own.httpShouldSetCookies && !hasCookieField ? own.httpCookieStorage : nil
        // Cookies are sent by us: URLSession would put those from the storage in place of a request's own.
        own.httpShouldSetCookies = false
        self.delegate = URLSessionTransportDelegate(credentials: own.urlCredentialStorage, wrapped: wrapped)
        self.session = URLSession(configuration: own, delegate: delegate, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Sends one request and returns when the head of its final response is there.
    ///
    /// A request is sent once, apart from what an authentication challenge asks for.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: The request's content, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once. The body throws
    ///   ``FSCacheError/Code/incompleteResponse``, with the `URLError` beneath, when it ends early; and
    ///   `URLError.cancelled` when the task that reads it is cancelled.
    /// - Throws: `URLError` as `URLSession` gives it, `URLError.cancelled` when the task is cancelled. ``FSCacheError``
    ///   with ``FSCacheError/Code/invalidURL`` or ``FSCacheError/Code/unsupportedRequest`` when the request can't
    ///   be sent by `URLSession`, with ``FSCacheError/Code/invalidResponse`` when the response is not one of HTTP.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        let content = try await body?.collect() ?? Data()
        let urlRequest = try URLRequest(request, hasContent: !content.isEmpty, cookies: cookieStorage)
        // A data task with content would be given a Content-Type that nobody asked for.
        let task =
            content.isEmpty
            ? session.dataTask(with: urlRequest) : session.uploadTask(with: urlRequest, from: content)
        let exchange = URLSessionExchange(task, method: request.method)
        delegate.add(exchange)
        let head = try await exchange.start()
        return TransportResponse(
            head: head,
            body: MessageBody(ResponseContent(exchange), byteCount: head.contentLength(inAnswerTo: request.method))
        )
    }
}
