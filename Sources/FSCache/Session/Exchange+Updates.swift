internal import Foundation
internal import HTTPTypes
internal import Logging

// What an exchange does to the store besides storing its own response.
extension Exchange {
    /// Writes a response as it may be stored.
    func write(_ answer: StoredResponse, for key: CacheKey) async -> Bool {
        await cache.write(policy.storable(answer).redacted(by: settings.matching), for: key)
    }

    /// An unsafe method that succeeded makes invalid what is stored for its target, and for what it names
    /// (RFC 9111 §4.4).
    func invalidate(after answer: StoredResponse) async {
        guard settings.invalidatesAfterUnsafeMethods, !settings.isReadOnly, !session.isCacheDisabled,
            let urls = try? policy.invalidated(by: request, answer.status, answer.headerFields), !urls.isEmpty
        else { return }
        await cache.invalidate(urls, after: request.method)
    }

    /// What is stored for the same request with the method `GET`.
    func lookupGet() async -> Lookup? {
        var get = request
        get.method = .get
        guard let key = try? settings.key(of: get, body: body) else { return nil }
        return await cache.lookUp(key, for: get, policy, leavesLargeBodies: delivery.isStreamed)
    }

    /// Brings the stored response to `GET` up to date after a response to `HEAD`, or marks it stale where that tells of
    /// another representation (RFC 9111 §4.3.5).
    ///
    /// A part is renewed only by requests for it.
    func updateGet(with answer: StoredResponse) async {
        guard settings.cacheControl, !settings.isReadOnly, answer.status == .ok, let found = await lookupGet(),
            let stored = found.stored, stored.status == .ok || stored.isPartial
        else { return }
        var updated = stored
        if Validators.selectsByHead(answer.headerFields, stored) {
            updated = policy.freshened(stored, by: answer)
            guard !stored.isPartial, case .store(let expires) = storage(of: updated) else { return }
            updated.expires = expires
        } else {
            updated.expires = min(stored.expires ?? answer.receivedAt, answer.receivedAt)
        }
        cache.log(found.key, "updated: \(request.method) was answered")
        _ = await write(updated, for: found.key)
    }

    /// Stores the response to `POST` for later `GET` requests, where it says what it is the content of, and how long it
    /// is fresh (RFC 9110 §9.3.3).
    func storeForGet(_ answer: inout StoredResponse) async {
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
        guard await keep(&stored, for: key) else { return }
        answer.content = stored.content
        cache.log(key, "stored: the response to POST is that to GET")
    }
}

extension StoredResponse {
    /// The response as it is stored: cookies redacted, if they are to be.
    func redacted(by matching: RequestMatching) -> StoredResponse {
        var redacted = self
        redacted.headerFields = matching.redacted(responseFields: headerFields)
        return redacted
    }
}
