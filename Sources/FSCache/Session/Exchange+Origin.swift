internal import Foundation
internal import HTTPTypes
internal import Logging

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// Answers from the origin.
extension Exchange {
    /// Asks the origin and leaves the store alone, but for what an unsafe method makes invalid (RFC 9111 §4.4).
    func pass(_ bypass: RequestTerms.Bypass) async throws -> CachedResponse {
        var stored = try await ask(request)
        cache.record { $0.bypasses += 1 }
        cache.log(nil, "not cached: \(bypass.rawValue)")
        await invalidate(after: stored)
        if bypass == .method { await storeForGet(&stored) }
        let reason: CacheStatus.Forward = bypass == .method ? .method : .bypass
        return CachedResponse(
            request: request,
            stored: stored,
            cacheKey: nil,
            cacheStatus: CacheStatus(forward: reason, detail: bypass.rawValue)
        )
    }

    func fetch(
        _ found: Lookup,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        if found.isOtherVariant, let response = try await fetchAnyVariant(found, because: reason) { return response }
        return try await fetch(request, found, because: reason)
    }

    func fetch(
        _ outgoing: HTTPRequest,
        _ found: Lookup,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        switch try await ask(outgoing, orServe: found.stored, at: found.key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer): return await store(answer, at: found.key, because: reason)
        }
    }

    func revalidate(
        _ stored: StoredResponse,
        of found: Lookup,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        let unconditional = stored.isPartial ? requestForPart : requestForComplete
        var conditional = unconditional
        Validators.makeConditional(&conditional.headerFields, with: stored.headerFields)
        switch try await ask(conditional, orServe: stored, at: found.key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer) where answer.status == .notModified:
            if Validators.selects(answer.headerFields, stored.headerFields) {
                return await freshen(stored, at: found.key, with: answer, because: reason)
            }
            cache.log(found.key, "asking once more: the origin confirmed what isn't stored")
            return try await fetch(unconditional, found, because: reason)
        case .origin(let answer): return await store(answer, at: found.key, because: reason, isForComplete: true)
        }
    }

    func refresh(_ stored: StoredResponse, of found: Lookup) async throws -> CachedResponse {
        Validators.exist(in: stored.headers)
            ? try await revalidate(stored, of: found, because: .stale) : try await fetch(found, because: .stale)
    }

    /// Tells the origin of the variants that are stored, none of which is for this request: it may choose one
    /// (RFC 9111 §4.1).
    ///
    /// - Returns: The response; `nil` when there are no variants to tell of, or the origin means one that isn't stored.
    func fetchAnyVariant(
        _ found: Lookup,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse? {
        guard settings.cacheControl, terms.conditions == nil, !terms.forceRefresh, !terms.refresh else { return nil }
        let record = try StoredResponse.Request(request, body: body, redacting: settings.matching)
        let variants = await cache.variants(near: found.key, of: record)
        var conditional = request
        guard Validators.makeConditional(&conditional.headerFields, withAnyOf: variants.map(\.headerFields)),
            case .origin(let answer) = try await ask(conditional, orServe: nil, at: found.key, because: reason)
        else { return nil }
        guard answer.status == .notModified else { return await store(answer, at: found.key, because: reason) }
        guard var selected = Validators.selected(by: answer.headerFields, among: variants) else { return nil }
        selected.request = answer.request
        selected.createdAt = answer.createdAt
        return await freshen(selected, at: found.key, with: answer, because: reason, isNew: true)
    }

    /// The request as it asks for the complete response: what the client's own conditions make of that, the cache finds
    /// out itself.
    var requestForComplete: HTTPRequest {
        guard terms.conditions != nil else { return request }
        var complete = request
        ClientConditions.remove(from: &complete.headerFields)
        return complete
    }

    enum Answer {
        case origin(StoredResponse)
        case standIn(CachedResponse)
    }

    /// Asks the origin; if that fails, a stored response may stand in.
    func ask(
        _ request: HTTPRequest,
        orServe stored: StoredResponse?,
        at key: CacheKey,
        because reason: CacheStatus.Forward
    ) async throws -> Answer {
        let answer: StoredResponse
        do {
            answer = try await ask(request)
        } catch {
            let response = await standIn(stored, at: key, for: .unreachable, Self.describe(error), because: reason)
            guard let response else { throw error }
            return .standIn(response)
        }
        let failure = CachePolicy.Failure.status(answer.status.code)
        if answer.status.code >= 400,
            let response = await standIn(stored, at: key, for: failure, "status \(answer.status)", because: reason)
        {
            return .standIn(response)
        }
        return .origin(answer)
    }

    /// An error in words that fit into a header field.
    static func describe(_ error: any Error) -> String {
        // What describes a URLError is the dump of a dictionary.
        (error as? URLError)?.localizedDescription ?? "\(error)"
    }

    /// Sends a request.
    ///
    /// The content of the response is read to its end here, unless it is to be streamed: one that ends early throws,
    /// and so is never stored.
    func ask(_ request: HTTPRequest) async throws -> StoredResponse {
        let requestedAt = session.now().wholeMilliseconds
        let response = try await InterimResponses.withReceiver(onInterimResponse) {
            try await session.transport.send(request, body: outgoingBody)
        }
        let receivedAt = session.now().wholeMilliseconds
        let isDetached = delivery.isStreamed && response.body.bytes == nil && mayHaveContent(response.head.status)
        var answer = StoredResponse(
            request: try StoredResponse.Request(self.request, body: body, redacting: settings.matching),
            status: response.head.status,
            headerFields: response.head.headerFields,
            body: isDetached ? Data() : try await response.body.collect(),
            requestedAt: requestedAt,
            receivedAt: receivedAt,
            createdAt: receivedAt,
            expires: nil
        )
        if isDetached { answer.content = response.body }
        return answer
    }

    private func mayHaveContent(_ status: HTTPResponse.Status) -> Bool {
        request.method != .head && ![204, 304].contains(status.code)
    }
}
