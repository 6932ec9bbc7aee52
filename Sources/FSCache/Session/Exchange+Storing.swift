internal import Foundation
internal import HTTPTypes
internal import Logging

/// What becomes of the store after the origin has answered.
extension Exchange {
    /// Brings the stored response up to date after a 304, and serves it (RFC 9111 §4.3.4).
    func freshen(
        _ stored: StoredResponse,
        at key: CacheKey,
        with answer: StoredResponse,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse {
        var fresh = policy.freshened(stored, by: answer)
        var status = CacheStatus(forward: reason, forwardStatus: 304)
        switch storage(of: fresh) {
        case .store(let expires):
            fresh.expires = expires
            let isChanged = fresh.headerFields != stored.headerFields || fresh.expires != stored.expires
            if isChanged { status.isStored = await cache.write(fresh, for: key) }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            cache.log(key, "not updated: \(refusal.rawValue)")
            if refusal == .noStore || refusal == .isPrivate { await cache.discard(key) }
        }
        return await serve(fresh, at: key, isRevalidated: true, status: status)
    }

    /// Stores what the origin answered, if policy and filter agree.
    func store(
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
            status.isStored = await keep(&answer, for: key)
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

    /// Stores a response: at once when all of it is there, or else while its content is read.
    ///
    /// - Returns: Whether it is stored, as far as that is known.
    func keep(_ answer: inout StoredResponse, for key: CacheKey) async -> Bool {
        guard let source = answer.detachedBody else { return await write(answer, for: key) }
        var isFinished = terms.conditions != nil
        if case .streamed(isFinished: true) = delivery { isFinished = true }
        let incoming = IncomingBody(byteCount: source.byteCount, outlivesReaders: isFinished)
        guard let joined = DetachedBody(joining: incoming) else { return false }
        var stored = policy.storable(answer).redacted(by: settings.matching)
        stored.detachedBody = nil
        answer.detachedBody = joined
        incoming.start { [stored, cache, settings] incoming in
            var recording = await EntryRecording(stored, for: key, in: cache, settings, incoming: incoming)
            for try await chunk in source.body {
                await recording.append(chunk)
                try await incoming.append(chunk)
            }
            // Some streams end when their task is cancelled, as if that were all.
            try Task.checkCancellation()
            await recording.commit()
        }
        return true
    }

    /// Writes a response as it may be stored.
    func write(_ answer: StoredResponse, for key: CacheKey) async -> Bool {
        await cache.write(policy.storable(answer).redacted(by: settings.matching), for: key)
    }

    /// Brings the stored response to `GET` up to date after a response to `HEAD`, or marks it stale where that tells of
    /// another representation (RFC 9111 §4.3.5).
    func updateGet(with answer: StoredResponse) async {
        guard settings.cacheControl, !settings.isReadOnly, answer.status == .ok, let found = await lookupGet(),
            let stored = found.response, stored.status == .ok
        else { return }
        var updated = stored
        if Validators.selectsByHead(answer.headerFields, stored) {
            updated = policy.freshened(stored, by: answer)
            guard case .store(let expires) = storage(of: updated) else { return }
            updated.expires = expires
        } else {
            updated.expires = min(stored.expires ?? answer.receivedAt, answer.receivedAt)
        }
        cache.log(found.key, "updated: \(request.method) was answered")
        _ = await cache.write(updated, for: found.key)
    }

    /// Stores the response to `POST` for later `GET` requests, where it says what it is the content of, and how long it
    /// is fresh (RFC 9110 §9.3.3).
    func storeForGet(_ answer: StoredResponse) async {
        guard settings.cacheControl, request.method == .post, terms.conditions == nil, answer.status == .ok,
            let location = answer.headerFields[fields: .contentLocation].first,
            let target = try? TargetURL(of: request), (try? target.resolving(location)) == target,
            policy.isExplicitlyFresh(answer), case .store(let expires) = storage(of: answer)
        else { return }
        var get = request
        get.method = .get
        ClientConditions.remove(from: &get.headerFields)
        guard let key = try? settings.key(of: get, body: Data()),
            let record = try? StoredResponse.Request(get, redacting: settings.matching)
        else { return }
        var stored = answer
        stored.request = record
        stored.expires = expires
        if await write(stored, for: key) { cache.log(key, "stored: the response to POST is that to GET") }
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

    /// An unsafe method that succeeded makes invalid what is stored for its target, and for what it names
    /// (RFC 9111 §4.4).
    func invalidate(after answer: StoredResponse) async {
        guard !settings.isReadOnly, !session.isCacheDisabled,
            let urls = try? policy.invalidated(by: request, answer.status, answer.headerFields), !urls.isEmpty
        else { return }
        await cache.invalidate(urls, after: request.method)
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
