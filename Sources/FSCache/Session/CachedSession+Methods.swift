internal import Foundation
public import HTTPTypes

extension CachedSession {
    /// Sends a request by method and URL, or answers it from the cache.
    ///
    /// ```swift
    /// let found = try await session.request(.get, "https://api.example.com/search", query: ["q": "swift"])
    /// ```
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`. A user and a password in it become an
    ///     `Authorization` field, unless `headers` have one.
    ///   - query: Parameters that are percent-encoded and appended to the query of the URL, in this order.
    ///   - headers: Header fields.
    ///   - content: The content. Its `Content-Type` is sent unless `headers` have one.
    ///   - options: Options for this request.
    /// - Returns: The response. A status of 400 or above is not an error.
    /// - Throws: The errors of the transport, and ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` or
    ///   ``FSCacheError/Code/tooManyRedirects``. Failures of the cache are never thrown.
    public func request(
        _ method: HTTPRequest.Method,
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        content: RequestContent? = nil,
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        var request = HTTPRequest(method: method, target: try TargetURL(url.urlText), headerFields: headers)
        if !query.isEmpty {
            let path = request.path ?? "/"
            let added = QueryText.encode(query.map { ($0.key, $0.value) }, spaceAsPlus: false)
            request.path = path + (path.contains("?") ? "&" : "?") + added
        }
        if let contentType = content?.contentType, !headers.contains(.contentType) {
            request.headerFields[.contentType] = contentType
        }
        return try await send(request, body: content?.bytes ?? Data(), options: options)
    }

    /// Sends a `GET` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func get(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.get, url, query: query, headers: headers, options: options)
    }

    /// Sends a `HEAD` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func head(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.head, url, query: query, headers: headers, options: options)
    }

    /// Sends an `OPTIONS` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func options(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.options, url, query: query, headers: headers, options: options)
    }

    /// Sends a `DELETE` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func delete(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.delete, url, query: query, headers: headers, options: options)
    }

    /// Sends a `POST` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func post(
        _ url: some URLText,
        content: RequestContent? = nil,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.post, url, query: query, headers: headers, content: content, options: options)
    }

    /// Sends a `PUT` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func put(
        _ url: some URLText,
        content: RequestContent? = nil,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.put, url, query: query, headers: headers, content: content, options: options)
    }

    /// Sends a `PATCH` request, or answers it from the cache, like ``request(_:_:query:headers:content:options:)``, which
    /// documents the parameters.
    public func patch(
        _ url: some URLText,
        content: RequestContent? = nil,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.patch, url, query: query, headers: headers, content: content, options: options)
    }
}
