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
/// The transport has an `HTTPClient` of its own, made from a configuration. All that the configuration says holds: TLS,
/// proxies, timeouts, connection limits, name resolution, decompression, tracing. Only redirects are never followed: they
/// are handed to the caller.
///
/// How a request reaches the origin:
/// - It is sent once. `HTTPClient` repeats attempts to connect, and never a request that may have reached the origin; one
///   that fails on a connection that the origin has closed meanwhile throws.
/// - Method, target and header fields go out as given, in their order and spelling; `Host` goes first, unless it is among
///   them. `Content-Length` and `Transfer-Encoding` are left out: they are set as the content is. Nothing else is added,
///   apart from `Accept-Encoding` where the configuration asks for decompression.
/// - Content that is a stream is sent as it is read, no faster than the origin takes it, and chunked when its length is not
///   known. With `Expect: 100-continue`, where HTTP/1.1 is sure to be spoken, nothing of it is read before the origin has
///   answered 100 (Continue), or for a second if it says nothing; a final response takes its place.
///
/// How a response comes back:
/// - Header fields come in their order and spelling, repeated ones apart, their values byte by byte. The reason phrase is
///   lost.
/// - Content codings are left alone: `Content-Encoding` and the bytes are the origin's. Where the configuration asks for
///   decompression, `HTTPClient` undoes gzip and deflate; that coding and `Content-Length` are then not in the head.
/// - Interim responses, such as 103 (Early Hints), are told of where HTTP/1.1 is sure to be spoken: to `http` origins, or
///   where the configuration says `http1Only`. Trailer fields are passed over.
/// - The content is read from the network as it is read from the body: a slow reader slows the origin down. No more than
///   two parts of it wait in memory, of what one read of the socket gives.
///
/// HTTP/2 is used where the configuration allows it and the origin speaks it over TLS. Only values that are UTF-8 are
/// carried over it.
///
/// A transport that is let go of shuts its `HTTPClient` down as soon as the exchanges under way are over.
public final class AsyncHTTPClientTransport: HTTPTransport {
    private let client: OwnedHTTPClient
    private let undoesContentCodings: Bool
    private let isHTTP1Only: Bool
    private let interimExchanges = InterimExchanges()
    /// For how long content is held back from an origin that says nothing: it may know of no expectations.
    private let expectationTime: TimeAmount

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - configuration: How to connect. What it says about redirects is not heeded.
    ///   - eventLoopGroup: Where the network is waited for.
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
            self.undoesContentCodings = true
        } else {
            self.undoesContentCodings = false
        }
    }

    /// Makes a transport that does as a client of yours does.
    ///
    /// The transport connects as the client's configuration says, on its event loops. The client itself is not used to send
    /// requests, for it may follow redirects, and it is left open.
    ///
    /// - Parameter client: The client, `HTTPClient.shared` for instance.
    /// - Throws: `FSCacheError` with `FSCacheError.Code.invalidSetting` when the client's configuration can't be found
    ///   out. Make the transport of the configuration then.
    public convenience init(_ client: HTTPClient) throws(FSCacheError) {
        // HTTPClient has no property for it that we may use.
        guard let configuration = Mirror(reflecting: client).descendant("configuration") as? HTTPClient.Configuration
        else {
            throw FSCacheError(
                .invalidSetting,
                "This version of HTTPClient does not show its configuration. Make the transport of the configuration."
            )
        }
        self.init(configuration: configuration, eventLoopGroup: client.eventLoopGroup)
    }

    /// Sends one request and returns when the head of its final response is there.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: The request's content, if it has one.
    /// - Returns: The head of the response, and its body as a stream that can be read once. The body throws
    ///   `FSCacheError.Code.incompleteResponse`, with the error of `HTTPClient` beneath, when it ends early; and
    ///   `CancellationError` when the task that reads it is cancelled.
    /// - Throws: The errors of `HTTPClient`, such as `HTTPClientError` and `NIOConnectionError`; `CancellationError` when
    ///   the task is cancelled. `FSCacheError` with `FSCacheError.Code.invalidURL` or
    ///   `FSCacheError.Code.unsupportedRequest` when the request can't be sent by `HTTPClient`, with
    ///   `FSCacheError.Code.invalidResponse` when the response can't be made sense of.
    public func send(_ request: HTTPRequest, body: MessageBody?) async throws -> TransportResponse {
        // HTTP/2 is spoken over TLS alone.
        let isHTTP1 = isHTTP1Only || request.scheme?.lowercased() == "http"
        let expectation = isHTTP1 && body?.bytes == nil ? Expectation(of: request) : nil
        let content = body.map { expectation?.holding($0) ?? $0 }
        var outgoing = try HTTPClientRequest(request, body: content, isHTTP1: isHTTP1)
        // HTTPClient may have sent the request of a cancelled task before it looks.
        try Task.checkCancellation()
        let exchange = isHTTP1 ? interimReceiver(expectation).map { interimExchanges.begin($0) } : nil
        defer { if let exchange { interimExchanges.end(exchange) } }
        if let exchange { outgoing.headers.add(name: interimExchanges.fieldName, value: exchange) }
        let response = try await execute(outgoing, expectation)
        let head = try HTTPResponse(response, isContentCodingUndone: undoesContentCodings)
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
#endif
