internal import Foundation
internal import HTTPTypes

extension CachePolicy {
    /// Decides what to do with an answer (RFC 9111 §3, §4.3.3, §4.4).
    ///
    /// - Parameters:
    ///   - plan: The plan whose request was sent.
    ///   - answer: The origin's answer.
    ///   - now: The time.
    /// - Returns: The response for the client and the changes to the store, or another plan.
    func conclude(_ plan: Plan, _ answer: Answer, now: Date) -> Conclusion {
        let response: StoredResponse
        let current: Lookup?
        switch answer {
        case .failure(let reason):
            return standIn(plan, for: .unreachable, reason, now: now).map { .respond($0) } ?? .fail
        case .response(let came, let lookup): (response, current) = (came, lookup)
        }
        if case .bypass(let bypass) = plan.purpose { return .respond(pass(response, bypass, plan)) }
        if response.status.code >= 400,
            let outcome = standIn(plan, for: .status(response.status.code), "status \(response.status.code)", now: now)
        {
            return .respond(outcome)
        }
        switch plan.purpose {
        case .validate where response.status == .notModified:
            guard let stored = plan.stored, Validators.selects(response.headerFields, stored.headerFields) else {
                return .ask(plan.withoutValidators)
            }
            return .respond(freshen(stored, by: response, plan, isNew: false, now: now))
        case .choose where response.status == .notModified:
            guard let primary = plan.primary, let tag = EntityTag(of: response.headerFields),
                EntityTag(of: primary.response.headerFields)?.stronglyMatches(tag) == true
            else { return .ask(plan.withoutValidators) }
            return .respond(adopt(primary, by: response, plan, now: now))
        case .complete:
            if let whole = complete(plan.stored, with: response, now: now) {
                return .respond(store(whole, plan, current: nil, forwardStatus: response.status.code, now: now))
            }
            // The received octets don't belong with the stored ones, so fetch the complete response.
            guard response.status != .partialContent, response.status != .rangeNotSatisfiable else {
                return .ask(plan.withoutValidators)
            }
            fallthrough
        default:
            return .respond(store(response, plan, current: current, now: now))
        }
    }

    /// The request whose stored response an answer may change: for a part, the request itself; for an answer to `HEAD`,
    /// the `GET` request; otherwise `nil`.
    func requestAffected(by answer: StoredResponse, of plan: Plan) -> HTTPRequest? {
        guard settings.cacheControl, !settings.isReadOnly, plan.key != nil else { return nil }
        if answer.isPartial { return plan.purpose == .complete ? nil : plan.terms.request }
        return plan.terms.request.method == .head && answer.status == .ok ? plan.terms.getRequest : nil
    }
}

// MARK: - Serving stored responses

extension CachePolicy {
    /// Gives the client a stored response.
    ///
    /// - Parameters:
    ///   - stored: The stored response.
    ///   - terms: What the request asks of the cache.
    ///   - key: The key of the stored response.
    ///   - isStale: Whether the response is stale.
    ///   - isRevalidated: Whether the origin has just confirmed it.
    ///   - status: What the cache has done so far.
    ///   - now: The time.
    /// - Returns: The response, and the removal of the entry if the filter rejects it.
    func serve(
        _ stored: StoredResponse,
        _ terms: RequestTerms,
        at key: CacheKey?,
        isStale: Bool = false,
        isRevalidated: Bool = false,
        status: CacheStatus = CacheStatus(),
        now: Date
    ) -> Outcome {
        var status = status
        status.timeToLive = stored.expires.map { Int($0.timeIntervalSince(now).rounded(.down)) }
        if stored.isEdited { status.detail = status.detail.map { "\($0); edited by hand" } ?? "edited by hand" }
        var presented = presented(stored, to: terms, at: now)
        if terms.request.method == .head { presented.removeContent() }
        let response = CachedResponse(
            request: terms.request,
            stored: presented,
            cacheKey: key,
            cacheStatus: status,
            isFromCache: !status.isCollapsed,
            isRevalidated: isRevalidated,
            isExpired: isStale
        )
        guard let filter = settings.filter, let key, !filter(response) else { return Outcome(response: response) }
        return settings.isReadOnly
            ? Outcome(response: response, notes: ["rejected by the filter, but not deleted: the session is read-only"])
            : Outcome(response: response, effects: [.discard(key)], notes: ["deleted: rejected by the filter"])
    }

