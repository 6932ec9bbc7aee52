#if AsyncHTTPClient
public import AsyncHTTPClient
public import FSCache
public import HTTPTypes
public import NIOCore
import NIOHTTP1

/// Sends requests through AsyncHTTPClient.
///
/// ```swift
/// let session = try CachedSession("demo", transport: AsyncHTTPClientTransport())
/// ```
///
/// The transport makes its own `HTTPClient` from a configuration and applies all of it: TLS, proxies, timeouts,
/// connection limits, name resolution, decompression, tracing. But redirects are never followed: they are returned to
/// the caller.
///
/// How a request reaches the origin:
/// - It is sent once. `HTTPClient` retries connecting, but never repeats a request that may have reached the origin. A
///   request throws if it fails because the origin has just closed the connection.
/// - Method, target and header fields are sent as given, in their order and spelling; `Host` comes first, unless it is among
///   them. `Content-Length` and `Transfer-Encoding` are set to match the content. Nothing else is added, apart from
///   `Accept-Encoding` if the configuration asks for decompression.
/// - Content that is a stream is sent while it is read, no faster than the origin accepts it, and chunked if its length is
///   not known. With `Expect: 100-continue` over HTTP/1.1, none of it is read before the origin has answered 100 (Continue),
///   or hasn't answered for a second; it is not read at all if a final response arrives first.
///
/// How a response comes back:
/// - Header fields keep their order, spelling and repetition, and the exact bytes of their values. The reason phrase is
///   lost.
/// - Content codings are not changed: `Content-Encoding` and the bytes are the origin's. If the configuration asks for
///   decompression, `HTTPClient` decodes gzip and deflate; the head then has neither that coding nor `Content-Length`.
/// - Interim responses, such as 103 (Early Hints), are reported if HTTP/1.1 is certain: for `http` origins, or if the
///   configuration says `http1Only`. Trailer fields are dropped.
/// - The content is read from the network as you read the body: a slow reader slows the origin down. At most two parts of
///   it wait in memory, each from one read of the socket.
///
/// HTTP/2 is used if the configuration allows it and the origin supports it over TLS. It only carries values in UTF-8; if it
/// isn't ruled out, a path with escapes that aren't UTF-8, such as `/caf%E9`, is rejected.
///
/// When you release a transport, it shuts down its `HTTPClient` as soon as the exchanges in progress have ended.
public final class AsyncHTTPClientTransport: HTTPTransport {
    private let client: OwnedHTTPClient
    private let decodesContent: Bool
    private let isHTTP1Only: Bool
    private let interimExchanges = InterimExchanges()
    /// How long content is held back if the origin doesn't answer: it may not support expectations.
    private let expectationTime: TimeAmount

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - configuration: How to connect. Its redirect configuration is ignored.
    ///   - eventLoopGroup: The event loops to use.
    public convenience init(
        configuration: HTTPClient.Configuration = HTTPClient.Configuration(),
        eventLoopGroup: any EventLoopGroup = HTTPClient.defaultEventLoopGroup
    ) {
        self.init(configuration: configuration, eventLoopGroup: eventLoopGroup, expectationTime: .seconds(1))
    }

