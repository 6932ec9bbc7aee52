internal import Foundation
internal import HTTPTypes
internal import Logging

/// What becomes of the store after the origin has answered.
extension Exchange {
    /// Brings the stored response up to date after a 304, and serves it (RFC 9111 §4.3.4).
    ///
    /// It is written if that changed it, or if it is new under this key.
    func freshen(
        _ stored: StoredResponse,
        at key: CacheKey,
        with answer: StoredResponse,
        because reason: CacheStatus.Forward,
        isNew: Bool = false
    ) async -> CachedResponse {
        var fresh = policy.freshened(stored, by: answer)
        var status = CacheStatus(forward: reason, forwardStatus: 304)
        switch storage(of: fresh, byteCount: fresh.content.byteCount) {
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
    func store(
        _ answer: StoredResponse,
        at key: CacheKey,
        because reason: CacheStatus.Forward,
        isForComplete: Bool = false,
        forwardStatus: Int? = nil
    ) async -> CachedResponse {
        var answer = answer
        var storage = storage(of: answer, byteCount: answer.content.byteCount)
        if case .store(let expires) = storage { answer.expires = expires }
        var part: JoinedPart?
        if case .store = storage, answer.isPartial { (part, storage) = await joined(answer, at: key) }
        func response(_ status: CacheStatus) -> CachedResponse {
            let stored = isForComplete ? terms.conditions.map { answer.answering($0) } ?? answer : answer
            return CachedResponse(request: request, stored: stored, cacheKey: key, cacheStatus: status)
        }
        if case .store = storage, let filter = settings.filter, !filter(response(CacheStatus(forward: reason))) {
            storage = .refuse(.filtered)
        }
        var status = CacheStatus(forward: reason, forwardStatus: forwardStatus)
        cache.record { $0.misses += 1 }
        switch storage {
        case .store(let expires):
            status.isStored = await keep(&answer, as: part, for: key)
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
    /// - Parameters:
    ///   - answer: The response, whose content can be read as it is stored.
    ///   - part: What is stored of it, where it is a part.
    ///   - key: The key of its entry.
    /// - Returns: Whether it is stored, as far as that is known.
    func keep(_ answer: inout StoredResponse, as part: JoinedPart? = nil, for key: CacheKey) async -> Bool {
        let source = answer.content
        guard source.isStream else {
            guard let part else { return await write(answer, for: key) }
            return await write(part, around: answer.body, for: key)
        }
        // A client that wants some of a content tells by leaving that it wants no more.
        var isFinished = terms.conditions != nil && part == nil
        if case .streamed(isFinished: true) = delivery { isFinished = true }
        let incoming = IncomingBody(byteCount: source.byteCount, finisher: isFinished ? session.backgroundTasks : nil)
        guard let joined = incoming.join() else { return false }
        var stored = policy.storable(part?.entry ?? answer).redacted(by: settings.matching)
        stored.removeContent()
        answer.content = joined
        incoming.start { [stored, cache, settings] incoming in
            var recording = await EntryRecording(
                stored,
                for: key,
                in: cache,
                settings,
                around: part,
                incoming: incoming
            )
            for try await chunk in source {
                await recording.append(chunk)
                try await incoming.append(chunk)
            }
            // Some streams end when their task is cancelled, as if that were all.
            try Task.checkCancellation()
            _ = await recording.commit()
        }
        return true
    }

    /// Whether a response is stored, and until when it is fresh, or why not.
    ///
    /// - Parameters:
    ///   - answer: The response, with or without its content.
    ///   - byteCount: How long the content is, where that is known.
    /// - Returns: What to do with it.
    func storage(of answer: StoredResponse, byteCount: Int? = nil) -> CachePolicy.Storage {
        policy.storage(
            of: HTTPResponse(status: answer.status, headerFields: answer.headerFields),
            byteCount: byteCount,
            terms: terms,
            requestedAt: answer.requestedAt,
            receivedAt: answer.receivedAt,
            isFollowedRedirect: followsRedirects && Redirect.isOne(answer.status, answer.headerFields)
        )
    }
}
