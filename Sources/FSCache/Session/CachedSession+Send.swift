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
    ///   - options: What is different for this request.
    /// - Returns: The response. Statuses of 400 and above are responses like any other.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``:
    ///   ``FSCacheError/Code/invalidURL``, ``FSCacheError/Code/tooManyRedirects``. Never what goes wrong in the cache.
    public func send(
        _ request: HTTPRequest,
        body: Data = Data(),
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await exchange(request, MessageBody(body), options, .whole)
    }

    /// Sends a request, or answers it from the cache, and hands out the response as soon as its head is there.
    ///
    /// The content is stored while it is read, in bounded memory whatever its size; that of a hit is read from the file
    /// piece by piece. Where many ask for the same at the same time, all read what the origin sends to one of them.
    ///
    /// ```swift
    /// let response = try await session.stream(HTTPRequest(url: "https://example.com/large.iso"))
    /// for try await chunk in response.body { try file.write(contentsOf: chunk) }
    /// ```
    ///
    /// A ``CacheSettings/filter`` is asked about a response without its content.
    ///
    /// - Parameters:
    ///   - request: The request, with an absolute `http` or `https` URL in its scheme, authority and path.
    ///   - body: Its content. A stream is read into memory where the method is cached, for it is part of the key; else it
    ///     is passed on, and a redirect that asks for it once more is not followed.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: As ``send(_:body:options:)``.
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

    /// Goes through the cache, and on to where redirects lead.
    private func exchange(
        _ request: HTTPRequest,
        _ body: MessageBody?,
        _ options: RequestOptions,
        _ delivery: Exchange.Delivery
    ) async throws -> CachedResponse {
        let policy = cache.policy
        var (request, body) = (withDefaultHeaderFields(request), body)
        var history: [CachedResponse] = []
        while true {
            var begun = Exchange(
                request,
                body: body,
                options: options,
                policy: policy,
                session: self,
                delivery: delivery
            )
            if begun.isBodyStreamed { try await begun.readBody() }
            let exchange = begun
            var response = try await exchange.respond()
            for observer in policy.settings.observers { observer(response) }
            guard exchange.terms.followsRedirects,
                let next = try Redirect(response, of: request, body: exchange.terms.body),
                !exchange.isBodyStreamed || next.body.isEmpty
            else {
                response.history = history
                return response
            }
            history.append(response)
            guard history.count <= settings.maxRedirects else {
                throw FSCacheError(
                    .tooManyRedirects,
                    "\(history[0].url) led to more than \(policy.settings.maxRedirects) redirects. "
                        + "Raise settings.maxRedirects if that is as it should be."
                )
            }
            (request, body) = (next.request, MessageBody(next.body))
        }
    }

    private func withDefaultHeaderFields(_ request: HTTPRequest) -> HTTPRequest {
        guard !defaultHeaderFields.isEmpty else { return request }
        var request = request
        let missing = defaultHeaderFields.filter { !request.headerFields.contains($0.name) }
        request.headerFields.append(contentsOf: missing)
        return request
    }
}