    init(configuration: HTTPClient.Configuration, eventLoopGroup: any EventLoopGroup, expectationTime: TimeAmount) {
        self.expectationTime = expectationTime
        var own = configuration
        own.redirectConfiguration = .disallow
        own.http1_1ConnectionDebugInitializer = { [interimExchanges] channel in
            let installed = channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try HeadBoundsHandler.install(in: pipeline)
                try InterimResponseHandler.install(in: pipeline, interimExchanges)
            }
            guard let initializer = configuration.http1_1ConnectionDebugInitializer else { return installed }
            return installed.flatMap { initializer(channel) }
        }
        self.isHTTP1Only = own.httpVersion == .http1Only
        self.client = OwnedHTTPClient(HTTPClient(eventLoopGroup: eventLoopGroup, configuration: own))
        if case .enabled = own.decompression {
            self.decodesContent = true
        } else {
            self.decodesContent = false
        }
    }

    /// Makes a transport with the configuration and the event loops of your client.
    ///
    /// The client itself sends no requests, because it may follow redirects, and it stays open.
    ///
    /// - Parameter client: The client, for example `HTTPClient.shared`.
    /// - Throws: `FSCacheError` with `FSCacheError.Code.invalidSetting` if the client's configuration can't be read.
    ///   Then use ``init(configuration:eventLoopGroup:)``.
    public convenience init(_ client: HTTPClient) throws(FSCacheError) {
        // HTTPClient has no public property for it.
        guard let configuration = Mirror(reflecting: client).descendant("configuration") as? HTTPClient.Configuration
        else {
            throw FSCacheError(
                .invalidSetting,
                "This version of HTTPClient hides its configuration. Make the transport from the configuration."
            )
        }
        self.init(configuration: configuration, eventLoopGroup: client.eventLoopGroup)
    }

    /// Sends one request and returns when the head of its final response has arrived.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: The content of the request, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once. The body throws
    ///   `FSCacheError.Code.incompleteResponse`, with the error of `HTTPClient` as its underlying error, when it ends early;
    ///   and `CancellationError` when the task that reads it is cancelled.
    /// - Throws: The errors of `HTTPClient`, such as `HTTPClientError` and `NIOConnectionError`; `CancellationError` when
    ///   the task is cancelled. `FSCacheError` with `FSCacheError.Code.invalidURL` or
    ///   `FSCacheError.Code.unsupportedRequest` if `HTTPClient` can't send the request, with
    ///   `FSCacheError.Code.invalidResponse` if the response is invalid.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        // HTTP/2 is only used over TLS.
        let isHTTP1 = isHTTP1Only || request.scheme?.lowercased() == "http"
        let expectation = isHTTP1 && body?.bytes == nil ? Expectation(of: request) : nil
        let content = body.map { expectation?.holding($0) ?? $0 }
        var outgoing = try HTTPClientRequest(request, body: content, isHTTP1: isHTTP1)
        // HTTPClient may send the request of a cancelled task before it checks for cancellation.
        try Task.checkCancellation()
        let exchange = isHTTP1 ? interimReceiver(expectation).map { interimExchanges.begin($0) } : nil
        defer { if let exchange { interimExchanges.end(exchange) } }
        if let exchange { outgoing.headers.add(name: interimExchanges.fieldName, value: exchange) }
        let response = try await execute(outgoing, expectation)
        let head = try HTTPResponse(response, isDecoded: decodesContent)
        let byteCount = head.contentLength(inAnswerTo: request.method)
        let incoming = AsyncHTTPClientContent(
            response.body,
            byteCount: byteCount,
            client: client,
            expectation: expectation
        )
        return TransportResponse(head: head, body: MessageBody(incoming, byteCount: byteCount))
    }

    private func execute(_ request: HTTPClientRequest, _ expectation: Expectation?) async throws -> HTTPClientResponse {
        if let expectation {
            client.client.eventLoopGroup.any().scheduleTask(in: expectationTime) {
                expectation.settle(isWanted: true)
            }
        }
        do {
            return try await client.client.execute(request, deadline: .distantFuture)
        } catch {
            expectation?.settle(isWanted: false)
            throw error
        }
    }

    private func interimReceiver(_ expectation: Expectation?) -> InterimResponses.Receiver? {
        guard let expectation else { return InterimResponses.receiver }
        return { [receiver = InterimResponses.receiver] head in
            if head.status == .continue { expectation.settle(isWanted: true) }
            receiver?(head)
        }
    }
}

/// An `HTTPClient` that shuts down when its transport and all bodies in progress have released it.
final class OwnedHTTPClient: Sendable {
    let client: HTTPClient

    init(_ client: HTTPClient) {
        self.client = client
    }

    deinit {
        client.shutdown { _ in }
    }
}
#else
/// Sends requests through AsyncHTTPClient.
///
/// It needs the trait `AsyncHTTPClient`.
@available(
    *,
    unavailable,
    message: "Enable the trait in Package.swift: .package(url: …, from: …, traits: [.defaults, \"AsyncHTTPClient\"])"
)
public final class AsyncHTTPClientTransport {}
#endif
