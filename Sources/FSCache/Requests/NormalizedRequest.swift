internal import Crypto
public import Foundation
public import HTTPTypes

/// A request reduced to what tells it apart from others: everything that its ``CacheKey`` depends on, and nothing else.
///
/// Print one to see why a request hits or misses:
///
/// ```
/// method  GET
/// url     https://example.com/search?page=2&q=swift
/// header  accept-language:de, en;q=0.5
/// ```
///
/// Requests have equal keys exactly when their normalized forms are equal. The article <doc:CacheKeys> has the rules.
public struct NormalizedRequest: Sendable, Hashable {
    /// The edition of the rules, which every encoding begins with.
    static let version: StaticString = "request/1"

    /// The framed parts, the last of which may have its content in ``content`` instead.
    let head: [UInt8]
    /// A body that is digested as it is, without a copy of it.
    let content: Data

    /// Normalizes a request.
    ///
    /// - Parameters:
    ///   - request: The request, with scheme, authority and path.
    ///   - body: The content. The default is none.
    ///   - matching: What tells requests apart.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` when the request's URL is not an absolute
    ///   `http` or `https` URL.
    public init(
        _ request: HTTPRequest,
        body: Data = Data(),
        matching: RequestMatching = RequestMatching()
    ) throws(FSCacheError) {
        var frames = FramedBytes(version: Self.version, capacity: 256)
        frames.append(.method, request.method.rawValue.utf8)

        let url = frames.begin(.url)
        try URLNormalizer.append(urlOf: request, ignoring: matching.ignored, .omitted, to: &frames.octets)
        frames.end(url)

        if matching.isTLSVerificationDisabled { frames.append(.unverifiedTLS, EmptyCollection()) }
        if !matching.matchHeaders.isNone { Self.append(request.headerFields, matching, to: &frames) }
        self.content = body.isEmpty ? body : NormalizedBody.append(body, of: request, matching, to: &frames)
        self.head = frames.octets
    }

    /// Appends the fields that take part, in the order of their names.
    private static func append(_ fields: HTTPFields, _ matching: RequestMatching, to frames: inout FramedBytes) {
        for name in matching.matchHeaders.names(in: fields) where !matching.ignored.contains(name.canonicalName) {
            guard let value = FieldValue.normalized(name, in: fields) else { continue }
            let field = frames.begin(.field)
            frames.octets.append(contentsOf: name.canonicalName.utf8)
            frames.octets.append(UInt8(ascii: ":"))
            frames.octets.append(contentsOf: value)
            frames.end(field)
        }
    }

    /// The digest of the request.
    public var key: CacheKey {
        if content.isEmpty {
            return CacheKey(hashing: head)
        }
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: content)
        return CacheKey(digest: hash.finalize())
    }
}

extension CacheKey {
    /// The key under which the response to a request is stored.
    ///
    /// - Parameters:
    ///   - request: The request, with scheme, authority and path.
    ///   - body: The content. The default is none.
    ///   - matching: What tells requests apart.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` when the request's URL is not an absolute
    ///   `http` or `https` URL.
    public init(
        of request: HTTPRequest,
        body: Data = Data(),
        matching: RequestMatching = RequestMatching()
    ) throws(FSCacheError) {
        self = try NormalizedRequest(request, body: body, matching: matching).key
    }
}