    /// Gives the client the stored response in place of an error, if that is allowed (RFC 9111 §4.2.4, RFC 5861 §4).
    private func standIn(_ plan: Plan, for failure: Failure, _ reason: String, now: Date) -> Outcome? {
        guard let stored = plan.stored, allowsStaleIfError(plan.terms, stored: stored, on: failure, now: now) else {
            return nil
        }
        let isStale = stored.expires.map { $0 <= now } ?? false
        let status = CacheStatus(forward: plan.reason, detail: "stands in for: \(reason)")
        var outcome = serve(stored, plan.terms, at: plan.key, isStale: isStale, status: status, now: now)
        outcome.response.failure = reason
        return outcome
    }

    /// Tells the client that no usable response is stored, and that the request allows only stored ones
    /// (RFC 9111 §5.2.1.7).
    func gatewayTimeout(_ terms: RequestTerms, at key: CacheKey, now: Date) throws(FSCacheError) -> Outcome {
        let record = try record(of: terms)
        let text = "Nothing usable is stored for \(record.method) \(record.url), and the origin must not be asked.\n"
        let response = StoredResponse(
            request: record,
            status: .gatewayTimeout,
            headerFields: [.contentType: "text/plain; charset=utf-8"],
            body: Data(text.utf8),
            requestedAt: now,
            receivedAt: now,
            createdAt: now,
            expires: nil
        )
        let status = CacheStatus(forward: .uriMiss, detail: CacheStatus.onlyIfCached)
        return Outcome(
            response: CachedResponse(request: terms.request, stored: response, cacheKey: key, cacheStatus: status),
            notes: ["504: nothing usable is stored, and the origin must not be asked"]
        )
    }
}

// MARK: - Storing responses

extension CachePolicy {
    /// Freshens the stored response after a 304 (RFC 9111 §4.3.4).
    ///
    /// It is written if that changes it, or if it is new under its key.
    private func freshen(
        _ stored: StoredResponse,
        by answer: StoredResponse,
        _ plan: Plan,
        isNew: Bool = false,
        now: Date
    ) -> Outcome {
        var fresh = freshened(stored, by: answer)
        let keepsVary = VaryNames(fresh.headers) == VaryNames(stored.headers)
        // The fields that the response now varies by are those of this request.
        if !keepsVary, answer.request.method == stored.request.method { fresh.request = answer.request }
        var status = CacheStatus(forward: plan.reason, forwardStatus: 304)
        var (effects, note): ([Effect], String?) = ([], nil)
        var key = plan.key
        var shareable: StoredResponse?
        switch storage(of: fresh, plan.terms, byteCount: fresh.content.byteCount) {
        case .store(let expires):
            fresh.expires = expires
            if plan.terms.conditions == nil { shareable = asStored(fresh) }
            guard isNew || fresh.headerFields != stored.headerFields || fresh.expires != stored.expires else {
                note = "not updated: the 304 changes nothing"
                break
            }
            guard var entry = entry(for: fresh, plan) else { break }
            if !isNew, keepsVary {
                entry = NewEntry(response: fresh, key: entry.key)
            }
            entry.response = asStored(entry.response)
            status.isStored = true
            key = entry.key
            effects = [isNew || entry.beginsGeneration ? .store(entry) : .update(entry.response, entry.key)]
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            note = "not updated: \(refusal.rawValue)"
            if refusal == .noStore || refusal == .isPrivate, let key = plan.key { effects = [.discard(key)] }
        }
        var outcome = serve(fresh, plan.terms, at: key, isRevalidated: true, status: status, now: now)
        // Otherwise, the filter has rejected it.
        if outcome.effects.isEmpty { outcome.shareable = shareable }
        outcome.effects.insert(contentsOf: effects, at: 0)
        if let note { outcome.notes.insert(note, at: 0) }
        return outcome
    }

