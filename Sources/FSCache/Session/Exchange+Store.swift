internal import Foundation
internal import HTTPTypes
internal import Logging

/// Answers from the store.
extension Exchange {
    func serve(
        _ stored: StoredResponse,
        at key: CacheKey,
        isStale: Bool = false,
        isRevalidated: Bool = false,
        status: CacheStatus = CacheStatus(),
        now: Date? = nil
    ) async -> CachedResponse {
        var status = status
        let now = now ?? session.now()
        status.timeToLive = stored.expires.map { Int($0.timeIntervalSince(now).rounded(.down)) }
        if stored.isEdited { status.detail = status.detail.map { "\($0); edited by hand" } ?? "edited by hand" }
        var presented = policy.presented(stored, to: terms, at: now)
        if request.method == .head { presented.removeContent() }
        let response = CachedResponse(
            request: request,
            stored: presented,
            cacheKey: key,
            cacheStatus: status,
            isFromCache: !status.isCollapsed,
            isRevalidated: isRevalidated,
            isExpired: isStale
        )
        cache.record { counts in
            if status.isCollapsed {
                counts.collapsedRequests += 1
            } else if isRevalidated {
                counts.revalidations += 1
            } else if isStale {
                counts.staleHits += 1
            } else {
                counts.hits += 1
            }
        }
        cache.log(key, status.isCollapsed ? "shared" : isRevalidated ? "revalidated" : isStale ? "served stale" : "hit")
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
    func standIn(
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

    func gatewayTimeout(at key: CacheKey) throws -> CachedResponse {
        cache.record { $0.misses += 1 }
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
