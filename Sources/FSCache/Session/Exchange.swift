internal import Foundation
internal import HTTPTypes
internal import Logging

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// One request and its response, without redirects: the way through the cache.
struct Exchange {
    let request: HTTPRequest
    let body: Data
    let followsRedirects: Bool
    private let terms: RequestTerms
    private let active: ActiveSettings
    private let session: CachedSession

    private var cache: ResponseCache { session.cache }
    private var settings: CacheSettings { active.settings }
    private var policy: CachePolicy { active.policy }

    init(_ request: HTTPRequest, body: Data, options: RequestOptions, active: ActiveSettings, session: CachedSession) {
        self.request = request
        self.body = body
        self.followsRedirects = options.followsRedirects ?? active.settings.followsRedirects
        self.terms = RequestTerms(
            request,
            url: request.urlForPatterns,
            options: options,
            settings: active.settings,
            isDisabled: session.isCacheDisabled
        )
        self.active = active
        self.session = session
    }

    /// Answers from the store, or asks the origin and stores what it says.
    func respond() async throws -> CachedResponse {
        if let bypass = terms.bypass { return try await pass(bypass) }
        let key = try settings.key(of: request, body: body)
        let found = await cache.lookup(key, for: request, settings: settings)
        switch policy.decide(terms, stored: found.response, now: session.now()) {
        case .serve(let stored, let isStale):
            return await serve(stored, at: found.key, isStale: isStale)
        case .revalidate(let stored, let reason):
            cache.log(found.key, "asking the origin whether what is stored still holds: \(reason)")
            return try await revalidate(stored, at: found.key, because: reason)
        case .fetch(let decided):
            let reason = found.isOtherVariant ? .varyMiss : decided
            cache.log(found.key, "asking the origin: \(reason)")
            return try await fetch(found, because: reason)
        case .gatewayTimeout:
            return try gatewayTimeout(at: found.key)
        }
    }
}

// MARK: - From the store

extension Exchange {
    private func serve(
        _ stored: StoredResponse,
        at key: CacheKey,
        isStale: Bool = false,
        isRevalidated: Bool = false,
        status: CacheStatus = CacheStatus()
    ) async -> CachedResponse {
        var status = status
        status.timeToLive = stored.expires.map { Int($0.timeIntervalSince(session.now()).rounded(.down)) }
        let response = CachedResponse(
            request: request,
            stored: stored,
            cacheKey: key,
            cacheStatus: status,
            isFromCache: true,
            isRevalidated: isRevalidated,
            isExpired: isStale
        )
        cache.statistics.count { counts in
            if isRevalidated {
                counts.revalidations += 1
            } else if isStale {
                counts.staleHits += 1
            } else {
                counts.hits += 1
            }
        }
        cache.log(key, isRevalidated ? "revalidated" : isStale ? "served stale" : "hit")
        if let filter = settings.filter, !filter(response), !settings.isReadOnly {
            cache.log(key, "deleted: the filter refuses it")
            await cache.discard(key)
        }
        return response
    }

    /// A stale response in place of an error, when there is one that may be used so (RFC 5861 §4).
    private func standIn(
        _ stored: StoredResponse?,
        at key: CacheKey,
        for failure: String,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse? {
        guard let stored, !Task.isCancelled,
            policy.allowsStaleIfError(terms, stored: stored, now: session.now())
        else { return nil }
        let isStale = stored.expires.map { $0 <= session.now() } ?? false
        let status = CacheStatus(forward: reason, detail: "stands in for: \(failure)")
        return await serve(stored, at: key, isStale: isStale, status: status)
    }

    private func gatewayTimeout(at key: CacheKey) throws -> CachedResponse {
        cache.statistics.count { $0.misses += 1 }
        cache.log(key, "504: nothing usable is stored, and the origin must not be asked")
        let now = session.now()
        let record = try StoredResponse.Request(request, body: body, redacting: settings.matching)
        let text = "Nothing usable is stored for \(record.method) \(record.url), and the origin was not to be asked.\n"
        let stored = StoredResponse(
            request: record,
            status: .gatewayTimeout,
            headerFields: [.contentType: "text/plain; charset=utf-8"],
            body: Data(text.utf8),
            requestedAt: now,
            receivedAt: now,
            createdAt: now,
            expires: nil
        )
        return CachedResponse(
            request: request,
            stored: stored,
            cacheKey: key,
            cacheStatus: CacheStatus(forward: .uriMiss, detail: "only-if-cached")
        )
    }
}

// MARK: - From the origin

extension Exchange {
    /// Asks the origin and leaves the store alone, but for what an unsafe method makes invalid (RFC 9111 §4.4).
    private func pass(_ bypass: RequestTerms.Bypass) async throws -> CachedResponse {
        let stored = try await ask(request)
        cache.statistics.count { $0.bypasses += 1 }
        cache.log(nil, "not cached: \(bypass.rawValue)")
        await invalidate(after: stored.status)
        let reason: CacheStatus.Forward = bypass == .method ? .method : .bypass
        return CachedResponse(
            request: request,
            stored: stored,
            cacheKey: nil,
            cacheStatus: CacheStatus(forward: reason, detail: bypass.rawValue)
        )
    }

    private func fetch(
        _ found: ResponseCache.Found,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        switch try await ask(request, orServe: found.response, at: found.key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer): return await store(answer, at: found.key, because: reason)
        }
    }

