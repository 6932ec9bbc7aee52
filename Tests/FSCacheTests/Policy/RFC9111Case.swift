import Foundation
import HTTPTypes

@testable import FSCache

/// The current time, and dates around it as field values, for tables of rules.
enum RFC9111Case {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    static let now = Date(timeIntervalSince1970: 784_111_777)

    /// A date field some seconds from now.
    static func date(_ offset: TimeInterval) -> String {
        HTTPDate.format(now.addingTimeInterval(offset))
    }

    /// Fields, in order, with repeated names.
    static func fields(_ pairs: [(String, String)]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in pairs {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }

    /// A request for `https://example.com/`.
    static func request(_ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "https", authority: "example.com", path: "/", headerFields: fields)
    }

    static func terms(
        _ request: HTTPRequest = request(),
        options: RequestOptions = RequestOptions(),
        settings: CacheSettings
    ) -> RequestTerms {
        RequestTerms(request, options: options, policy: CachePolicy(settings))
    }

    /// A response received some seconds ago, as the origin sent it.
    static func response(
        _ status: Int = 200,
        _ fields: HTTPFields = [:],
        body: String = "",
        age: TimeInterval = 0
    ) -> StoredResponse {
        let received = now.addingTimeInterval(-age)
        return StoredResponse(
            request: StoredResponse.Request(method: .get, url: "https://example.com/"),
            status: .init(code: status),
            headerFields: fields,
            body: Data(body.utf8),
            requestedAt: received,
            receivedAt: received,
            createdAt: received,
            expires: nil
        )
    }

    /// A response received some seconds ago, as stored with these settings.
    static func stored(
        _ fields: HTTPFields,
        status: Int = 200,
        body: String = "0123456789",
        age: TimeInterval = 0,
        settings: CacheSettings
    ) -> StoredResponse {
        let policy = CachePolicy(settings)
        var stored = response(status, fields, body: body, age: age)
        let storage = policy.storage(of: stored, terms(settings: settings), byteCount: nil)
        if case .store(let expires) = storage { stored.expires = expires }
        return policy.storable(stored)
    }
}

extension CachePolicy {
    /// Decides whether a stored response is used, under any key.
    func decide(_ terms: RequestTerms, stored: StoredResponse?, now: Date) -> Decision {
        decide(terms, Lookup(key: CacheKey(hashing: Data()), stored: stored), now: now)
    }
}
