internal import Foundation
internal import Synchronization

/// Lets one of many concurrent requests for the same key go to the origin; the others share its result.
///
/// A flight has one leader. It ends with a result that all can share, with the advice that each request must go to the
/// origin itself, or with an error. If the leader is cancelled, it leaves no result, and one of the waiting requests
/// leads the next flight.
final class SingleFlight<Value: Sendable>: Sendable {
    /// How a flight ends for the waiting requests.
    enum Result: Sendable {
        /// All requests share this value.
        case shared(Value)
        /// The response is good for the leader alone; that may be so again, or not.
        case notShareable(isLasting: Bool)
        /// The leader got no response.
        case failed(any Error)
        /// The leader was cancelled before it had a result.
        case abandoned
    }

    /// One request in progress.
    final class Flight: Sendable {
        private struct State {
            var result: Result?
            var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
            var lastID = 0
        }

        private let state = Mutex(State())
        /// When it began, in the order of all invalidations.
        fileprivate let mark: Invalidations.Mark

        fileprivate init(_ mark: Invalidations.Mark) {
            self.mark = mark
        }

        fileprivate func finish(with result: Result) {
            let waiting = state.withLock { state in
                guard state.result == nil else { return [:] as [Int: CheckedContinuation<Void, Never>] }
                state.result = result
                defer { state.waiting = [:] }
                return state.waiting
            }
            for continuation in waiting.values { continuation.resume() }
        }

        /// Waits for the leader's result.
        ///
        /// - Throws: `CancellationError`.
        func result() async throws -> Result {
            let id = state.withLock { state in
                state.lastID += 1
                return state.lastID
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.result != nil || Task.isCancelled { return true }
                        state.waiting[id] = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
            }
            try Task.checkCancellation()
            return state.withLock { $0.result } ?? .abandoned
        }
    }

    /// The role of a request.
    enum Role {
        /// Go to the origin, and always call ``SingleFlight/finish(_:_:with:staysOpen:)``.
        case leader(Flight)
        /// Wait for ``Flight/result()``.
        case follower(Flight)
        /// Go to the origin without the others: the last answer was good for one request only.
        case alone
        /// A flight has ended since the look-up, and may have been the one to join: its result is in the store now.
        case lookUpAgain
    }

    /// How long it is remembered that the answers to a request can't be shared, in seconds.
    static var solitude: TimeInterval { 60 }
    private static var solitaryLimit: Int { 4096 }

    private struct State {
        var flights: [CacheKey: Flight] = [:]
        /// Until when requests for a key don't wait for each other.
        var solitary: [CacheKey: Date] = [:]
    }

    private let state = Mutex(State())
    private let invalidations: Invalidations
    private let ended = Atomic(0)

    /// - Parameter invalidations: Requests don't join a flight that began before their response was invalidated.
    init(_ invalidations: Invalidations) {
        self.invalidations = invalidations
    }

    /// Joins the flight of a key, or begins it.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - count: The ``endedCount`` from before the look-up; `nil` to begin in any case.
    ///   - now: The time.
    /// - Returns: What to do.
    func join(_ key: CacheKey, unlessEndedSince count: Int? = nil, now: Date) -> Role {
        state.withLock { state in
            if let flight = state.flights[key], !invalidations.concern(key, since: flight.mark) {
                return .follower(flight)
            }
            if let until = state.solitary[key] {
                if now < until { return .alone }
                state.solitary[key] = nil
            }
            if let count, count != endedCount { return .lookUpAgain }
            let flight = Flight(invalidations.mark)
            state.flights[key] = flight
            return .leader(flight)
        }
    }

    /// Remembers for a while that the answers to a request can't be shared, so that requests don't queue for nothing.
    private func rememberSolitary(_ key: CacheKey, now: Date) {
        state.withLock { state in
            if state.solitary.count >= Self.solitaryLimit { state.solitary = state.solitary.filter { $0.value > now } }
            guard state.solitary.count < Self.solitaryLimit else { return }
            state.solitary[key] = now + Self.solitude
        }
    }

    /// Begins the flight of a key, unless there is one.
    func begin(_ key: CacheKey, now: Date) -> Flight? {
        if case .leader(let flight) = join(key, now: now) { flight } else { nil }
    }

    /// Gives the result to the waiting requests.
    ///
    /// - Parameters:
    ///   - flight: The flight.
    ///   - key: Its key.
    ///   - result: The result.
    ///   - staysOpen: Whether later requests may still have the result, until ``close(_:_:)``.
    ///   - now: The time.
    func finish(_ flight: Flight, _ key: CacheKey, with result: Result, staysOpen: Bool = false, now: Date) {
        if case .notShareable(isLasting: true) = result { rememberSolitary(key, now: now) }
        if !staysOpen { close(flight, key) }
        flight.finish(with: result)
    }

    /// Ends a flight: later requests use the store, or lead a new flight.
    func close(_ flight: Flight, _ key: CacheKey) {
        state.withLock { state in
            guard state.flights[key] === flight else { return }
            state.flights[key] = nil
            ended.add(1, ordering: .releasing)
        }
    }

    /// How many flights are under way.
    var count: Int { state.withLock { $0.flights.count } }

    /// How many flights have ended so far.
    var endedCount: Int { ended.load(ordering: .acquiring) }
}