    private func revalidate(
        _ stored: StoredResponse,
        at key: CacheKey,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        var conditional = request
        Validators.makeConditional(&conditional.headerFields, with: stored.headerFields)
        switch try await ask(conditional, orServe: stored, at: key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer) where answer.status == .notModified:
            return await freshen(stored, at: key, with: answer, because: reason)
        case .origin(let answer): return await store(answer, at: key, because: reason)
        }
    }

    private enum Answer {
        case origin(StoredResponse)
        case standIn(CachedResponse)
    }

    /// Asks the origin; if that fails, a stored response may stand in.
    private func ask(
        _ request: HTTPRequest,
        orServe stored: StoredResponse?,
        at key: CacheKey,
        because reason: CacheStatus.Forward
    ) async throws -> Answer {
        let answer: StoredResponse
        do {
            answer = try await ask(request)
        } catch {
            let response = await standIn(stored, at: key, for: Self.describe(error), because: reason)
            guard let response else { throw error }
            return .standIn(response)
        }
        if policy.isError(answer.status),
            let response = await standIn(stored, at: key, for: "status \(answer.status)", because: reason)
        {
            return .standIn(response)
        }
        return .origin(answer)
    }

    /// An error in words that fit into a header field.
    private static func describe(_ error: any Error) -> String {
        // What describes a URLError is the dump of a dictionary.
        (error as? URLError)?.localizedDescription ?? "\(error)"
    }

    /// Brings the stored response up to date after a 304, and serves it (RFC 9111 §4.3.4).
    private func freshen(
        _ stored: StoredResponse,
        at key: CacheKey,
        with answer: StoredResponse,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse {
        var fresh = stored
        fresh.headerFields = Validators.merge(stored.headerFields, with: answer.headerFields)
        fresh.requestedAt = answer.requestedAt
        fresh.receivedAt = answer.receivedAt
        var status = CacheStatus(forward: reason, forwardStatus: 304)
        switch storage(of: fresh) {
        case .store(let expires):
            fresh.expires = expires
            let isChanged = fresh.headerFields != stored.headerFields || fresh.expires != stored.expires
            if isChanged { status.isStored = await cache.write(fresh, for: key) }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            cache.log(key, "not updated: \(refusal.rawValue)")
            if refusal == .noStore { await cache.discard(key) }
        }
        return await serve(fresh, at: key, isRevalidated: true, status: status)
    }

    /// Stores what the origin answered, if policy and filter agree.
    private func store(
        _ answer: StoredResponse,
        at key: CacheKey,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse {
        var answer = answer
        var storage = storage(of: answer)
        if case .store(let expires) = storage { answer.expires = expires }
        func response(_ status: CacheStatus) -> CachedResponse {
            CachedResponse(request: request, stored: answer, cacheKey: key, cacheStatus: status)
        }
        if case .store = storage, let filter = settings.filter, !filter(response(CacheStatus(forward: reason))) {
            storage = .refuse(.filtered)
        }
        var status = CacheStatus(forward: reason)
        cache.statistics.count { $0.misses += 1 }
        switch storage {
        case .store(let expires):
            status.isStored = await cache.write(answer.redacted(by: settings.matching), for: key)
            if !status.isStored { status.detail = "could not be stored" }
            status.timeToLive = expires.map { Int($0.timeIntervalSince(answer.receivedAt).rounded(.down)) }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            cache.log(key, "not stored: \(refusal.rawValue)")
        }
        await invalidate(after: answer.status)
        return response(status)
    }

    private func storage(of answer: StoredResponse) -> CachePolicy.Storage {
        policy.storage(
            of: HTTPResponse(status: answer.status, headerFields: answer.headerFields),
            terms: terms,
            requestedAt: answer.requestedAt,
            receivedAt: answer.receivedAt,
            isFollowedRedirect: followsRedirects && Redirect.isOne(answer.status, answer.headerFields)
        )
    }

    /// Sends a request and reads the response to its end: one that ends early throws, and so is never stored.
    private func ask(_ request: HTTPRequest) async throws -> StoredResponse {
        let requestedAt = session.now().wholeMilliseconds
        let response = try await session.transport.send(request, body: body.isEmpty ? nil : HTTPBody(body))
        let receivedAt = session.now().wholeMilliseconds
        return StoredResponse(
            request: try StoredResponse.Request(self.request, body: body, redacting: settings.matching),
            status: response.head.status,
            headerFields: response.head.headerFields,
            body: try await response.body.collect(),
            requestedAt: requestedAt,
            receivedAt: receivedAt,
            createdAt: receivedAt,
            expires: nil
        )
    }

    /// An unsafe method that succeeded makes invalid what is stored for its target (RFC 9111 §4.4).
    private func invalidate(after status: HTTPResponse.Status) async {
        let isSafe = [.get, .head, .options, .trace].contains(request.method)
        guard !isSafe, (200..<400).contains(status.code), !settings.isReadOnly, !session.isCacheDisabled else { return }
        await cache.invalidate(request)
    }
}

extension StoredResponse {
    /// The response as it is stored: cookies redacted, if they are to be.
    fileprivate func redacted(by matching: RequestMatching) -> StoredResponse {
        var redacted = self
        redacted.headerFields = matching.redacted(responseFields: headerFields)
        return redacted
    }
}

extension HTTPRequest {
    /// The URL as patterns see it.
    ///
    /// What is no URL is refused before it matters.
    fileprivate var urlForPatterns: String {
        (try? TargetURL(of: self))?.description ?? ""
    }
}
