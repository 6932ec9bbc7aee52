internal import Synchronization

/// Lets one of many concurrent requests for the same key go to the origin; the others share its result.
///
/// A flight has one leader. It ends with a result that is good for all, or says that each must go to the origin by itself, or
/// fails. A flight whose leader was cancelled leaves no result: one of the requests that wait leads the next.
final class SingleFlight<Value: Sendable>: Sendable {
    /// How a flight ends for the requests that wait for it.
    enum Result: Sendable {
        /// All can have this.
        case shared(Value)
        /// The response is good for the leader alone.
        case notShareable
        /// The leader got no response.
        case failed(any Error)
        /// The leader was cancelled before it knew.
        case abandoned
    }

    /// One request that is under way.
    final class Flight: Sendable {
        private struct State {
            var result: Result?
            var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
            var lastID = 0
        }

        private let state = Mutex(State())

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
        /// Go to the origin, and call ``SingleFlight/finish(_:_:with:staysOpen:)`` whatever happens.
        case leader(Flight)
        /// Wait for ``Flight/result()``.
        case follower(Flight)
        /// A flight has ended since the look-up, and may have been the one to join: its result is in the store now.
        case lookUpAgain
    }

    private let flights = Mutex<[CacheKey: Flight]>([:])
    private let ended = Atomic(0)

    /// Joins the flight of a key, or begins it.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - count: The ``endedCount`` from before the look-up; `nil` to begin in any case.
    /// - Returns: What to do.
    func join(_ key: CacheKey, unlessEndedSince count: Int? = nil) -> Role {
        flights.withLock { flights in
            if let flight = flights[key] { return .follower(flight) }
            if let count, count != endedCount { return .lookUpAgain }
            let flight = Flight()
            flights[key] = flight
            return .leader(flight)
        }
    }

    /// Begins the flight of a key, unless there is one.
    func begin(_ key: CacheKey) -> Flight? {
        if case .leader(let flight) = join(key) { flight } else { nil }
    }

    /// Gives the result to the requests that wait.
    ///
    /// - Parameters:
    ///   - flight: The flight.
    ///   - key: Its key.
    ///   - result: The result.
    ///   - staysOpen: Whether later requests may still have the result, until ``close(_:_:)``.
    func finish(_ flight: Flight, _ key: CacheKey, with result: Result, staysOpen: Bool = false) {
        if !staysOpen { close(flight, key) }
        flight.finish(with: result)
    }

    /// Ends a flight: later requests look into the store, or lead a new one.
    func close(_ flight: Flight, _ key: CacheKey) {
        flights.withLock { flights in
            guard flights[key] === flight else { return }
            flights[key] = nil
            ended.add(1, ordering: .releasing)
        }
    }

    /// How many flights are under way.
    var count: Int { flights.withLock { $0.count } }

    /// How many flights have ended so far.
    var endedCount: Int { ended.load(ordering: .acquiring) }
}
