package import Foundation
package import HTTPTypes

extension StoredResponse.Request {
    /// Makes the record of a request as it is stored: with a normalized URL, and with the values of ignored parameters
    /// replaced by `REDACTED`.
    ///
    /// The rest of the body is stored byte for byte. The stored request has the same key as the original, unless
    /// cookies are both redacted and matched, or a JSON body is larger than 10 MiB.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the URL is not an absolute `http` or `https` URL.
    package init(
        _ request: HTTPRequest,
        body: Data = Data(),
        redacting matching: RequestMatching
    ) throws(FSCacheError) {
        var url: [UInt8] = []
        url.reserveCapacity(128)
        try URLNormalizer.append(urlOf: request, ignoring: matching.ignored, .redacted, to: &url)
        self.init(
            method: request.method,
            url: String(decoding: url, as: UTF8.self),
            headerFields: matching.redacted(request.headerFields),
            body: body.isEmpty || matching.ignored.isEmpty ? body : matching.redacted(body, of: request)
        )
    }
}

extension HTTPRequest {
    /// Makes a request from a stored one.
    ///
    /// Redacted values stay redacted.
    init(_ stored: StoredResponse.Request) throws(FSCacheError) {
        self.init(method: stored.method, target: try TargetURL(stored.url), headerFields: stored.headerFields)
    }
}
