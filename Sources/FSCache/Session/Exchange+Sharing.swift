internal import Foundation
internal import HTTPTypes
internal import Logging

/// Of many requests for the same at the same time one goes to the origin.
extension Exchange {
    /// What a flight brings to those that wait for it.
    enum Cargo: Sendable {
        /// A response that is stored.
        case response(StoredResponse)
        /// A response that is being stored, and its content as it comes in.
        case incoming(StoredResponse, IncomingBody)
        /// The origin has failed, and stored responses may stand in for it.
        case failure(String)
    }

    /// What a request has been through while it waited for others.
    struct Flown {
        /// How many flights had ended before the store was looked into.
        var countBefore = 0
        /// How many leaders have failed.
        var failures = 0
        /// How often the store was looked into again because a flight had ended meanwhile.
        var looks = 0
    }

    /// Goes to the origin, or waits for another request that does so already.
    ///
    /// - Returns: The response; `nil` when the store should be looked into again.
    func share(
        _ found: Lookup,
        because reason: CacheStatus.Forward,
        _ flown: inout Flown,
        _ forward: () async throws -> CachedResponse
    ) async throws -> CachedResponse? {
        guard isShareable else { return try await forward() }
        let countBefore = flown.looks < Self.maxLooks ? flown.countBefore : nil
        switch session.flights.join(found.key, unlessEndedSince: countBefore) {
        case .lookAgain:
            flown.looks += 1
            return nil
        case .leader(let flight):
            return try await lead(flight, found.key, forward)
        case .follower(let flight):
            cache.log(found.key, "waiting for the same request, which is under way")
            switch try await flight.landing() {
            case .shared(.response(let stored)):
                if let response = await follow(stored, at: found.key, because: reason) { return response }
            case .shared(.incoming(let stored, let body)):
                if let response = await follow(stored, body, at: found.key, because: reason) { return response }
            case .shared(.failure(let description)):
                let stored = found.stored
                let response = await standIn(stored, at: found.key, for: .unreachable, description, because: reason)
                if let response { return response }
            case .alone:
                break
            case .failed(let error):
                // One more may try; when that fails as well, it would for everybody.
                flown.failures += 1
                guard flown.failures > 1 else { return nil }
                let stored = found.stored
                let text = Self.describe(error)
                let response = await standIn(stored, at: found.key, for: .unreachable, text, because: reason)
                guard let response else { throw error }
                return response
            case .abandoned:
                return nil
            }
            return try await forward()
        }
    }

    private static let maxLooks = 8

    /// Whether the answer to this request may be that to others: not where it asks for something newer than they do, or
    /// for something of its own, nor where nothing is stored.
    private var isShareable: Bool {
        !terms.forceRefresh && !terms.refresh && terms.conditions == nil && !settings.isReadOnly
    }

    /// Goes to the origin for all who wait.
    func lead(
        _ flight: SingleFlight<Cargo>.Flight,
        _ key: CacheKey,
        _ forward: () async throws -> CachedResponse
    ) async throws -> CachedResponse {
        let flights = session.flights
        do {
            let response = try await forward()
            let status = response.cacheStatus
            if !status.isStored, !response.isRevalidated {
                let failure = response.isFromCache ? status.detail : nil
                flights.land(flight, key, failure.map { .shared(.failure($0)) } ?? .alone)
            } else if let incoming = response.stored.content.shared {
                // Without the leader's own part in it: when that leaves, it must be seen.
                var shared = response.stored
                shared.removeContent()
                flights.land(flight, key, .shared(.incoming(shared, incoming)), staysOpen: true)
                incoming.whenEnded { flights.close(flight, key) }
            } else {
                flights.land(flight, key, .shared(.response(response.stored)))
            }
            return response
        } catch {
            flights.land(flight, key, Task.isCancelled ? .abandoned : .failed(error))
            throw error
        }
    }

    /// Takes another request's response, if this one would have been given it from the store.
    private func follow(
        _ stored: StoredResponse,
        _ incoming: IncomingBody? = nil,
        at key: CacheKey,
        because reason: CacheStatus.Forward
    ) async -> CachedResponse? {
        if let vary = VaryNames(stored.headers),
            !vary.matches(stored: stored.request.headers, new: request.headerFields, settings.matching)
        {
            return nil
        }
        guard case .serve(var shared, isStale: false) = policy.decide(terms, stored: stored, now: session.now()) else {
            return nil
        }
        if let incoming {
            guard let joined = incoming.join() else { return nil }
            shared.content = joined
        }
        if !delivery.isStreamed, shared.content.bytes == nil {
            guard let body = try? await shared.content.collect() else { return nil }
            shared.body = body
        }
        return await serve(shared, at: key, status: CacheStatus(forward: reason, isCollapsed: true))
    }
}

extension Exchange {
    /// Brings a stored response up to date after it has been served (RFC 5861 §3), unless that is being done already.
    func refreshLater(_ stored: StoredResponse, of found: Lookup) {
        guard !settings.isReadOnly, let flight = session.flights.begin(found.key) else { return }
        cache.log(found.key, "served stale, and refreshed in the background")
        let isStarted = session.backgroundTasks.start(limit: settings.maxBackgroundRefreshes) { [inBackground] in
            do {
                let response = try await lead(flight, found.key) {
                    try await inBackground.refresh(stored, of: found)
                }
                // A stream is stored as it is read.
                for try await _ in response.stored.content {}
            } catch {
                cache.log(found.key, "not refreshed: \(Self.describe(error))")
            }
        }
        guard !isStarted else { return }
        session.flights.land(flight, found.key, .alone)
        cache.log(found.key, "not refreshed: too many responses are being refreshed, or the session is closed")
    }
}
