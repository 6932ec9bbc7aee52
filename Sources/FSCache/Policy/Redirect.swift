internal import Foundation
internal import HTTPTypes

/// The request that a redirect leads to (RFC 9110 §15.4).
struct Redirect {
    let request: HTTPRequest
    let body: Data
    /// Whether it goes without the content of the request.
    let dropsContent: Bool

    /// Whether a response is a redirect with a `Location`.
    static func isOne(_ status: HTTPResponse.Status, _ fields: @autoclosure () -> HTTPFields) -> Bool {
        switch status.code {
        case 301, 302, 303, 307, 308: fields().contains(.location)
        default: false
        }
    }

    /// Makes the next request, or `nil` if the response isn't a redirect, or must not be followed: content that may hold a
    /// credential is sent to no other origin.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - request: The request that it answers.
    ///   - body: The content of the request.
    ///   - matching: The names of credentials.
    ///   - defaults: The header fields that the session added to the request by itself.
    /// - Throws: ``FSCacheError`` with ``FSCacheError/Code/invalidURL`` if `Location` is not a valid `http` or `https` URL.
    init?(
        _ response: borrowing CachedResponse,
        of request: HTTPRequest,
        body: Data,
        _ matching: RequestMatching,
        defaults: HTTPFields = [:]
    ) throws {
        guard Self.isOne(response.status, response.headerFields),
            let location = response.headerFields[fields: .location].first
        else { return nil }
        let current = try TargetURL(of: request)
        let target = try current.resolving(location)
        var next = HTTPRequest(method: request.method, target: target, headerFields: request.headerFields)

        let becomesGet =
            response.status == .seeOther
            ? request.method != .head
            : [301, 302].contains(response.status.code) && request.method == .post
        if becomesGet {
            next.method = .get
            for name in Self.contentFields { next.headerFields[name] = nil }
        }
        // Credentials and the session's own fields are meant for one origin only (RFC 9110 §15.4).
        if !target.isSameOrigin(as: current) {
            guard becomesGet || !matching.mayHoldSecret(body, of: request) else { return nil }
            let kept = next.headerFields.filter { field in
                !matching.isRedacted(field.name) && !Self.originFields.contains(field.name)
                    && !defaults.contains(field.name)
                    && !(field.name == .referer && matching.holdsSecret(field.value))
            }
            next.headerFields = kept
        }
        self.request = next
        self.body = becomesGet ? Data() : body
        self.dropsContent = becomesGet
    }

    private static let contentFields: [HTTPField.Name] = [
        .contentEncoding, .contentLanguage, .contentLength, .contentLocation, .contentType, .transferEncoding,
    ]
    private static let originFields =
        [.authorization, .cookie, .host, .proxyAuthorization] + ["Cookie2"].compactMap { HTTPField.Name($0) }
}
