internal import Foundation
internal import HTTPTypes

/// The request that a redirect leads to (RFC 9110 §15.4).
struct Redirect {
    let request: HTTPRequest
    let body: Data

    /// Whether a response is a redirect with a `Location`.
    static func isOne(_ status: HTTPResponse.Status, _ fields: @autoclosure () -> HTTPFields) -> Bool {
        switch status.code {
        case 301, 302, 303, 307, 308: fields().contains(.location)
        default: false
        }
    }

    /// Makes the next request, or `nil` if the response isn't a redirect.
    ///
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` if `Location` is not a valid `http` or `https` URL.
    init?(_ response: borrowing CachedResponse, of request: HTTPRequest, body: Data) throws {
        guard Self.isOne(response.status, response.headerFields),
            let location = response.headerFields[fields: .location].first
        else { return nil }
        let target = try TargetURL(of: request).resolving(location)
        var next = HTTPRequest(method: request.method, target: target, headerFields: request.headerFields)

        let becomesGet =
            response.status == .seeOther
            ? request.method != .head
            : [301, 302].contains(response.status.code) && request.method == .post
        if becomesGet {
            next.method = .get
            for name in Self.contentFields { next.headerFields[name] = nil }
        }
        // Another origin must not receive the credentials.
        if (next.scheme, next.authority) != (request.scheme, request.authority) {
            for name in Self.credentialFields { next.headerFields[name] = nil }
        }
        self.request = next
        self.body = becomesGet ? Data() : body
    }

    private static let contentFields: [HTTPField.Name] = [
        .contentEncoding, .contentLanguage, .contentLength, .contentLocation, .contentType, .transferEncoding,
    ]
    private static let credentialFields: [HTTPField.Name] = [.authorization, .cookie, .proxyAuthorization]
}