    /// The variant that the origin chose for another request, as the response to this one as well (RFC 9111 §4.3.3).
    private func adopt(_ primary: Lookup.Primary, by answer: StoredResponse, _ plan: Plan, now: Date) -> Outcome {
        var copy = primary.response
        copy.request = answer.request
        copy.createdAt = answer.createdAt
        var outcome = freshen(copy, by: answer, plan, isNew: true, now: now)
        // The origin has confirmed the variant itself, too (RFC 9111 §4.3.4).
        var confirmed = freshened(primary.response, by: answer)
        let isReplaced = outcome.response.cacheKey == primary.key
        if !isReplaced, case .store(let expires) = storage(of: confirmed, plan.terms, byteCount: nil) {
            confirmed.expires = expires
            outcome.effects.append(.update(asStored(confirmed), primary.key))
        }
        return outcome
    }

    /// The entry for a response: beside the primary one, if it varies by the same fields, or else in its place.
    ///
    /// The newest response thereby tells by which fields the stored ones are selected, and the older ones are forgotten.
    private func entry(for response: StoredResponse, _ plan: Plan) -> NewEntry? {
        guard let key = plan.key else { return nil }
        var entry = NewEntry(response: response, key: key)
        let vary = VaryNames(response.headers)
        if let primary = plan.primary, primary.key != key, VaryNames(primary.response.headers) == vary {
            entry.response.generation = primary.response.generation
        } else {
            entry.key = plan.primary?.key ?? key
            entry.response.generation = nil
            entry.beginsGeneration = vary != nil
        }
        return entry
    }

    /// The response that came, stored if the rules and the filter agree.
    private func store(
        _ answer: StoredResponse,
        _ plan: Plan,
        current: Lookup?,
        forwardStatus: Int? = nil,
        now: Date
    ) -> Outcome {
        var answer = answer
        var storage = storage(of: answer, plan.terms, byteCount: answer.content.byteCount)
        if case .store(let expires) = storage { answer.expires = expires }
        var entry = entry(for: answer, plan)
        let key = entry?.key
        if case .store = storage, answer.isPartial, let part = entry {
            // Another request may have chosen another key for its response meanwhile.
            let stored = current.flatMap { $0.key == part.key ? $0.stored : nil }
            (entry, storage) = join(part, to: stored, plan.terms, now: now)
        }
        var status = CacheStatus(forward: plan.reason, forwardStatus: forwardStatus)
        func respond() -> CachedResponse {
            let conditions = plan.answersConditions ? plan.terms.conditions : nil
            let presented = conditions.map { answer.answering($0) } ?? answer
            return CachedResponse(
                request: plan.terms.request,
                stored: presented,
                cacheKey: key,
                cacheStatus: status
            )
        }
        if case .store = storage, let filter = settings.filter, !filter(respond()) { storage = .refuse(.filtered) }

        var (effects, notes): ([Effect], [String]) = ([], [])
        var shareable: StoredResponse?
        switch storage {
        case .store(let expires):
            status.isStored = true
            status.timeToLive = expires.map { Int($0.timeIntervalSince(answer.receivedAt).rounded(.down)) }
            if var entry {
                // A client that wants only a part stops reading when it has it, so the rest is read for the store.
                entry.isFinishedInBackground = plan.terms.conditions != nil && !answer.isPartial
                entry.response = asStored(entry.response)
                if plan.terms.conditions == nil { shareable = entry.response }
                effects.append(.store(entry))
            }
        case .refuse(let refusal):
            status.detail = refusal.rawValue
            notes.append("not stored: \(refusal.rawValue)")
        }
        effects += invalidation(by: answer, plan.terms)
        if plan.terms.request.method == .head, let current, let update = updateByHead(current, answer, plan.terms) {
            effects.append(update)
            notes.append("updating the stored response to GET by the response to HEAD")
        }
        return Outcome(response: respond(), shareable: shareable, effects: effects, notes: notes)
    }

