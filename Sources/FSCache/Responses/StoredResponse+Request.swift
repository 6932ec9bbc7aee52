package import Foundation
package import HTTPTypes

extension StoredResponse.Request {
    /// Makes the record of a request as it is stored: with a normalized URL, and with secret values replaced by `REDACTED`.
    ///
    /// The rest of the body stays as it was sent, byte for byte. A body that can't be searched for secrets is replaced by its
    /// length and its digest.
    ///
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the URL is not an absolute `http` or `https` URL.
    package init(
        _ request: HTTPRequest,
        body: Data = Data(),
        redacting matching: RequestMatching
    ) throws(FSCacheError) {
        var url: [UInt8] = []
        url.reserveCapacity(128)
        try URLNormalizer.append(urlOf: request, matching, for: .record, to: &url)
        self.init(
            method: request.method,
            url: String(decoding: url, as: UTF8.self),
            headerFields: matching.redacted(request.headerFields),
            body: matching.redacted(body, of: request)
        )
    }
}

extension HTTPRequest {
    /// Makes a request from a stored one.
    ///
    /// Redacted values stay redacted.
    package init(_ stored: StoredResponse.Request) throws(FSCacheError) {
        self.init(method: stored.method, target: try TargetURL(stored.url), headerFields: stored.headerFields)
    }
}
