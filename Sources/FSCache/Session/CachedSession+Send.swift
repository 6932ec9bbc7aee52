public import Foundation
public import HTTPTypes

extension CachedSession {
    /// Sends a request, or answers it from the cache.
    ///
    /// Redirects are followed, each hop through the cache.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: Its content.
    ///   - options: Options for this request.
    /// - Returns: The response. Statuses of 400 and above are responses like any other.
    /// - Throws: The transport's error if there is no response, and ``FSCacheError`` with
    ///   ``FSCacheError/Code/invalidURL`` or ``FSCacheError/Code/tooManyRedirects``. A failure of the cache never throws.
    public func send(
        _ request: HTTPRequest,
        body: Data = Data(),
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await exchange(request, MessageBody(body), options, .whole)
    }

    /// Sends a request, or answers it from the cache, and returns as soon as the head of the response has arrived.
    ///
    /// The content is stored while you read it, in bounded memory regardless of its size; the content of a hit is read
    /// from the file in chunks. Concurrent requests for the same URL share one request to the origin.
    ///
    /// ```swift
    /// let response = try await session.stream(HTTPRequest(url: "https://example.com/large.iso"))
    /// for try await chunk in response.body { try file.write(contentsOf: chunk) }
    /// ```
    ///
    /// ``CacheSettings/filter`` gets the response without its content.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: Its content. If the method is cached, a stream is read into memory, because it is part of the key, up to
    ///     ``CacheSettings/keyedContentByteLimit``. Otherwise it is passed on, and a redirect that would need to send it
    ///     again is not followed.
    ///   - options: Options for this request.
    /// - Returns: The response.
    /// - Throws: The same errors as ``send(_:body:options:)``.
    public func stream(
        _ request: HTTPRequest,
        body: MessageBody? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws -> StreamedResponse {
        let delivery = Exchange.Delivery.streamed(isFinished: options.finishesInBackground)
        var head = try await exchange(request, body, options, delivery)
        let content = head.stored.content
        head.stored.removeContent()
        return StreamedResponse(head: head, body: content)
    }

    /// Runs one exchange for the request, and one for each redirect that is followed.
    private func exchange(
        _ request: HTTPRequest,
        _ body: MessageBody?,
        _ options: RequestOptions,
        _ delivery: Exchange.Delivery
    ) async throws -> CachedResponse {
        let policy = cache.policy
        func begin(_ request: HTTPRequest, _ body: MessageBody?) -> Exchange {
            Exchange(request, body: body, options: options, policy: policy, session: self, delivery: delivery)
        }
        var exchange = begin(withDefaultHeaderFields(request), body)
        var history: [CachedResponse] = []
        while true {
            if exchange.isBodyStreamed { exchange = try await exchange.readingBody() }
            var response = try await exchange.respondOrExplain()
            for observer in policy.settings.observers { observer(response) }
            guard let next = try exchange.redirect(in: response) else {
                if !history.isEmpty { response.history = history }
                return response
            }
            history.append(response)
            guard history.count <= policy.settings.maxRedirects else {
                throw FSCacheError(
                    .tooManyRedirects,
                    "\(history[0].url) led to more than \(policy.settings.maxRedirects) redirects. "
                        + "If that is right, raise settings.maxRedirects."
                )
            }
            exchange = begin(next.request, MessageBody(next.body))
        }
    }

    private func withDefaultHeaderFields(_ request: consuming HTTPRequest) -> HTTPRequest {
        guard !defaultHeaderFields.isEmpty else { return request }
        let missing = defaultHeaderFields.filter { !request.headerFields.contains($0.name) }
        request.headerFields.append(contentsOf: missing)
        return request
    }
}

extension Exchange {
    /// The redirect to follow; `nil` if the response is the last one.
    fileprivate func redirect(in response: borrowing CachedResponse) throws -> Redirect? {
        guard terms.followsRedirects, Redirect.isOne(response.status, response.headerFields) else { return nil }
        let next = try Redirect(
            response,
            of: request,
            body: terms.body,
            policy.matching,
            defaults: session.defaultHeaderFields
        )
        return isBodyStreamed && next?.dropsContent != true ? nil : next
    }
}