    /// Serves the response to a request that bypasses the cache, which can still change the store.
    private func pass(_ answer: StoredResponse, _ bypass: RequestTerms.Bypass, _ plan: Plan) -> Outcome {
        let response = CachedResponse(
            request: plan.terms.request,
            stored: answer,
            cacheKey: nil,
            cacheStatus: CacheStatus(forward: plan.reason, detail: bypass.rawValue)
        )
        var outcome = Outcome(response: response)
        guard bypass != .disabled else { return outcome }
        outcome.effects = invalidation(by: answer, plan.terms)
        if bypass == .method, let entry = entryForGet(answer, plan.terms) {
            outcome.effects.append(.store(entry))
            outcome.notes.append("storing the response to POST as the response to GET")
        }
        return outcome
    }

    /// Invalidates the stored responses of the target of a successful unsafe method, and of the URLs that its response
    /// names (RFC 9111 §4.4).
    private func invalidation(by answer: StoredResponse, _ terms: RequestTerms) -> [Effect] {
        guard !settings.isReadOnly,
            let urls = try? invalidated(by: terms.request, answer.status, answer.headerFields), !urls.isEmpty
        else { return [] }
        return [.invalidate(urls)]
    }

    /// Updates the stored response to `GET` after a response to `HEAD`, or makes it stale if the two describe different
    /// representations (RFC 9111 §4.3.5).
    ///
    /// A stored part is freshened only by requests for that part.
    private func updateByHead(_ lookup: Lookup, _ answer: StoredResponse, _ terms: RequestTerms) -> Effect? {
        guard answer.status == .ok, let stored = lookup.stored, stored.status == .ok || stored.isPartial else {
            return nil
        }
        var updated = stored
        if Validators.selectsByHead(answer.headerFields, stored) {
            updated = freshened(stored, by: answer)
            guard !stored.isPartial, case .store(let expires) = storage(of: updated, terms, byteCount: nil) else {
                return nil
            }
            updated.expires = expires
        } else {
            updated.expires = min(stored.expires ?? answer.receivedAt, answer.receivedAt)
        }
        return .update(asStored(updated), lookup.key)
    }

    /// The response to `POST` as an entry for later `GET` requests, if its `Content-Location` is the target and it
    /// states its freshness lifetime (RFC 9110 §9.3.3).
    ///
    /// A `GET` request has no content, so the response must not depend on a credential in the content of this one. Users
    /// share it only if it says that they may.
    private func entryForGet(_ answer: StoredResponse, _ terms: RequestTerms) -> NewEntry? {
        guard settings.cacheControl, terms.request.method == .post, terms.conditions == nil, answer.status == .ok,
            let location = answer.headerFields[fields: .contentLocation].first,
            let target = try? TargetURL(of: terms.request), (try? target.resolving(location)) == target,
            isExplicitlyFresh(answer),
            !settings.isShared || directives(of: answer.headerFields)?.allowsSharing == true,
            !terms.isBodyStreamed, !matching.mayHoldSecret(terms.body, of: terms.request),
            case .store(let expires) = storage(of: answer, terms, byteCount: answer.content.byteCount)
        else { return nil }
        var get = terms.getRequest
        ClientConditions.remove(from: &get.headerFields)
        guard let key = try? key(of: get, body: Data()),
            let record = try? StoredResponse.Request(get, redacting: matching)
        else { return nil }
        var stored = answer
        stored.request = record
        stored.expires = expires
        return NewEntry(response: asStored(stored), key: key)
    }

    /// The request as it is stored, with secrets redacted.
    func record(of terms: RequestTerms) throws(FSCacheError) -> StoredResponse.Request {
        try StoredResponse.Request(terms.request, body: terms.body, redacting: matching)
    }

    /// The response as it is stored: without fields that must not be stored, with secrets redacted, and with those fields of
    /// the request that tell it from others.
    private func asStored(_ response: StoredResponse) -> StoredResponse {
        var stored = storable(response)
        stored.headerFields = matching.redacted(responseFields: stored.headerFields)
        let varying = VaryNames(response.headers)?.names ?? []
        stored.request.headerFields = matching.distinguishing(stored.request, varying)
        return stored
    }
}
