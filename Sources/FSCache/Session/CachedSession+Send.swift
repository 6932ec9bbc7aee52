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
        let active = cache.activeSettings
        var (request, body) = (withDefaultHeaderFields(request), body)
        var history: [CachedResponse] = []
        while true {
            let exchange = Exchange(request, body: body, options: options, active: active, session: self)
            var response = try await exchange.respond()
            active.settings.observe(response)
            guard exchange.followsRedirects, let next = try Redirect(response, of: request, body: body) else {
                response.history = history
                return response
            }
            history.append(response)
            guard history.count <= active.settings.maxRedirects else {
                throw FSCacheError(
                    .tooManyRedirects,
                    "\(history[0].url) led to more than \(active.settings.maxRedirects) redirects. "
                        + "Raise settings.maxRedirects if that is as it should be."
                )
            }
            (request, body) = (next.request, next.body)
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
