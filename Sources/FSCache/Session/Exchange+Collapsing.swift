internal import Foundation
internal import HTTPTypes
internal import Logging

/// Concurrent requests for the same key are collapsed: one goes to the origin, and the others share its result.
extension Exchange {
    /// The result of a request that others wait for.
    enum SharedResult: Sendable {
        /// A stored response.
        case response(StoredResponse)
        /// A response that is being stored, and its content as it arrives.
        case incoming(StoredResponse, SharedBody)
        /// The origin failed for this reason, so a stored response may be served instead.
        case failure(String)
    }

    /// The history of a request that waits for others.
    struct Attempt {
        /// How many flights had ended before the lookup.
        var endedFlights = 0
        /// How many leaders have failed.
        var failures = 0
        /// How often the lookup was repeated because a flight had ended in the meantime.
        var repeatedLookups = 0
    }

    private static let maxRepeatedLookups = 8

    /// Forwards a request, or waits for another one with the same key.
    ///
    /// - Returns: The response; `nil` if the lookup should be repeated.
    func collapse(_ plan: Plan, at key: CacheKey, _ attempt: inout Attempt) async throws -> CachedResponse? {
        guard isCollapsible else { return try await forward(plan) }
        let endedFlights = attempt.repeatedLookups < Self.maxRepeatedLookups ? attempt.endedFlights : nil
        switch session.flights.join(key, unlessEndedSince: endedFlights, now: session.now()) {
        case .lookUpAgain:
            attempt.repeatedLookups += 1
            return nil
        case .alone:
            cache.log(key, "not collapsed: the last response with this key could not be shared")
            return try await forward(plan)
        case .leader(let flight):
            return try await leadAlone(flight, plan, at: key)
        case .follower(let flight):
            cache.log(key, "waiting for a concurrent request with the same key")
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
                // Let one more request try. If it fails too, assume that every request would fail.
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

    /// Whether other requests may share this one's response: not if this one demands a fresh
    /// response or is conditional, nor if the session is read-only.
    private var isCollapsible: Bool {
        !terms.forceRefresh && !terms.refresh && terms.conditions == nil && terms.maxAge != 0
            && !policy.settings.isReadOnly
    }

    /// Forwards a request whose result other requests may be waiting for.
    func lead(
        _ flight: SingleFlight<SharedResult>.Flight,
        _ plan: Plan,
        at key: CacheKey
    ) async throws -> CachedResponse {
        let flights = session.flights
        func finish(with result: SingleFlight<SharedResult>.Result, staysOpen: Bool = false) {
            flights.finish(flight, key, with: result, staysOpen: staysOpen, now: session.now())
        }
        do {
            let outcome = try await conclude(plan)
            let response = outcome.response
            if let failure = response.failure {
                finish(with: .shared(.failure(failure)))
            } else if var shared = outcome.shareable {
                if let incoming = response.stored.content.shared {
                    // Leave out the leader's own reader, so that the body notices when the leader stops reading.
                    shared.removeContent()
                    finish(with: .shared(.incoming(shared, incoming)), staysOpen: true)
                    incoming.whenEnded { flights.close(flight, key) }
                } else {
                    finish(with: .shared(.response(shared)))
                }
            } else {
                // An overloaded origin is better asked by one request at a time, and other requests may want no part.
                let isLasting = response.status.kind != .serverError && terms.conditions == nil
                finish(with: .notShareable(isLasting: isLasting))
            }
            return response
        } catch {
            finish(with: Task.isCancelled ? .abandoned : .failed(error))
            throw error
        }
    }

    /// Uses another request's response, if a lookup would have found it for this one.
    private func follow(_ stored: StoredResponse, _ plan: Plan, at key: CacheKey) async -> CachedResponse? {
        guard stored.unmatchedVary(of: request, policy.matching) == nil else { return nil }
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

    /// Serves the stored response in place of the error that another request got, if that is allowed.
    private func standIn(_ plan: Plan, reason: Answer) async -> CachedResponse? {
        guard case .respond(let outcome) = policy.conclude(plan, reason, now: session.now()) else { return nil }
        return await perform(outcome)
    }

    /// Refreshes a stale response after it has been served (RFC 5861 §3), unless another request is already doing so.
    func refreshLater(_ plan: Plan, at key: CacheKey) {
        guard !policy.settings.isReadOnly, let flight = session.flights.begin(key, now: session.now()) else { return }
        cache.log(key, "served stale, and refreshed in the background")
        let exchange = inBackground(plan.terms)
        let isStarted = session.backgroundTasks.start(limit: policy.settings.maxBackgroundRefreshes) { [cache] in
            do {
                let response = try await exchange.leadAlone(flight, plan, at: key)
                // Reading the stream stores it.
                for try await _ in response.stored.content {}
            } catch {
                cache.log(key, "not refreshed: \(FSCacheError.describe(error))")
            }
        }
        guard !isStarted else { return }
        session.flights.finish(flight, key, with: .abandoned, now: session.now())
        cache.log(key, "not refreshed: too many responses are being refreshed, or the session is closed")
    }
}
