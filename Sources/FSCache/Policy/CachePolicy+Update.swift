internal import Foundation
internal import HTTPTypes

extension CachePolicy {
    /// The response as it is stored: without fields that must not be stored, and with a `Date` (RFC 9111 §3.1,
    /// RFC 9110 §6.6.1).
    func storable(_ response: StoredResponse) -> StoredResponse {
        guard let directives = directives(of: response.headerFields) else { return response }
        var storable = response
        storable.headerFields = StorableFields.select(
            response.headerFields,
            isShared: settings.isShared,
            limitsFields: directives.limitsFields
        )
        if !storable.headerFields.contains(.date) {
            storable.headerFields[.date] = HTTPDate.format(response.receivedAt)
        }
        return storable
    }

    /// The stored response, updated by a 304 or by a 200 to a `HEAD` request (RFC 9111 §3.2, §4.3.4, §4.3.5).
    ///
    /// Its expiry is not updated.
    func freshened(_ stored: StoredResponse, by answer: StoredResponse) -> StoredResponse {
        var fresh = stored
        fresh.requestedAt = answer.requestedAt
        fresh.receivedAt = answer.receivedAt
        guard settings.cacheControl else {
            fresh.headerFields = Validators.merge(stored.headerFields, with: answer.headerFields)
            return fresh
        }
        // Only the update says how old the response is now.
        var own = stored.headerFields
        if !answer.headerFields.contains(.age) { own[.age] = nil }
        if !answer.headerFields.contains(.date) { own[.date] = nil }
        fresh.headerFields = Validators.merge(own, with: answer.headerFields)
        return storable(fresh)
    }

    /// The stored response as the client gets it: with an `Age` (RFC 9111 §4), and as a 304, 206 or 416 if the
    /// request's conditions demand it (§4.3.2).
    func presented(_ stored: StoredResponse, to terms: RequestTerms, at now: Date) -> StoredResponse {
        guard settings.cacheControl else { return stored }
        var response = stored
        response.headerFields[.age] = String(Int(age(of: stored, at: now).rounded(.down)))
        return terms.conditions.map { response.answering($0) } ?? response
    }
}

extension CachePolicy {
    /// The URLs whose stored responses a response invalidates (RFC 9111 §4.4): the target of a method that isn't known to be
    /// safe, and the URLs of the same origin in `Location` and `Content-Location`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - status: The status of the response. Only success and redirection invalidate.
    ///   - fields: The header fields of the response.
    /// - Returns: The URLs, normalized, each once.
    /// - Throws: ``FSCacheError/Code/invalidURL`` if the request has no valid URL.
    func invalidated(
        by request: HTTPRequest,
        _ status: HTTPResponse.Status,
        _ fields: HTTPFields
    ) throws(FSCacheError) -> [String] {
        guard !Self.safeMethods.contains(request.method), (200..<400).contains(status.code) else { return [] }
        let target = try TargetURL(of: request)
        var urls = [target.description]
        // It has its own key then, and so has the normal form.
        if !settings.urlMatching.isNormalized, let path = request.path, path != target.path {
            urls.append("\(target.scheme)://\(target.authority)\(path)")
        }
        guard settings.cacheControl else { return urls }
        for name in [HTTPField.Name.location, .contentLocation] {
            guard let field = fields[fields: name].first, let url = try? target.resolving(field),
                url.isSameOrigin(as: target), !urls.contains(url.description)
            else { continue }
            urls.append(url.description)
        }
        return urls
    }

    /// The methods that are known to be safe (RFC 9110 §9.2.1, and the registry of methods).
    private static let safeMethods: Set<HTTPRequest.Method> = Set(
        ["GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE"]
            .compactMap { HTTPRequest.Method($0) }
    )
}
