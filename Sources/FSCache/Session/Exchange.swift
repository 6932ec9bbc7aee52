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
    let terms: RequestTerms
    let session: CachedSession
    private let active: ActiveSettings

    var cache: ResponseCache { session.cache }
    var settings: CacheSettings { active.settings }
    var policy: CachePolicy { active.policy }

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
        let found = await lookup(key)
        switch policy.decide(terms, stored: found.response, now: session.now()) {
        case .serve(let stored, let isStale):
            return await serve(stored, at: found.key, isStale: isStale)
        case .serveAndRefresh(let stored):
            cache.log(found.key, "asking the origin first, though a stale response may be served meanwhile")
            return try await refresh(stored, of: found)
        case .revalidate(let stored, let reason):
            cache.log(found.key, "asking the origin whether what is stored still holds: \(reason)")
            return try await revalidate(stored, of: found, because: reason)
        case .fetch(let decided):
            let reason = found.isOtherVariant ? .varyMiss : decided
            cache.log(found.key, "asking the origin: \(reason)")
            return try await fetch(found, because: reason)
        case .gatewayTimeout:
            return try gatewayTimeout(at: found.key)
        }
    }

    /// What is stored for the request; for `HEAD`, a response to `GET` that may be served and is newer (RFC 9111 §4).
    private func lookup(_ key: CacheKey) async -> ResponseCache.Found {
        let found = await cache.lookup(key, for: request, settings: settings)
        guard request.method == .head, settings.cacheControl, let get = await lookupGet(),
            let stored = get.response, isServed(stored)
        else { return found }
        if let own = found.response, isServed(own), own.receivedAt > stored.receivedAt { return found }
        return get
    }

    private func isServed(_ stored: StoredResponse) -> Bool {
        guard case .serve = policy.decide(terms, stored: stored, now: session.now()) else { return false }
        return true
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
        let now = session.now()
        status.timeToLive = stored.expires.map { Int($0.timeIntervalSince(now).rounded(.down)) }
        if stored.isEdited { status.detail = status.detail.map { "\($0); edited by hand" } ?? "edited by hand" }
        var presented = policy.presented(stored, to: terms, at: now)
        if request.method == .head { presented.body = Data() }
        let response = CachedResponse(
            request: request,
            stored: presented,
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
        if let filter = settings.filter, !filter(response) {
            if settings.isReadOnly {
                cache.log(key, "not deleted, though the filter refuses it: the session is read-only")
            } else {
                cache.log(key, "deleted: the filter refuses it")
                await cache.discard(key)
            }
        }
        return response
    }

    /// A stale response in place of an error, when there is one that may be used so (RFC 5861 §4).
    private func standIn(
        _ stored: StoredResponse?,
        at key: CacheKey,
        for failure: CachePolicy.Failure,
        _ description: @autoclosure () -> String,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse? {
        guard let stored, !Task.isCancelled,
            policy.allowsStaleIfError(terms, stored: stored, on: failure, now: session.now())
        else { return nil }
        let isStale = stored.expires.map { $0 <= session.now() } ?? false
        let status = CacheStatus(forward: reason, detail: "stands in for: \(description())")
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
        await invalidate(after: stored)
        if bypass == .method { await storeForGet(stored) }
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
        if found.isOtherVariant, let response = try await fetchAnyVariant(found, because: reason) { return response }
        return try await fetch(request, found, because: reason)
    }

    private func fetch(
        _ outgoing: HTTPRequest,
        _ found: ResponseCache.Found,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        switch try await ask(outgoing, orServe: found.response, at: found.key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer): return await store(answer, at: found.key, because: reason)
        }
    }

    private func revalidate(
        _ stored: StoredResponse,
        of found: ResponseCache.Found,
        because reason: CacheStatus.Forward
    ) async throws -> CachedResponse {
        var conditional = requestForComplete
        Validators.makeConditional(&conditional.headerFields, with: stored.headerFields)
        switch try await ask(conditional, orServe: stored, at: found.key, because: reason) {
        case .standIn(let response): return response
        case .origin(let answer) where answer.status == .notModified:
            if Validators.selects(answer.headerFields, stored.headerFields) {
                return await freshen(stored, at: found.key, with: answer, because: reason)
            }
            cache.log(found.key, "asking once more: the origin confirmed what isn't stored")
            return try await fetch(requestForComplete, found, because: reason)
        case .origin(let answer): return await store(answer, at: found.key, because: reason, isForComplete: true)
        }
    }

    private func refresh(_ stored: StoredResponse, of found: ResponseCache.Found) async throws -> CachedResponse {
        Validators.exist(in: stored.headerFields)
            ? try await revalidate(stored, of: found, because: .stale) : try await fetch(found, because: .stale)
    }

    /// Tells the origin of the variants that are stored, none of which is for this request: it may choose one
    /// (RFC 9111 §4.1).
    ///
    /// - Returns: The response; `nil` when there are no variants to tell of, or the origin means one that isn't stored.
    private func fetchAnyVariant(
        _ found: ResponseCache.Found,
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
    private var requestForComplete: HTTPRequest {
        guard terms.conditions != nil else { return request }
        var complete = request
        ClientConditions.remove(from: &complete.headerFields)
        return complete
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
    private static func describe(_ error: any Error) -> String {
        // What describes a URLError is the dump of a dictionary.
        (error as? URLError)?.localizedDescription ?? "\(error)"
    }

    /// Brings the stored response up to date after a 304, and serves it (RFC 9111 §4.3.4).
    ///
    /// It is written if that changed it, or if it is new under this key.
    private func freshen(
        _ stored: StoredResponse,
        at key: CacheKey,
        with answer: StoredResponse,
        because reason: CacheStatus.Forward,
        isNew: Bool = false
    ) async -> CachedResponse {
        var fresh = policy.freshened(stored, by: answer)
        var status = CacheStatus(forward: reason, forwardStatus: 304)
        switch storage(of: fresh) {
        case .store(let expires):
            fresh.expires = expires
            let isChanged = isNew || fresh.headerFields != stored.headerFields || fresh.expires != stored.expires
            if isChanged {
                status.isStored = await write(fresh, for: key)
            } else {
                cache.log(key, "not updated: the 304 changes nothing")
            }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            cache.log(key, "not updated: \(refusal.rawValue)")
            if refusal == .noStore || refusal == .isPrivate { await cache.discard(key) }
        }
        return await serve(fresh, at: key, isRevalidated: true, status: status)
    }

    /// Stores what the origin answered, if policy and filter agree.
    private func store(
        _ answer: StoredResponse,
        at key: CacheKey,
        because reason: CacheStatus.Forward,
        isForComplete: Bool = false
    ) async -> CachedResponse {
        var answer = answer
        var storage = storage(of: answer)
        if case .store(let expires) = storage { answer.expires = expires }
        func response(_ status: CacheStatus) -> CachedResponse {
            let stored = isForComplete ? terms.conditions.map { answer.answering($0) } ?? answer : answer
            return CachedResponse(request: request, stored: stored, cacheKey: key, cacheStatus: status)
        }
        if case .store = storage, let filter = settings.filter, !filter(response(CacheStatus(forward: reason))) {
            storage = .refuse(.filtered)
        }
        var status = CacheStatus(forward: reason)
        cache.statistics.count { $0.misses += 1 }
        switch storage {
        case .store(let expires):
            status.isStored = await write(answer, for: key)
            if !status.isStored { status.detail = "could not be stored" }
            status.timeToLive = expires.map { Int($0.timeIntervalSince(answer.receivedAt).rounded(.down)) }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            cache.log(key, "not stored: \(refusal.rawValue)")
        }
        await invalidate(after: answer)
        if request.method == .head { await updateGet(with: answer) }
        return response(status)
    }

    func storage(of answer: StoredResponse) -> CachePolicy.Storage {
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
}

extension HTTPRequest {
    /// The URL as patterns see it.
    ///
    /// What is no URL is refused before it matters.
    fileprivate var urlForPatterns: String {
        (try? TargetURL(of: self))?.description ?? ""
    }
}
