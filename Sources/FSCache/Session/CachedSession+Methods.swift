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
    ///     `Authorization` field, where `headers` have none.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - content: The content, which brings its `Content-Type` along where `headers` have none.
    ///   - options: What is different for this request.
    /// - Returns: The response. Statuses of 400 and above are responses like any other.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``:
    ///   ``FSCacheError/Code/invalidURL``, ``FSCacheError/Code/tooManyRedirects``. Never what goes wrong in the cache.
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

    /// Asks for a resource (`GET`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func get(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.get, url, query: query, headers: headers, options: options)
    }

    /// Asks for the header fields of a resource (`HEAD`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func head(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.head, url, query: query, headers: headers, options: options)
    }

    /// Asks for the communication options of a resource (`OPTIONS`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func options(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.options, url, query: query, headers: headers, options: options)
    }

    /// Asks for a resource to be deleted (`DELETE`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func delete(
        _ url: some URLText,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.delete, url, query: query, headers: headers, options: options)
    }

    /// Has a resource process some content (`POST`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - content: The content, which brings its `Content-Type` along where `headers` have none.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func post(
        _ url: some URLText,
        content: RequestContent? = nil,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.post, url, query: query, headers: headers, content: content, options: options)
    }

    /// Has a resource created or replaced (`PUT`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - content: The content, which brings its `Content-Type` along where `headers` have none.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
    public func put(
        _ url: some URLText,
        content: RequestContent? = nil,
        query: KeyValuePairs<String, String> = [:],
        headers: HTTPFields = [:],
        options: RequestOptions = RequestOptions()
    ) async throws -> CachedResponse {
        try await request(.put, url, query: query, headers: headers, content: content, options: options)
    }

    /// Has a resource changed in part (`PATCH`), or answers from the cache; see ``request(_:_:query:headers:content:options:)``.
    ///
    /// - Parameters:
    ///   - url: An absolute `http` or `https` URL, as text or as a `URL`.
    ///   - content: The content, which brings its `Content-Type` along where `headers` have none.
    ///   - query: Parameters to add to the URL's query, in this order; they are percent-encoded.
    ///   - headers: Header fields.
    ///   - options: What is different for this request.
    /// - Returns: The response.
    /// - Throws: What the transport throws when there is no response, and ``FSCacheError``.
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
