public import Foundation
public import HTTPTypes

/// A response, from the cache or from the origin.
public struct CachedResponse: Sendable {
    private struct Contents: Sendable {
        var request: HTTPRequest
        var stored: StoredResponse
        var cacheKey: CacheKey?
        var cacheStatus: CacheStatus
        var isFromCache: Bool
        var isRevalidated: Bool
        var isExpired: Bool
        var failure: String?
        var history: [CachedResponse] = []
    }

    /// One reference, because a response is passed through many functions on its way to the caller.
    private var contents: CopyOnWrite<Contents>

    /// The request that the response answers: the last one, if redirects were followed.
    public var request: HTTPRequest { contents.value.request }

    /// The response as it is stored, or would be.
    package var stored: StoredResponse {
        get { contents.value.stored }
        set { contents.value.stored = newValue }
    }

    /// The key under which the response is stored, or would be; `nil` if the request bypassed the cache.
    public var cacheKey: CacheKey? { contents.value.cacheKey }

    /// How the cache handled the request.
    public internal(set) var cacheStatus: CacheStatus {
        get { contents.value.cacheStatus }
        set { contents.value.cacheStatus = newValue }
    }

    /// Whether the content came from the cache, validated or not.
    public var isFromCache: Bool { contents.value.isFromCache }

    /// Whether the stored response was just validated by the origin.
    public var isRevalidated: Bool { contents.value.isRevalidated }

    /// Whether the response was stale when you got it.
    public var isExpired: Bool { contents.value.isExpired }

    /// Why a stored response stands in for the origin's, if it does.
    package var failure: String? {
        get { contents.value.failure }
        set { contents.value.failure = newValue }
    }

    /// The redirects that were followed, the first one first.
    public internal(set) var history: [CachedResponse] {
        get { contents.value.history }
        set { contents.value.history = newValue }
    }

    package init(
        request: HTTPRequest,
        stored: StoredResponse,
        cacheKey: CacheKey?,
        cacheStatus: CacheStatus,
        isFromCache: Bool = false,
        isRevalidated: Bool = false,
        isExpired: Bool = false
    ) {
        contents = CopyOnWrite(
            Contents(
                request: request,
                stored: stored,
                cacheKey: cacheKey,
                cacheStatus: cacheStatus,
                isFromCache: isFromCache,
                isRevalidated: isRevalidated,
                isExpired: isExpired
            )
        )
    }
}

extension CachedResponse {
    /// The status code and the reason phrase.
    public var status: HTTPResponse.Status { stored.status }

    /// The header fields, in the order the origin sent them.
    public var headerFields: HTTPFields { stored.headerFields }

    /// The header fields to forward to another client.
    ///
    /// This cache's `Cache-Status` comes after those of other caches (RFC 9211 §2). Fields for the connection to the origin,
    /// such as `Transfer-Encoding`, are left out (RFC 9110 §7.6.1).
    public var forwardedHeaderFields: HTTPFields {
        var fields = stored.headerFields.endToEnd
        fields.append(cacheStatusField)
        return fields
    }

    /// The field `Cache-Status`, for this response.
    package var cacheStatusField: HTTPField { HTTPField(name: .cacheStatus, value: cacheStatus.description) }

    /// The content.
    public var body: Data { stored.body }

    /// The normalized URL of the response: the last one, if redirects were followed.
    ///
    /// Values of ignored parameters are `REDACTED`.
    public var url: String { stored.request.url }

    /// When the response was first stored.
    public var createdAt: Date { stored.createdAt }

    /// When the response becomes stale; `nil` for never.
    public var expires: Date? { stored.expires }

    /// Whether the stored body was edited by hand.
    public var isEdited: Bool { stored.isEdited }

    /// How long the origin took to answer, this time or when the response was stored, in whole milliseconds.
    public var elapsed: Duration {
        .milliseconds((stored.receivedAt.timeIntervalSince(stored.requestedAt) * 1000).rounded())
    }

    /// Whether the status is from 200 to 299.
    public var isSuccess: Bool { status.kind == .successful }

    /// The content as text.
    ///
    /// - Returns: The content, decoded by the charset in `Content-Type`, or else as UTF-8. Invalid bytes become U+FFFD.
    public func text() -> String {
        let contentType = headerFields[.contentType]?.lowercased() ?? ""
        if contentType.contains("charset=iso-8859-1") || contentType.contains("charset=latin1") {
            return String(String.UnicodeScalarView(body.map { Unicode.Scalar($0) }))
        }
        return String(decoding: body, as: UTF8.self)
    }

    /// The content, decoded from JSON.
    ///
    /// - Parameters:
    ///   - type: The type to decode.
    ///   - decoder: The decoder. Default: a `JSONDecoder` without options.
    /// - Returns: The value.
    /// - Throws: `DecodingError` if the content is not JSON, or does not fit the type.
    public func json<Value: Decodable>(
        _ type: Value.Type = Value.self,
        decoder: JSONDecoder = JSONDecoder()
    ) throws -> Value {
        try decoder.decode(type, from: body)
    }
}

extension CachedResponse: CustomStringConvertible {
    /// One line for a log: `GET https://example.com/ → 200, 1256 bytes, from the cache, expires 2026-01-01T00:00:00Z`.
    public var description: String {
        var text = "\(stored.request.method) \(url) → \(status.code), \(body.count) bytes"
        text += isFromCache ? ", from the cache" : ", from the network"
        if isRevalidated { text += ", revalidated" }
        if isEdited { text += ", edited" }
        if let expires { text += ", \(isExpired ? "expired" : "expires") \(expires.formatted(.iso8601))" }
        return text
    }
}
