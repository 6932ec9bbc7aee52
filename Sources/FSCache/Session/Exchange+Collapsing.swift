internal import Foundation
internal import HTTPTypes
internal import Logging

/// Concurrent requests for the same key are collapsed: one goes to the origin, and the others share its result.
extension Exchange {
    /// The result of a request that others wait for.
    enum SharedResult: Sendable {
        /// A stored response.
        case response(StoredResponse)
        /// A response that is being stored, and its content as it comes in.
        case incoming(StoredResponse, SharedBody)
        /// The origin failed for this reason, so that stored responses may stand in.
        case failure(String)
    }

    /// The history of a request that waits for others.
    struct Attempt {
        /// How many flights had ended before the look-up.
        var endedFlights = 0
        /// How many leaders have failed.
        var failures = 0
        /// How often the look-up was made again because a flight had ended meanwhile.
        var repeatedLookups = 0
    }

    private static let maxRepeatedLookups = 8

    /// Forwards a request, or waits for another one with the same key.
    ///
    /// - Returns: The response; `nil` if the store should be looked into again.
    func collapse(_ plan: Plan, at key: CacheKey, _ attempt: inout Attempt) async throws -> CachedResponse? {
        guard isCollapsible else { return try await forward(plan) }
        let endedFlights = attempt.repeatedLookups < Self.maxRepeatedLookups ? attempt.endedFlights : nil
        switch session.flights.join(key, unlessEndedSince: endedFlights, now: session.now()) {
        case .lookUpAgain:
            attempt.repeatedLookups += 1
            return nil
        case .alone:
            cache.log(key, "not waiting for the same request: the last response was good for one client only")
            return try await forward(plan)
        case .leader(let flight):
            return try await lead(flight, plan, at: key)
        case .follower(let flight):
            cache.log(key, "waiting for the same request, which is under way")
            switch try await flight.result() {
            case .shared(.response(let stored)):
                if let response = await follow(stored, plan, at: key) { return response }
            case .shared(.incoming(var stored, let incoming)):
                if let body = incoming.join() {
                    stored.content = body
                    if let response = await follow(stored, plan, at: key) { return response }
                } else {
                    // Nobody reads that body any more.
                    session.flights.close(flight, key)
                }
            case .shared(.failure(let reason)):
                if let response = await standIn(plan, reason: .failure(reason)) { return response }
                return try await forward(plan)
            case .notShareable: return try await forward(plan)
            case .failed(let error):
                // One more may try. If that fails too, it would fail for everybody.
                attempt.failures += 1
                guard attempt.failures > 1 else { return nil }
                guard let response = await standIn(plan, reason: .failure(error)) else { throw error }
                return response
            case .abandoned: return nil
            }
            // Another variant, for instance: the store tells now which key to use.
            attempt.repeatedLookups += 1
            return attempt.repeatedLookups < Self.maxRepeatedLookups ? nil : try await forward(plan)
        }
    }

    /// Whether the response to this request may be given to others: not if the request asks for something newer or
    /// something else than they do, nor if nothing is stored.
    private var isCollapsible: Bool {
        !terms.forceRefresh && !terms.refresh && terms.conditions == nil && terms.maxAge != 0
            && !policy.settings.isReadOnly
    }

    /// Forwards a request for all that wait for it.
    private func lead(
        _ flight: SingleFlight<SharedResult>.Flight,
        _ plan: Plan,
        at key: CacheKey
    ) async throws -> CachedResponse {
        let flights = session.flights
        do {
            let response = try await forward(plan)
            if let failure = response.failure {
                flights.finish(flight, key, with: .shared(.failure(failure)), now: session.now())
            } else if !response.cacheStatus.isStored, !response.isRevalidated {
                // An overloaded origin is better asked by one request at a time.
                let isLasting = response.status.kind != .serverError
                flights.finish(flight, key, with: .notShareable(isLasting: isLasting), now: session.now())
            } else if let incoming = response.stored.content.shared {
                // Without the leader's own reader: the body must notice when the leader leaves.
                var shared = response.stored
                shared.removeContent()
                flights.finish(flight, key, with: .shared(.incoming(shared, incoming)), staysOpen: true, now: session.now())
                incoming.whenEnded { flights.close(flight, key) }
            } else {
                flights.finish(flight, key, with: .shared(.response(response.stored)), now: session.now())
            }
            return response
        } catch {
            flights.finish(flight, key, with: Task.isCancelled ? .abandoned : .failed(error), now: session.now())
            throw error
        }
    }

    /// Takes another request's response, if a look-up would have given it to this one.
    private func follow(_ stored: StoredResponse, _ plan: Plan, at key: CacheKey) async -> CachedResponse? {
        if let vary = VaryNames(stored.headers),
            !vary.matches(stored: stored.request.headers, new: request.headerFields, policy.matching)
        {
            return nil
        }
        let now = session.now()
        guard case .serve(var shared, isStale: false) = policy.decide(terms, Lookup(key: key, stored: stored), now: now)
        else { return nil }
        if !delivery.isStreamed, shared.content.bytes == nil {
            guard let body = try? await shared.content.collect() else { return nil }
            shared.content = MessageBody(body)
        }
        let status = CacheStatus(forward: plan.reason, isCollapsed: true)
        return await perform(policy.serve(shared, terms, at: key, status: status, now: now))
    }

    /// The stored response in place of the error that another request got, if that is allowed.
    private func standIn(_ plan: Plan, reason: Answer) async -> CachedResponse? {
        guard case .respond(let outcome) = policy.conclude(plan, reason, now: session.now()) else { return nil }
        return await perform(outcome)
    }

    /// Brings a stale response up to date after it has been served (RFC 5861 §3), unless another request does already.
    func refreshLater(_ plan: Plan, at key: CacheKey) {
        guard !policy.settings.isReadOnly, let flight = session.flights.begin(key, now: session.now()) else { return }
        cache.log(key, "served stale, and refreshed in the background")
        let isStarted = session.backgroundTasks.start(limit: policy.settings.maxBackgroundRefreshes) { [inBackground] in
            do {
                let response = try await inBackground.lead(flight, plan, at: key)
                // A stream is stored as it is read.
                for try await _ in response.stored.content {}
            } catch {
                cache.log(key, "not refreshed: \(error)")
            }
        }
        guard !isStarted else { return }
        session.flights.finish(flight, key, with: .abandoned, now: session.now())
        cache.log(key, "not refreshed: too many responses are being refreshed, or the session is closed")
    }
}
